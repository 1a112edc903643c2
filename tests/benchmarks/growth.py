"""Measure how pages grow with the bank and the exams: `make growth`.

Two databases of one PostgreSQL: 1,000 questions with 100 exams, and 100,000 with 100,000 (6.5 million responses). A
process measures all pages on one, another one on the other, in turn; what counts is the least CPU time of each.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.servers import postgresql, valkey

ROOT = Path(__file__).resolve().parent.parent.parent
SIZES = {"small": (1_000, 100), "grown": (100_000, 100_000)}  # questions, exams
SOURCE_EXAMS = 100
TURNS, ROUNDS = 2, 7
PER_ROW = """
SELECT (SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(%s::text[]) AS t) / (SELECT count(*) FROM {})
"""
EXAM_TABLES = [
    "exams_attempt",
    "exams_response",
    "exams_form",
    "exams_attemptevent",
    "exams_scorereport",
    "exams_domainresult",
]
BANK_TABLES = [
    "questions_question",
    "questions_revision",
    "questions_option",
    "questions_questionpoint",
    "questions_history",
]


def environment(url: str, broker: str, directory: str) -> dict[str, str]:
    """Return the environment of a process; statements use one process of PostgreSQL, whose CPU time is read."""
    settings = {"DATABASE_URL": url, "REDIS_URL": broker, "MLSPREP_DATA_DIR": directory}
    settings |= {"SECRET_KEY": "only-for-benchmarks-with-a-server-of-this-machine"}
    settings |= {"DJANGO_SETTINGS_MODULE": "mlsprep.settings", "PGOPTIONS": "-c max_parallel_workers_per_gather=0"}
    return os.environ | settings


def python(env: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Fill both databases and return the figures of both, with the bytes of an exam and of a question."""
    import psycopg

    with postgresql() as database, valkey() as broker, tempfile.TemporaryDirectory() as directory:
        server = database.url.rpartition("/")[0]
        environments = {name: environment(f"{server}/{name}", broker.url, directory) for name in ("base", *SIZES)}
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE base")
            say("The shipped bank, and 100 simulated exams ...")
            for command in (["migrate"], ["load_bank"], ["simulate", "--candidates", str(SOURCE_EXAMS), "--seed", "1"]):
                python(environments["base"], "manage.py", *command)
            for name, (questions, exams) in SIZES.items():
                connection.execute(f"CREATE DATABASE {name} TEMPLATE base")
                began = time.monotonic()
                python(environments[name], "-m", "tests.benchmarks.bulk_rows", str(questions), str(exams))
                say(f"{name}: {questions:,} questions, {exams:,} exams in {time.monotonic() - began:.0f} s")
        result: dict[str, Any] = {name: {} for name in SIZES}
        for turn in range(TURNS):
            for name in SIZES:
                say(f"turn {turn + 1}: {name}")
                measured = json.loads(python(environments[name], "-m", "tests.benchmarks.growth_pages", str(ROUNDS)))
                for page, figures in measured.items():
                    best = result[name].setdefault(page, figures)
                    for figure in ("cpu", "latency"):
                        best[figure] = min(best[figure], figures[figure])
        say("item analysis")
        for name in SIZES:
            analysis = python(environments[name], "manage.py", "analyze_items", "--json")
            result[name]["item analysis"] = json.loads(analysis)
        with psycopg.connect(f"{server}/grown") as connection:
            for name, tables, counted in (
                ("bytes an exam", EXAM_TABLES, "exams_attempt"),
                ("bytes a question", BANK_TABLES, "questions_question"),
            ):
                result[name] = int(connection.execute(PER_ROW.format(counted), [tables]).fetchone()[0])
        return result


def table(result: dict[str, Any]) -> str:
    lines = [f"{'':32}{'CPU ms small':>13}{'grown':>9}{'ratio':>7}{'latency':>9}{'statements':>12}"]
    scans = []
    for page, grown in result["grown"].items():
        small = result["small"][page]
        if "cpu" not in grown:
            continue
        ratio = grown["cpu"] / small["cpu"]
        lines.append(
            f"{page:32}{small['cpu']:13.1f}{grown['cpu']:9.1f}{ratio:7.2f}{grown['latency']:9.1f}"
            f"{small['statements']:>8}/{grown['statements']}"
        )
        scans += [f"{page}: {scan}" for scan in grown["scans"]]
    analysis = result["grown"]["item analysis"]
    lines.append(f"item analysis: {analysis['responses']:,} responses in {analysis['seconds']} s")
    lines += [f"{name}: {result[name]:,}" for name in ("bytes an exam", "bytes a question")]
    return "\n".join([*lines, "", *(scans or ["No statement reads a growing table as a whole."])])
