"""Test several bank directories: each is a collection with its own manifest, and questions can move between them."""

import datetime
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mlsprep.serving import preparation
from questions.bank_files.load import load, load_shipped
from questions.models import Bank, Blueprint, ExamDomain, Question, Revision, Topic, User
from questions.services import lifecycle, revisions
from questions.services.question_rows import save_facts

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
FILE = "3.4/validation-below-training.yaml"
CODE = Path(FILE).stem


@pytest.fixture
def workouts(bank: Path, settings: Any) -> Path:
    """Return a second directory beside the bank, without a syllabus and still empty, which practice may use."""
    settings.BANKS_DIR = bank.parent
    directory = bank.parent / "mls-c01-workouts"
    (directory / "3.4").mkdir(parents=True)
    return directory


def move(bank: Path, workouts: Path) -> None:
    shutil.move(bank / FILE, workouts / FILE)


def test_a_directory_without_a_syllabus_uses_that_of_the_bank_beside_it(bank: Path, workouts: Path) -> None:
    move(bank, workouts)
    result = load_shipped(now=NOW)
    assert result.faults == []
    assert len(result.created) == 3
    assert Question.objects.get(code=CODE).collection == "mls-c01-workouts"


def test_exams_do_not_draw_on_a_collection_for_practice(bank: Path, workouts: Path) -> None:
    move(bank, workouts)
    load_shipped(now=NOW)
    exam = Blueprint.objects.current("MLS-C01").exam  # type: ignore[union-attr]
    asked = set(Question.objects.askable().filter(collection__in=exam.collections).values_list("code", flat=True))
    practice = set(Question.objects.askable().filter(collection__in=exam.practice).values_list("code", flat=True))
    assert practice - asked == {CODE}


def test_a_moved_question_keeps_its_row_and_local_edits(bank: Path, workouts: Path) -> None:
    load_shipped(now=NOW)
    question = Question.objects.get(code=CODE)
    question.rating = 42
    save_facts(question, now=NOW, by=User.objects.create_user("ada"))
    move(bank, workouts)
    result = load_shipped(now=NOW)
    assert (result.faults, result.missing) == ([], [])
    assert result.updated == [CODE]
    moved = Question.objects.get(code=CODE)
    assert (moved.pk, moved.collection, moved.rating) == (question.pk, "mls-c01-workouts", 42)
    assert load_shipped(now=NOW).updated == []


def test_a_moved_question_keeps_a_wording_edited_here_when_the_file_has_another(bank: Path, workouts: Path) -> None:
    load_shipped(now=NOW)
    question = Question.objects.get(code=CODE)
    revision = revisions.revise(question, now=NOW, by=None)
    Revision.objects.filter(pk=revision.pk).update(stem="Ours?")
    revision.refresh_from_db()
    lifecycle.publish([revision], now=NOW, by=None)
    move(bank, workouts)
    path = workouts / FILE
    path.write_text(
        path.read_text().replace("revision: 1", "revision: 2").replace("stem: |\n  ", "stem: |\n  Theirs. ")
    )
    result = load_shipped(now=NOW)
    assert (result.faults, result.missing) == ([], [])
    assert (result.kept, result.conflicts) == ({CODE: ("wording",)}, {CODE: ("wording",)})
    moved = Question.objects.get(code=CODE)
    assert (moved.pk, moved.collection) == (question.pk, "mls-c01-workouts")
    assert moved.current is not None
    assert moved.current.stem == "Ours?"
    assert moved.conflict is not None
    assert set(moved.conflict) == {"wording"}


def test_a_question_moved_here_is_not_moved_back(bank: Path, workouts: Path) -> None:
    load_shipped(now=NOW)
    question = Question.objects.get(code=CODE)
    question.collection = "local"
    save_facts(question, now=NOW, by=User.objects.create_user("ada"))
    path = bank / FILE
    path.write_text(path.read_text().replace("rating: 85", "rating: 80"))
    result = load_shipped(now=NOW)
    assert result.kept == {CODE: ("collection",)}
    moved = Question.objects.get(code=CODE)
    assert (moved.collection, moved.rating) == ("local", 80)


def test_a_question_moved_here_and_in_the_files_is_one_conflict(bank: Path, workouts: Path) -> None:
    load_shipped(now=NOW)
    question = Question.objects.get(code=CODE)
    question.collection = "local"
    save_facts(question, now=NOW, by=User.objects.create_user("ada"))
    move(bank, workouts)
    assert load_shipped(now=NOW).conflicts == {CODE: ("collection",)}
    question.refresh_from_db()
    assert (question.collection, question.conflict) == ("local", {"collection": "mls-c01-workouts"})
    assert load_shipped(now=NOW).conflicts == {}, "reported when the file was moved, not at each later load"


