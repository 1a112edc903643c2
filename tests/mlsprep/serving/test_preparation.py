"""Test the bank at the start of `serve`: new files are loaded once, and faulty files never stop the server."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from mlsprep.serving import preparation
from questions.models import Question
from tests import shipped

pytestmark = pytest.mark.django_db

ENEMIES = re.compile(r"^enemies:.*\n(?:[ -].*\n)*", re.MULTILINE)


@pytest.fixture
def bank(tmp_path: Path, settings: Any) -> Path:
    """Return a copy of the first exam domain of the shipped bank, without enemies, in which tests can break files."""
    directory = tmp_path / shipped.COLLECTION
    shutil.copytree(shipped.BANK, directory, ignore=lambda _, names: [name for name in names if name[0] in "234"])
    for path in directory.glob("1.*/*.yaml"):
        path.write_text(ENEMIES.sub("enemies: []\n", path.read_text()))
    settings.BANKS_DIR = tmp_path
    return directory


def load_bank() -> list[str]:
    """Load the bank and return the printed lines."""
    lines: list[str] = []
    preparation.load_bank(lines.append)
    return lines


@pytest.mark.slow
def test_files_are_loaded_once(bank: Path) -> None:
    assert load_bank() == ["Loading questions ...", f"  {Question.objects.count()} new"]
    assert Question.objects.exists()
    assert load_bank() == []


@pytest.mark.slow
def test_a_faulty_file_is_named_and_the_bank_in_the_database_stays(bank: Path) -> None:
    load_bank()
    before = set(Question.objects.values_list("code", "status"))
    broken = next(bank.glob("1.2/*.yaml"))
    broken.write_text(broken.read_text() + "surprise: yes\n")
    lines = load_bank()
    assert any(broken.name in line for line in lines)
    assert lines[-1] == "  the files have faults. The questions in the database were not changed."
    assert set(Question.objects.values_list("code", "status")) == before


@pytest.mark.slow
def test_the_first_start_loads_the_good_questions_of_a_faulty_bank(bank: Path) -> None:
    broken = next(bank.glob("1.2/*.yaml"))
    broken.write_text("id: [")
    lines = load_bank()
    assert any(broken.name in line for line in lines)
    assert Question.objects.count() == len(list(bank.glob("1.*/*.yaml"))) - 1


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="`serve` uses SQLite only")
def test_a_database_error_is_printed_and_does_not_stop_the_server(bank: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER full BEFORE INSERT ON questions_question BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    lines = load_bank()
    assert lines[-1] == "  the questions could not be loaded: no room. The questions in the database stay in use."


def test_a_missing_bank_does_not_stop_the_server(tmp_path: Path, settings: Any) -> None:
    settings.BANKS_DIR = tmp_path / "nowhere"
    assert "This directory does not exist" in "\n".join(load_bank())
    assert not Question.objects.exists()
