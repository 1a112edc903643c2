"""The bank at the start of `serve`: new files are loaded once, broken ones never stop the server."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection

from mlsprep.serving import preparation
from questions.models import Question

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path: Path, settings: Any) -> Path:
    """A copy of the shipped bank's first exam domain, to be spoiled."""
    directory = tmp_path / project.BANK_DIR.name
    shutil.copytree(project.BANK_DIR, directory, ignore=lambda _, names: [name for name in names if name[0] in "234"])
    settings.BANK_DIR = directory
    return directory


def said() -> list[str]:
    lines: list[str] = []
    preparation.bank(lines.append)
    return lines


def test_files_are_loaded_once(bank: Path) -> None:
    assert said() == ["Loading questions ...", f"  {Question.objects.count()} new"]
    assert Question.objects.exists()
    assert said() == []


def test_a_broken_file_is_said_and_the_bank_of_the_database_is_used(bank: Path) -> None:
    said()
    before = set(Question.objects.values_list("code", "status"))
    broken = next(bank.glob("1.2/*.yaml"))
    broken.write_text(broken.read_text() + "surprise: yes\n")
    lines = said()
    assert any(broken.name in line for line in lines)
    assert lines[-1] == "  the files have faults, so the questions in the database are used as they are"
    assert set(Question.objects.values_list("code", "status")) == before


def test_the_first_start_takes_the_good_questions_of_a_broken_bank(bank: Path) -> None:
    broken = next(bank.glob("1.2/*.yaml"))
    broken.write_text("id: [")
    lines = said()
    assert any(broken.name in line for line in lines)
    assert Question.objects.count() == len(list(bank.glob("1.*/*.yaml"))) - 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="`serve` runs on SQLite alone")
def test_a_database_that_takes_no_questions_is_said_and_serves_on(bank: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER full BEFORE INSERT ON questions_question BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    lines = said()
    assert lines[-1] == "  the questions could not be loaded, those in the database are used: no room"


def test_no_bank_at_all_is_said_and_nothing_more(tmp_path: Path, settings: Any) -> None:
    settings.BANK_DIR = tmp_path / "nowhere"
    assert "There is no such directory" in "\n".join(said())
    assert not Question.objects.exists()
