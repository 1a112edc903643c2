"""Test `manage.py export_results`: both files, by UUID and by code, and refusals as sentences."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from exams.models import Sitting
from exams.services.attempt import ending
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting() -> Sitting:
    sitting = factories.sitting()
    attempt = factories.class_attempt(sitting, "José")
    factories.tick(attempt, 4)
    ending.finish(attempt, NOW + timedelta(minutes=3))
    factories.scored(attempt, NOW + timedelta(minutes=3))
    return sitting


def test_it_writes_the_columns_of_the_contract(sitting: Sitting, tmp_path: Path) -> None:
    call_command("export_results", str(sitting.uuid), str(tmp_path / "results.csv"))
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == [
        "name", "attempt", "status", "started", "submitted", "score", "passed", "First things", "Second things",
        "right", "questions", "earned", "possible", "needed", "email", "grade",
        "q1", "q2", "q3", "q4", "q5", "account",
    ]  # fmt: skip
    assert (row["name"], row["score"], row["passed"], row["First things"]) == ("José", "1000", "true", "100")

    call_command("export_results", sitting.code.lower(), str(tmp_path / "results.XLSX"))
    sheet = load_workbook(tmp_path / "results.XLSX").active
    assert [cell.value for cell in sheet[2]][:3] == ["José", 1, "scored"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.XLSX", "results.csv"]


@pytest.mark.parametrize(
    ("name", "file", "sentence"),
    [
        ("BCDFGH", "x.csv", "There is no exam for a class with the UUID or the code BCDFGH."),
        ("", "x.txt", r"must end in \.csv or \.xlsx"),
        ("", "no/x.csv", "could not be written"),
    ],
)
def test_a_refusal_is_a_sentence(sitting: Sitting, tmp_path: Path, name: str, file: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("export_results", name or sitting.code, str(tmp_path / file))
