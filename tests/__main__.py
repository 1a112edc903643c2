"""Runs every test: on SQLite and, beside it, on PostgreSQL with Valkey; then those of the browser, in two halves."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from tests.services import ServiceMissing, chromium_path

WITHOUT_BROWSER = ["tests", "--ignore=tests/e2e"]
# About half of the time in the browser.
ADMIN = [f"tests/e2e/test_{name}.py" for name in ("admin", "admin_pages", "authoring", "list")]
REST = ["tests/e2e", *(f"--ignore={each}" for each in ADMIN)]
type Selection = tuple[str, str, list[str]]  # title, database, what pytest is told
COUNTED = ("passed", "failed", "skipped")


@dataclass
class Run:
    """One pytest run in a process of its own: what it was, its exit code and how many tests came out how."""

    title: str
    code: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))


def main() -> int:
    """Runs all, counts all; 0 when nothing failed and nothing was missing."""
    runs = side_by_side(("SQLite", "sqlite", WITHOUT_BROWSER), ("PostgreSQL and Valkey", "postgresql", WITHOUT_BROWSER))
    if all(each.code != 2 for each in runs):  # nobody interrupted
        runs += browser()
    broken = [each.title for each in runs if each.code]
    if broken:
        print(f"\nNot in order: {', '.join(broken)}.")
    total = {name: sum(each.counts[name] for each in runs) for name in COUNTED}
    print("total: {passed} passed, {failed} failed, {skipped} skipped".format(**total), flush=True)
    return 1 if broken else 0


def browser() -> list[Run]:
    """The runs in the browser; a browser that is missing is a failure unless it is wanted so."""
    if os.environ.get("MLSPREP_NO_BROWSER") == "1":
        print("\nNO BROWSER TESTS: MLSPREP_NO_BROWSER=1 says that this machine has none.", flush=True)
        return []
    try:
        print(f"\nbrowser: {chromium_path()}", flush=True)
    except ServiceMissing as error:
        print(f"\n{error}", flush=True)
        return [Run("Browser", 1)]
    return side_by_side(("Browser, the admin", "sqlite", ADMIN), ("Browser, the rest", "sqlite", REST))


def side_by_side(shown: Selection, other: Selection) -> list[Run]:
    """Both at once. The first is seen while it runs, the other afterwards: two at once nobody can read."""
    with ThreadPoolExecutor() as pool, tempfile.TemporaryFile("w+") as kept:
        print(f"\n--- Tests: {shown[0]} (beside it runs: {other[0]})", flush=True)
        beside = pool.submit(run, *other, kept)
        runs = [run(*shown), beside.result()]
        kept.seek(0)
        print(f"\n--- Tests: {other[0]}\n{kept.read()}", flush=True)
    return runs


def run(title: str, database: str, selection: list[str], output: IO[str] | None = None) -> Run:
    """Runs pytest on this selection; what it prints goes to `output`, or is shown at once."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *selection, *sys.argv[1:]]
        environment = {**os.environ, "MLSPREP_TEST_DB": database}
        done = Run(title, subprocess.call(command, env=environment, stdout=output, stderr=output))
        if report.exists():
            for suite in ElementTree.parse(report).getroot().iter("testsuite"):
                count = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
                failed = count["failures"] + count["errors"]
                done.counts["failed"] += failed
                done.counts["skipped"] += count["skipped"]
                done.counts["passed"] += count["tests"] - failed - count["skipped"]
    return done


if __name__ == "__main__":
    sys.exit(main())
