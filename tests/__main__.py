"""Runs every test: all but the browser's on SQLite and on PostgreSQL with Valkey, then the browser's."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests.services import ServiceMissing, chromium_path

WITHOUT_BROWSER = ["tests", "--ignore=tests/e2e"]
RUNS = [
    ("SQLite", "sqlite", WITHOUT_BROWSER),
    ("PostgreSQL and Valkey", "postgresql", WITHOUT_BROWSER),
    ("Browser", "sqlite", ["tests/e2e"]),
]


def main() -> int:
    """Runs all, counts all; 0 when nothing failed and nothing was missing."""
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    broken = []
    for title, database, selection in RUNS:
        if title == "Browser":
            if os.environ.get("MLSPREP_NO_BROWSER") == "1":
                print("\nNO BROWSER TESTS: MLSPREP_NO_BROWSER=1 says that this machine has none.", flush=True)
                continue
            try:
                print(f"\nbrowser: {chromium_path()}", flush=True)
            except ServiceMissing as error:
                print(f"\n{error}", flush=True)
                broken.append(title)
                continue
        print(f"\n--- Tests: {title}", flush=True)
        code = run(database, selection, totals)
        if code:
            broken.append(title)
        if code == 2:  # interrupted
            break
    if broken:
        print(f"\nNot in order: {', '.join(broken)}.")
    print("total: {passed} passed, {failed} failed, {skipped} skipped".format(**totals), flush=True)
    return 1 if broken else 0


def run(database: str, selection: list[str], totals: dict[str, int]) -> int:
    """One pytest run in a process of its own; adds its counts to the totals and returns its exit code."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *selection, *sys.argv[1:]]
        code = subprocess.call(command, env={**os.environ, "MLSPREP_TEST_DB": database})
        if report.exists():
            for suite in ElementTree.parse(report).getroot().iter("testsuite"):
                count = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
                failed = count["failures"] + count["errors"]
                totals["failed"] += failed
                totals["skipped"] += count["skipped"]
                totals["passed"] += count["tests"] - failed - count["skipped"]
    return code


if __name__ == "__main__":
    sys.exit(main())
