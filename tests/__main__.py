"""Run the tests in stages, three at a time: the smallest machine has two cores, and a stage waits for its servers and
for its browser during a third of its time.

Without arguments, run everything: SQLite, PostgreSQL with Valkey, and the browser tests in four parts. The shortest
come last, so that no core is idle for long. With `quick`, run the SQLite tests only, without slow ones, those of single
pages and those that start servers, in two halves. Arguments that begin with `-` go to pytest.
"""

import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from tests.servers import ServiceMissing, chromium_path


@dataclass(frozen=True)
class Stage:
    """One pytest process: its database (sqlite or postgresql), and the paths and options of pytest."""

    title: str
    database: str
    arguments: tuple[str, ...]


@dataclass
class Result:
    """The exit code of a stage and the number of tests by outcome."""

    stage: Stage
    code: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))


COUNTED = ("passed", "failed", "skipped")
INTERRUPTED = 2  # pytest's exit code
AT_ONCE = 3
PYTEST_OPTIONS = [argument for argument in sys.argv[1:] if argument.startswith("-")]
# Store bytecode even if the shell says not to, beside the sources, where make has put that of the product and of all
# packages: a run starts dozens of processes that import the same 1,300 modules.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": ""}
# Plugins that only the browser tests use, or none: to import them takes a second in each process.
WITHOUT_PLUGINS = ("-p", "no:playwright", "-p", "no:base_url", "-p", "no:valkey")
WITHOUT_BROWSER = ("tests", "--ignore=tests/e2e", *WITHOUT_PLUGINS)
DATABASES = (
    Stage("PostgreSQL and Valkey", "postgresql", WITHOUT_BROWSER),
    Stage("SQLite", "sqlite", (*WITHOUT_BROWSER, "-m", "not page")),
)
ADMIN_PAGES = ("tests/e2e/test_admin_pages.py",)
ROOM = tuple(str(path) for path in sorted(Path("tests/e2e").glob("test_room*.py")))
STAFF = tuple(
    f"tests/e2e/test_{name}.py"
    for name in ("admin", "admin_keys", "authoring", "blueprint", "classes", "disputes", "import", "index", "list")
)
ELSEWHERE = tuple(f"--ignore={path}" for path in (*ADMIN_PAGES, *ROOM, *STAFF))
BROWSER = (
    Stage("Browser, the rest", "sqlite", ("tests/e2e", *ELSEWHERE)),
    Stage("Browser, pages of the admin", "sqlite", ADMIN_PAGES),
    Stage("Browser, the room", "sqlite", ROOM),
    Stage("Browser, the work of staff", "sqlite", STAFF),
)
FAST = (*WITHOUT_PLUGINS, "-m", "not laptop and not slow and not page", "--hypothesis-profile=quick")
# Of the tests of exams, those that run in the other half.
OTHER_HALF = (
    *(f"tests/exams/{name}" for name in ("management", "models", "psychometrics")),
    *(f"tests/exams/services/{name}" for name in ("people", "upkeep")),
)
OUTSIDE_EXAMS = tuple(
    str(path)
    for path in sorted(Path("tests").iterdir())
    if path.name not in ("e2e", "exams", "__pycache__") and (path.is_dir() or path.match("test_*.py"))
)
QUICK = (
    Stage("SQLite, exams", "sqlite", ("tests/exams", *(f"--ignore={path}" for path in OTHER_HALF), *FAST)),
    Stage("SQLite, the rest", "sqlite", (*OUTSIDE_EXAMS, *OTHER_HALF, *FAST)),
)


def main() -> int:
    """Run the stages and print the totals. Return 0 if nothing failed and nothing was missing."""
    if "quick" in sys.argv[1:]:
        results = run_stages(QUICK)
    else:
        browser, missing = browser_stages()
        results = run_stages((*DATABASES, *browser)) + missing
    failed = [result.stage.title for result in results if result.code]
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    total = {name: sum(result.counts[name] for result in results) for name in COUNTED}
    print("total: {passed} passed, {failed} failed, {skipped} skipped".format(**total), flush=True)
    return 1 if failed else 0


def browser_stages() -> tuple[tuple[Stage, ...], list[Result]]:
    """Return the stages in a browser, or the failure if there is none. MLSPREP_NO_BROWSER=1 leaves them out."""
    if os.environ.get("MLSPREP_NO_BROWSER") == "1":
        print("\nNO BROWSER TESTS: MLSPREP_NO_BROWSER=1 is set.", flush=True)
        return (), []
    try:
        print(f"\nbrowser: {chromium_path()}", flush=True)
    except ServiceMissing as error:
        print(f"\n{error}", flush=True)
        return (), [Result(BROWSER[0], 1)]
    return BROWSER, []


def run_stages(stages: tuple[Stage, ...]) -> list[Result]:
    """Run the stages in this order, three at a time: when one ends, the next begins, unless pytest was interrupted.

    The output of the first appears at once, that of another one when it and all before it have ended.
    """
    interrupted = threading.Event()

    def run(stage: Stage, output: IO[str] | None) -> Result | None:
        if interrupted.is_set():
            return None
        result = run_stage(stage, prepared, output)
        if result.code == INTERRUPTED:
            interrupted.set()
        return result

    with tempfile.TemporaryDirectory() as prepared, ExitStack() as files, ThreadPoolExecutor(AT_ONCE) as pool:
        print(f"\n--- Tests: {stages[0].title} (then: {', '.join(stage.title for stage in stages[1:])})", flush=True)
        outputs = [None, *(files.enter_context(tempfile.TemporaryFile("w+")) for _stage in stages[1:])]
        running = [pool.submit(run, stage, output) for stage, output in zip(stages, outputs, strict=True)]
        results = []
        for output, future in zip(outputs, running, strict=True):
            if not (result := future.result()):
                continue
            results.append(result)
            if output:
                output.seek(0)
                print(f"\n--- Tests: {result.stage.title}\n{output.read()}", flush=True)
    return results


def run_stage(stage: Stage, prepared: str, output: IO[str] | None = None) -> Result:
    """Run pytest in a separate process; its output goes to `output`, or to the terminal.

    The stages share the directory `prepared`: see the fixture of this name.
    """
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *stage.arguments, *PYTEST_OPTIONS]
        environment = {**os.environ, **BYTECODE, "MLSPREP_TEST_DB": stage.database, "MLSPREP_PREPARED": prepared}
        result = Result(stage, subprocess.call(command, env=environment, stdout=output, stderr=output))
        if report.exists():
            for suite in ElementTree.parse(report).getroot().iter("testsuite"):
                count = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
                failures = count["failures"] + count["errors"]
                result.counts["failed"] += failures
                result.counts["skipped"] += count["skipped"]
                result.counts["passed"] += count["tests"] - failures - count["skipped"]
    return result


if __name__ == "__main__":
    sys.exit(main())
