"""Test which questions are missed: those whose newest answer, in an exam or in practice, was not right."""

from datetime import timedelta

import pytest

from exams.models import Attempt, Candidate, Response
from exams.services.attempt import ending
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


@pytest.fixture
def alice() -> Candidate:
    return factories.candidate()


def missed(candidate: Candidate, blueprint: Blueprint, beside: list[int] | None = None) -> list[int]:
    return study_records(candidate, blueprint, NOW + 30 * DAY, beside or ()).missed


def sat(candidate: Candidate, blueprint: Blueprint, right: int) -> Attempt:
    """Return an open exam of five questions, all shown, of which the first ones are right."""
    attempt = factories.attempt(candidate, blueprint)
    factories.tick(attempt, right)
    attempt.responses.update(first_shown=NOW)
    return attempt


def practiced(candidate: Candidate, blueprint: Blueprint, question: int, day: float, *, right: bool) -> None:
    """Answer a question in practice and reveal its solution, so many days after now; then end the practice."""
    at = NOW + day * DAY
    attempt = practice.start(
        candidate, blueprint, "quiz", [question], feedback="each", timed=False, now=at - timedelta(minutes=5)
    ).attempt
    row = attempt.responses.get()
    mask = row.key if right else sum(1 << bit for bit in [b for b in row.bits if not row.key >> b & 1][: row.choose])
    Response.objects.filter(pk=row.pk).update(ticked=mask, first_shown=at, saved_at=at, revealed_at=at, confidence=3)
    ending.finish(attempt, at)


def test_a_wrong_answer_of_a_finished_exam_is_a_mistake(alice: Candidate, blueprint: Blueprint) -> None:
    exam = sat(alice, blueprint, right=3)
    assert missed(alice, blueprint) == []  # the exam is open
    ending.finish(exam, NOW + timedelta(minutes=9))
    wrong = set(exam.responses.filter(correct=False).values_list("revision__question", flat=True))
    assert set(missed(alice, blueprint)) == wrong
    assert missed(factories.candidate(), blueprint) == []


def test_a_right_answer_ends_it_and_a_wrong_one_begins_it_again(alice: Candidate, blueprint: Blueprint) -> None:
    (question, *_others) = practice_pool(blueprint).items
    for day, right in enumerate((False, True, False, True)):
        practiced(alice, blueprint, question, day, right=right)
        assert missed(alice, blueprint) == ([] if right else [question])


def test_the_one_answered_longest_ago_is_first(alice: Candidate, blueprint: Blueprint) -> None:
    first, second, *_others = practice_pool(blueprint).items
    practiced(alice, blueprint, first, 0, right=False)
    practiced(alice, blueprint, second, 1, right=False)
    assert missed(alice, blueprint) == [first, second]
    practiced(alice, blueprint, first, 2, right=False)
    assert missed(alice, blueprint) == [second, first]


def test_a_mistake_in_an_open_exam_is_left_out(alice: Candidate, blueprint: Blueprint) -> None:
    guest = factories.candidate()
    exam = factories.attempt(guest, blueprint)
    inside = exam.responses.order_by("position").values_list("revision__question", flat=True)[0]
    practiced(alice, blueprint, inside, 0, right=False)
    assert missed(alice, blueprint, [guest.pk]) == []
    ending.finish(exam, NOW + timedelta(minutes=9))
    assert missed(alice, blueprint, [guest.pk]) == [inside]


def test_the_options_are_shown_in_another_order(alice: Candidate, blueprint: Blueprint) -> None:
    (question, *_others) = practice_pool(blueprint).items
    for day in range(12):
        practiced(alice, blueprint, question, day, right=False)
    assert len(set(Response.objects.values_list("order", flat=True))) > 1


def test_a_withdrawn_question_is_no_mistake(alice: Candidate, blueprint: Blueprint) -> None:
    exam = sat(alice, blueprint, right=0)
    ending.finish(exam, NOW + timedelta(minutes=9))
    exam.responses.filter(position__lte=4).update(withdrawn=True)
    assert missed(alice, blueprint) == [exam.responses.get(position=5).revision.question_id]