def test_a_directory_without_a_blueprint_is_refused(bank: Path, workouts: Path) -> None:
    load(bank, now=NOW)
    other = workouts.rename(bank.parent / "riddles")
    move(bank, other)
    result = load(other, now=NOW)
    assert [fault.sentence for fault in result.faults] == [
        "No blueprint names 'riddles' under collections or practice. Name it there, or add a syllabus.yaml."
    ]
    assert not result.written
    assert Question.objects.get(code=CODE).collection == "mls-c01"


def test_a_start_loads_only_after_a_change_in_a_directory(bank: Path, workouts: Path) -> None:
    move(bank, workouts)
    lines: list[str] = []
    preparation.load_bank(lines.append)
    assert lines == ["Loading questions ...", "  3 new"]
    preparation.load_bank(lines.append)
    assert len(lines) == 2, "nothing has changed"
    path = workouts / FILE
    path.write_text(path.read_text().replace("rating: 85", "rating: 80"))
    preparation.load_bank(lines.append)
    assert lines[2:] == ["Loading questions ...", "  1 updated"]


@pytest.mark.parametrize("modes", [{}, {"theirs": True}])
def test_a_faulty_second_directory_loads_nothing_of_the_first(
    bank: Path, workouts: Path, modes: dict[str, bool]
) -> None:
    move(bank, workouts)
    (workouts / FILE).write_text((workouts / FILE).read_text() + "surprise: yes\n")
    with pytest.raises(CommandError, match=r"^1 fault\. Nothing was loaded\."):
        call_command("load_bank", stdout=StringIO(), stderr=StringIO(), **modes)
    for model in (Question, Blueprint, ExamDomain, Topic, Bank):
        assert not model.objects.exists(), model


def test_a_start_with_a_faulty_second_directory_changes_nothing(bank: Path, workouts: Path) -> None:
    move(bank, workouts)
    load_shipped(now=NOW)
    version = Bank.objects.get().version
    first = next(bank.glob("1.3/*.yaml"))
    first.write_text(first.read_text().replace("rating: 85", "rating: 80"))
    (workouts / FILE).write_text("id: [")
    lines: list[str] = []
    preparation.load_bank(lines.append)
    assert lines[-1] == "  the files have faults. The questions in the database were not changed."
    assert Question.objects.get(code=first.stem).rating == 85
    assert Bank.objects.get().version == version


def test_the_good_questions_of_all_directories_are_loaded_on_request(bank: Path, workouts: Path) -> None:
    move(bank, workouts)
    (workouts / FILE).write_text("id: [")
    result = load_shipped(now=NOW, good_only=True)
    assert (result.written, len(result.created), Question.objects.count()) == (True, 2, 2)
    assert set(Bank.objects.get().manifests.values()) == {""}, "read again at the next start"


def test_a_code_in_two_directories_is_a_fault(bank: Path, workouts: Path) -> None:
    shutil.copy(bank / FILE, workouts / FILE)
    result = load_shipped(now=NOW)
    assert [(fault.file, fault.sentence) for fault in result.faults] == [
        (FILE, f"The id '{CODE}' is also in mls-c01/{FILE}. Give each a unique id.")
    ]
    assert not Question.objects.exists()


def test_a_topic_in_the_syllabi_of_two_exams_is_a_fault(bank: Path, workouts: Path, settings: Any) -> None:
    blueprints = bank.parent / "blueprints"
    shutil.copytree(settings.BLUEPRINT_DIR, blueprints)
    settings.BLUEPRINT_DIR = blueprints
    text = (blueprints / "mls-c01.yaml").read_text().replace("default: true\n", "")
    text = text.replace("MLS-C01", "OTHER").replace("mls-c01", "other")
    (blueprints / "other.yaml").write_text(text)
    (bank.parent / "other").mkdir()
    shutil.copy(bank / "syllabus.yaml", bank.parent / "other")
    shutil.move(bank / "1.3", bank.parent / "other" / "1.3")
    result = load_shipped(now=NOW)
    assert "The topic 'glue-databrew' belongs to another exam. Rename it." in [
        fault.sentence for fault in result.faults
    ]
    assert not Topic.objects.exists()


def test_the_stored_bank_is_read_once_for_all_directories(bank: Path, workouts: Path) -> None:
    move(bank, workouts)
    load_shipped(now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        load_shipped(now=NOW)
    assert len([query for query in queries if 'FROM "questions_revision"' in query["sql"]]) == 1


def test_each_collection_is_written_to_its_own_directory(bank: Path, workouts: Path, tmp_path: Path) -> None:
    move(bank, workouts)
    load_shipped(now=NOW)
    call_command("dump_bank", tmp_path / "out" / "mls-c01", stdout=StringIO())
    call_command("dump_bank", tmp_path / "out" / "rest", "--collection", "mls-c01-workouts", stdout=StringIO())
    for source, copy in ((bank, tmp_path / "out" / "mls-c01"), (workouts, tmp_path / "out" / "rest")):
        files = {path.relative_to(source): path.read_bytes() for path in source.rglob("*.yaml")}
        assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*.yaml")} == files
