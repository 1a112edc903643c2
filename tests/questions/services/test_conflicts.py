"""Test that conflicts between local edits and a newer shipped version are settled part by part, once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from questions.bank_files.load import load
from questions.models import Question, User
from questions.services import (
    authorship,
    bank_version,
    conflicts,
    lifecycle,
    question_rows,
    ratings,
    revisions,
    wordings,
)
from questions.services.errors import EditConflictError, RefusedError
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db
FILE = "1.3/blood-bank-profile.yaml"
CODE = "blood-bank-profile"
OURS, BEFORE, THEIRS = "3.1 million", "3.2 million", "3.5 million"

type Edit = Callable[[str, str], None]


@pytest.fixture
def admin() -> User:
    return account("root", "Administrator")


@pytest.fixture
def edit(bank: Path) -> Edit:
    """Replace a part of the file, which must exist."""

    def replaced(old: str, new: str) -> None:
        text = (bank / FILE).read_text()
        assert old in text
        (bank / FILE).write_text(text.replace(old, new, 1))

    return replaced


def row() -> Question:
    return Question.objects.get(code=CODE)


def reword(admin: User, old: str, new: str) -> None:
    """Change the wording here and publish it."""
    work = revisions.revise(row(), now=NOW, by=admin)
    content = wordings.content_of(work)
    revisions.rewrite(work, replace(content, stem=content.stem.replace(old, new)), now=NOW, by=admin)
    lifecycle.publish([work], now=NOW, by=admin)


@pytest.fixture
def conflict(bank: Path, admin: User, edit: Edit) -> Question:
    """Return a question with wording and rating changed on both sides, and the explanation only in the file."""
    load(bank, now=NOW)
    reword(admin, BEFORE, OURS)
    ratings.rate([row()], 60, now=NOW, by=admin)
    edit(BEFORE, THEIRS)
    edit("rating: 85", "rating: 80")
    edit("It reads all rows then.", "All rows are read.")
    load(bank, now=NOW)
    return row()


def settle(question: Question, by: User, *, kept: str = "", taken: str = "") -> None:
    conflicts.settle(
        question, kept=kept.split(), taken=taken.split(), read_version=question.lock_version, now=NOW, by=by
    )


def test_open_parts_are_listed_with_the_effect_of_taking_theirs(conflict: Question, admin: User) -> None:
    assert list(Question.objects.with_newer_version()) == [conflict]
    parts = {choice.name: choice.parts for choice in conflicts.choices(conflict, admin)}
    assert list(parts) == ["rating", "wording", "explanation"]
    assert [(part.before, part.after) for part in parts["rating"]] == [("60%", "80%")]
    (stem,) = parts["wording"]
    assert [piece.text for piece in stem.pieces if piece.change == "ins"] == ["5"]


@pytest.mark.slow
def test_a_kept_part_is_unchanged_and_the_next_load_changes_nothing(
    conflict: Question, admin: User, bank: Path
) -> None:
    settle(conflict, admin, kept="rating wording explanation")
    question = row()
    assert not Question.objects.with_newer_version().exists()
    assert question.rating == 60
    assert question.current
    assert OURS in question.current.stem
    entry = question.history.all()[0]
    assert (entry.action, entry.by, entry.after) == ("settled", admin, {"kept": "rating, wording, explanation"})
    result = load(bank, now=NOW)
    assert (result.conflicts, result.updated) == ({}, [])
    assert not Question.objects.with_newer_version().exists()


@pytest.mark.slow
def test_a_taken_wording_waits_for_a_second_person_and_the_next_load_changes_nothing(
    conflict: Question, admin: User, bank: Path
) -> None:
    old, version = conflict.current, bank_version.bank_version()
    settle(conflict, admin, taken="rating wording explanation")
    question = row()
    assert question.current
    assert (question.current, question.status, question.rating, question.raters) == (old, "live", 80, 0)
    assert OURS in question.current.stem, "one person alone publishes no other key"
    assert question.current.explanation == "All rows are read."
    work = revisions.revision_in_work(question)
    assert THEIRS in work.stem
    assert (work.number, work.explanation, work.reason) == (3, "All rows are read.", "Taken from the shipped bank")
    assert bank_version.bank_version() > version
    entry = question.history.filter(action="settled").get()
    assert (entry.before["rating"], entry.after["rating"], entry.after["revision"]) == (60, 80, 3)
    for _time in range(2):
        result = load(bank, now=NOW)
        assert (result.conflicts, result.updated) == ({}, [])

    assert authorship.has_written(admin, work)
    lifecycle.publish([work], now=NOW, by=account("rob", "Reviewer"))
    current = row().current
    assert current
    assert THEIRS in current.stem
    result = load(bank, now=NOW)
    assert CODE in result.unchanged
    assert result.kept == {}


def test_taken_points_and_second_answers_wait_for_a_second_person(bank: Path, admin: User, edit: Edit) -> None:
    load(bank, now=NOW)
    Question.objects.filter(code=CODE).update(worth=200, rating=60)
    edit("rating: 85", "rating: 80\nworth: 3")
    load(bank, now=NOW)
    settle(row(), admin, taken="worth rating")
    question = row()
    work = revisions.revision_in_work(question)
    assert (question.worth, question.rating, work.facts) == (200, 80, {"worth": 300})
    assert question.current
    assert work.same_item_as == question.current, "its statistics go on"
    assert authorship.has_written(admin, work)
    lifecycle.publish([work], now=NOW, by=account("rob", "Reviewer"))
    assert row().worth == 300


def test_a_taken_status_publishes_no_draft(bank: Path, admin: User, edit: Edit) -> None:
    edit("status: live", "status: draft")
    load(bank, now=NOW)
    Question.objects.filter(code=CODE).update(status="review")
    edit("status: draft", "status: live")
    load(bank, now=NOW)
    (choice,) = conflicts.choices(row(), admin)
    assert (choice.name, choice.locked) == (
        "status",
        "Nobody has approved this question. Submit it for approval instead.",
    )
    with pytest.raises(RefusedError, match="Nobody has approved this question"):
        settle(row(), admin, taken="status")
    assert (row().status, row().current) == ("review", None)


@pytest.mark.slow
def test_parts_are_settled_one_by_one_and_the_rest_stays_open(conflict: Question, admin: User) -> None:
    settle(conflict, admin, taken="rating")
    question = row()
    assert question.rating == 80
    assert question.conflict
    assert set(question.conflict) == {"wording", "explanation"}
    settle(question, admin, kept="wording", taken="explanation")
    assert row().conflict is None
    current = row().current
    assert current
    assert OURS in current.stem
    assert current.explanation == "All rows are read."


def test_a_question_changed_meanwhile_is_not_settled(conflict: Question, admin: User) -> None:
    question_rows.touch([conflict.pk])
    with pytest.raises(EditConflictError):
        settle(conflict, admin, taken="rating")
    assert row().rating == 60


def test_only_approvers_take_parts_that_candidates_get_immediately(conflict: Question) -> None:
    ada = account("ada", "Author")
    assert [choice.name for choice in conflicts.choices(conflict, ada) if choice.locked] == [
        "rating",
        "wording",
        "explanation",
    ]
    for taken in ("wording", "rating", "explanation"):
        with pytest.raises(RefusedError, match="Only an approver can take this version"):
            settle(conflict, ada, taken=taken)
    assert row().rating == 60


def test_a_taken_wording_takes_the_place_of_an_unpublished_one_which_stays_in_the_history(
    conflict: Question, admin: User
) -> None:
    work = revisions.revise(conflict, now=NOW, by=admin)
    content = replace(wordings.content_of(work), stem="Ada's text. Which is right?", explanation="Ada's.")
    revisions.rewrite(work, content, {"worth": 300}, now=NOW, by=account("ada", "Author"))
    settle(row(), admin, taken="wording")
    work.refresh_from_db()
    current = row().current
    assert current
    assert OURS in current.stem
    assert (THEIRS in work.stem, work.explanation, work.facts) == (True, "Ada's.", {"worth": 300})
    assert revisions.revision_in_work(row()) == work
    edited = row().history.filter(action="edited", by=admin).first()
    assert edited
    assert "Ada's text" in edited.before["wording"]["stem"]


def test_rationales_follow_the_options_of_the_taken_wording(bank: Path, admin: User, edit: Edit) -> None:
    load(bank, now=NOW)
    work = revisions.revise(row(), now=NOW, by=admin)
    content = wordings.content_of(work)
    options = [replace(option, rationale=f"Ours of {option.id}.") for option in content.options]
    stem = content.stem.replace(BEFORE, OURS)
    revisions.rewrite(work, replace(content, stem=stem, options=tuple(options)), now=NOW, by=admin)
    lifecycle.publish([work], now=NOW, by=admin)
    edit("Sample the project at random.", "Sample all projects at random.")
    edit("Without a setting, a profile job", "Without it, a profile job")
    load(bank, now=NOW)
    settle(row(), admin, taken="wording", kept="rationales")
    work = revisions.revision_in_work(row())
    rationales = {option.code: option.rationale for option in work.options.all()}
    assert rationales["a"] == "Ours of a."
    assert rationales["d"] == "The sample of a project is for its grid.", "ours explains another option"


def test_an_impossible_mixture_is_refused(bank: Path, admin: User, edit: Edit) -> None:
    load(bank, now=NOW)
    lifecycle.retire([row()], now=NOW, by=admin)
    Question.objects.filter(code=CODE).update(rating=None)
    edit("status: live", "status: pilot")
    edit("rating: 85", "rating: 80")
    load(bank, now=NOW)
    with pytest.raises(RefusedError, match="It needs a rating"):
        settle(row(), admin, taken="status", kept="rating")
    assert row().status == "retired"
    settle(row(), admin, taken="status rating")
    assert (row().status, row().rating) == ("pilot", 80)


def test_a_rating_given_meanwhile_is_not_overwritten(
    conflict: Question, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_result, rob = conflicts._check_result, account("rob", "Reviewer")

    def slow(*args: object) -> None:
        check_result(*args)  # type: ignore[arg-type]
        ratings.rate([row()], 90, now=NOW, by=rob)

    monkeypatch.setattr(conflicts, "_check_result", slow)
    with pytest.raises(EditConflictError):
        conflicts.settle(row(), kept={"rating"}, taken=(), read_version=row().lock_version, now=NOW, by=admin)
    assert row().rating == 75


def test_who_takes_the_points_of_a_shipped_version_has_written_at_the_question(
    bank: Path, admin: User, edit: Edit
) -> None:
    load(bank, now=NOW)
    revisions.revise(row(), now=NOW, by=account("ada", "Author"))
    Question.objects.filter(code=CODE).update(worth=200)
    edit("rating: 85", "rating: 85\nworth: 3")
    load(bank, now=NOW)
    assert not authorship.has_written(admin, revisions.revision_in_work(row()))
    settle(row(), admin, taken="worth")
    assert authorship.has_written(admin, revisions.revision_in_work(row()))
