"""Test that an import is written as a whole or not at all, and that it can be undone."""

import datetime
from dataclasses import replace
from typing import Any

import pytest

from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.imports import batch_writer, steps
from questions.imports.steps import import_plan
from questions.imports.undo import edited_codes
from questions.models import AutosavedEdit, Enemy, ImportBatch, Question, User
from questions.services import question_rows
from questions.services.bank_version import bank_version
from questions.services.errors import RefusedError
from tests.authoring import NOW
from tests.questions.management.imported_questions import (
    EXAM,
    LATER,
    ONE,
    TWO,
    imported,
    in_bank,
    outcomes,
    plan_of,
    undo,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]


def test_a_refused_question_prevents_the_import_unless_good_only() -> None:
    bad = replace(TWO, exam_domain=9)
    with pytest.raises(RefusedError, match="nothing is imported"):
        imported(ONE, bad)
    assert not Question.objects.filter(origin="local").exists()
    imported(ONE, bad, good_only=True)
    assert [question.code for question in Question.objects.filter(origin="local")] == ["one-question"]


def test_a_failure_during_writing_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "QUESTIONS_PER_TRANSACTION", 1)
    imported(ONE)
    plan = plan_of(replace(ONE, explanation="New."), TWO)
    Question.objects.create(code="two-question", exam_domain=Question.objects.get(code="one-question").exam_domain)
    with pytest.raises(RefusedError, match="The bank was changed after the file was checked"):
        import_plan(plan, "x", "0" * 64, now=LATER)
    assert in_bank("one-question").explanation == ""
    assert ImportBatch.objects.count() == 1


def test_a_second_answer_comes_with_a_file_and_stays_as_the_bank_decided() -> None:
    imported(replace(ONE, accepted=("c",)))
    assert in_bank("one-question").accepted == ("c",)
    for elsewhere in ((), ("a",)):
        assert outcomes(plan_of(replace(ONE, accepted=elsewhere))) == ["unchanged"]
    assert outcomes(plan_of(replace(TWO, accepted=("b",)))) == ["refused"]  # the key itself


@pytest.mark.slow
def test_a_second_answer_of_a_live_question_waits_for_approval_in_a_new_revision() -> None:
    imported(live_question(), settings=replace(EXAM, keep_live=True))
    with_answer = replace(live_question(), accepted=("c",))
    refused = plan_of(with_answer)
    assert outcomes(refused) == ["refused"]
    assert "accepted" in refused.outcomes[0].reasons[0]
    batch = imported(with_answer, settings=replace(EXAM, new_revisions=True), now=LATER)
    question = Question.objects.get(code=ONE.id)
    first, second = question.revisions.order_by("number")
    assert (question.current, first.accepted) == (first, [])
    assert (second.accepted, second.published_at, second.same_item_as) == (["c"], None, first)
    assert batch is not None
    undo(batch)
    assert list(question.revisions.values_list("accepted", flat=True)) == [[]]


def test_a_change_since_the_dry_run_is_not_overwritten() -> None:
    imported(ONE)
    plan = plan_of(replace(ONE, rating=40))
    question = Question.objects.get(code="one-question")
    question.rating = 50
    question_rows.save_facts(question, now=LATER, by=None)
    with pytest.raises(RefusedError, match="The bank was changed after the file was checked"):
        import_plan(plan, "x", "0" * 64, now=LATER)
    assert in_bank("one-question").rating == 50


@pytest.mark.slow
def test_an_import_can_be_undone() -> None:
    imported(ONE)
    before = in_bank("one-question")
    settings = replace(EXAM, new_revisions=True)
    batch = imported(replace(ONE, explanation="New.", rating=40, enemies=("two-question",)), TWO, now=LATER)
    revised = imported(replace(TWO, stem="Which one?"), now=LATER + datetime.timedelta(hours=1), settings=settings)
    assert batch is not None
    assert revised is not None
    assert in_bank("two-question").stem == "Which one?"
    undo(revised)
    assert in_bank("two-question").stem == TWO.stem
    with pytest.raises(RefusedError, match="already undone"):
        undo(revised)
    undo(batch)
    assert in_bank("one-question") == before
    assert not Question.objects.filter(code="two-question").exists()
    assert not Enemy.objects.exists()
    assert outcomes(plan_of(ONE)) == ["unchanged"], "the base of the remaining import is restored"


def test_an_import_with_edited_questions_is_not_undone() -> None:
    batch = imported(ONE, TWO)
    assert batch is not None
    assert edited_codes(batch) == []
    author = User.objects.create_user("ann")
    AutosavedEdit.objects.create(question=Question.objects.get(code="two-question"), user=author, data={}, at=LATER)
    question = Question.objects.get(code="one-question")
    question.rating = 50
    question_rows.save_facts(question, now=LATER, by=author)
    assert edited_codes(batch) == ["one-question", "two-question"]
    with pytest.raises(RefusedError, match=r"these questions were edited after the import: one-question, two-question"):
        undo(batch)
    assert Question.objects.filter(batch=batch).count() == 2


LIVE_OPTIONS = (
    OptionContent("a", False, "Split the rows by date", "The labels change with the season, not with the day."),
    OptionContent("b", True, "Keep the rows of one year", "A whole year has each season once, so nothing is missing."),
    OptionContent("c", False, "Drop the rows of winter", "The model would never see the labels of this season."),
)


def live_question() -> QuestionContent:
    reference = Reference("X", "https://docs.aws.amazon.com/x", "2026-11-01")
    return replace(
        ONE, status="live", rating=60, options=LIVE_OPTIONS, license="CC-BY-4.0", as_of="2026-11-01",
        explanation="A whole year shows the model the labels of each season.", references=(reference,),
    )  # fmt: skip


def test_a_live_question_becomes_a_draft_unless_it_is_to_stay_live() -> None:
    drafted = plan_of(live_question())
    assert drafted.planned[0].content.status == "draft"
    assert "The status 'live' of the file is ignored: it is imported as a draft." in drafted.outcomes[0].notes
    before = bank_version()
    batch = imported(live_question(), settings=replace(EXAM, keep_live=True))
    assert batch is not None
    question = Question.objects.get(code=ONE.id)
    assert (question.status, question.rating, question.raters) == ("live", 60, 0)
    assert question.current is not None
    assert question.current.published_at == NOW
    assert batch.result["live"] == 1
    assert bank_version() > before, "exams read the bank again"
    with pytest.raises(RefusedError, match="has live questions, so it cannot be undone"):
        steps.undo(batch, now=NOW)


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"rating": 99}, "a live question has a rating from 5 to 97"),
        ({"explanation": "The formula $\\frac{$ says it."}, "not live: "),
    ],
)
def test_a_live_question_with_an_error_stays_a_draft(changes: dict[str, Any], note: str) -> None:
    plan = plan_of(replace(live_question(), **changes), settings=replace(EXAM, keep_live=True))
    assert plan.planned[0].content.status == "draft"
    assert note in " ".join(plan.outcomes[0].notes)
