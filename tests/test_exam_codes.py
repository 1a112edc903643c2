"""Test that an exam is a file: only the files of the shipped exams, and tests of these, name their codes."""

import re
from pathlib import Path

import pytest

from tests import shipped

ROOT = Path(__file__).resolve().parent.parent
CODES = [path.stem for path in shipped.BLUEPRINT.parent.glob("*.yaml")]
PLACES = ("exams", "questions", "mlsprep", "templates", "static/js", "static/css", "tests")
# The exams themselves, and tests that read or load what is shipped. Migrations have no say in what is an exam now.
OF_THE_SHIPPED_EXAMS = (
    *("questions/bank/", "questions/blueprints/", "tests/shipped.py"),
    *("tests/questions/", "tests/e2e/", "tests/benchmarks/", "tests/exams/psychometrics/test_shipped_exams.py"),
    *("tests/stack/", "tests/faults/"),  # a whole installation with its shipped bank
)


@pytest.mark.slow
def test_no_module_template_or_test_of_behavior_names_an_exam() -> None:
    assert len(CODES) >= 2
    code = re.compile("|".join(map(re.escape, CODES)), re.IGNORECASE)
    named = []
    for place in PLACES:
        for path in (ROOT / place).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix not in {".py", ".html", ".js", ".css", ".yaml"} or name.startswith(OF_THE_SHIPPED_EXAMS):
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            named += [f"{name}:{number}" for number, line in enumerate(lines, 1) if code.search(line)]
    assert named == []
