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
def test_a_taken_wording_is_published_and_the_next_load_changes_nothing(
    conflict: Question, admin: User, bank: Path
) -> None:
    old, version = conflict.current, bank_version.bank_version()
    settle(conflict, admin, taken="rating wording explanation")
    question = row()
    assert question.current
    assert old
    assert (question.current.number, question.status, question.rating, question.raters) == (3, "live", 80, 0)
    assert THEIRS in question.current.stem
    assert question.current.published_at == NOW
    assert question.current.explanation == "All rows are read."
    assert THEIRS in question.search_text
    old.refresh_from_db()
    assert OURS in old.stem, "attempts keep the wording that was shown"
    assert bank_version.bank_version() > version
    entry = question.history.filter(action="settled").get()
    assert (entry.before["rating"], entry.after["rating"]) == (60, 80)
    result = load(bank, now=NOW)
    assert CODE in result.unchanged
    assert result.kept == {}


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
        with pytest.raises(RefusedError, match="Only an approver can take it"):
            settle(conflict, ada, taken=taken)
    assert row().rating == 60


def test_an_unpublished_wording_stays_newer_than_the_taken_one(conflict: Question, admin: User) -> None:
    work = revisions.revise(conflict, now=NOW, by=admin)
    settle(row(), admin, taken="wording")
    work.refresh_from_db()
    current = row().current
    assert current
    assert (current.number, work.number, work.published_at) == (4, 5, None)
    assert revisions.revision_in_work(row()) == work


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
    current = row().current
    assert current
    rationales = {option.code: option.rationale for option in current.options.all()}
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
    assert row().worth == 300
    assert authorship.has_written(admin, revisions.revision_in_work(row()))
