"""Runs every test: on SQLite and, beside it, on PostgreSQL with Valkey all but the browser's; then the browser's."""

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
COUNTED = ("passed", "failed", "skipped")


@dataclass
class Run:
    """One pytest run in a process of its own: what it was, its exit code and how many tests came out how."""

    title: str
    code: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))


def main() -> int:
    """Runs all, counts all; 0 when nothing failed and nothing was missing."""
    # One of the two is shown while it runs, the other is kept and shown afterwards: two at once nobody can read.
    with ThreadPoolExecutor() as pool, tempfile.TemporaryFile("w+") as kept:
        print("\n--- Tests: SQLite (those on PostgreSQL and Valkey run beside and are shown afterwards)", flush=True)
        beside = pool.submit(run, "PostgreSQL and Valkey", "postgresql", WITHOUT_BROWSER, kept)
        runs = [run("SQLite", "sqlite", WITHOUT_BROWSER), beside.result()]
        kept.seek(0)
        print(f"\n--- Tests: PostgreSQL and Valkey\n{kept.read()}", flush=True)
    if all(each.code != 2 for each in runs):  # nobody interrupted
        runs += browser()
    broken = [each.title for each in runs if each.code]
    if broken:
        print(f"\nNot in order: {', '.join(broken)}.")
    total = {name: sum(each.counts[name] for each in runs) for name in COUNTED}
    print("total: {passed} passed, {failed} failed, {skipped} skipped".format(**total), flush=True)
    return 1 if broken else 0


def browser() -> list[Run]:
    """The run in the browser; a browser that is missing is a failure unless it is wanted so."""
    if os.environ.get("MLSPREP_NO_BROWSER") == "1":
        print("\nNO BROWSER TESTS: MLSPREP_NO_BROWSER=1 says that this machine has none.", flush=True)
        return []
    try:
        print(f"\nbrowser: {chromium_path()}", flush=True)
    except ServiceMissing as error:
        print(f"\n{error}", flush=True)
        return [Run("Browser", 1)]
    print("\n--- Tests: Browser", flush=True)
    return [run("Browser", "sqlite", ["tests/e2e"])]


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
