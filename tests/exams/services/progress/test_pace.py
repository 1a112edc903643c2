"""Test the figures of pace: elapsed minutes, slow questions, the last minutes, and changed answers."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Response
from exams.services.progress.pace import AnswerChanges, answer_changes, pace
from exams.services.progress.trend import scored_exams
from exams.services.results.shown_scores import ShownScores
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW, handed_in, scored


def sat(alice: Candidate, blueprint: Blueprint) -> Attempt:
    """Return a scored exam of 30 minutes, whose five questions were shown after 0, 5, 10, 15 and 26 minutes."""
    attempt = handed_in(0, alice, blueprint)
    for row, minutes in zip(attempt.responses.order_by("position"), (0, 5, 10, 15, 26), strict=True):
        Response.objects.filter(pk=row.pk).update(
            first_shown=attempt.started_at + timedelta(minutes=minutes), seconds=541 if minutes == 15 else 540
        )
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=attempt.started_at + timedelta(minutes=28))
    return scored(attempt)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_pace_of_the_newest_exam_and_the_habits_of_recent_ones(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alice, blueprint = factories.candidate(), factories.small_blueprint(exams=2)
    attempt = sat(alice, blueprint)
    exams = scored_exams(alice, "TINY", ShownScores(frozenset()))
    with django_assert_num_queries(1):
        figures = pace(exams)
    assert figures is not None
    assert figures.elapsed == pytest.approx([0, 5, 10, 15, 26, 28])
    assert (figures.exams, figures.used, figures.minutes) == (1, 28, 30)
    assert (figures.budget_seconds, figures.slow, figures.slow_wrong, figures.timed) == (360, 1, figures.slow_wrong, 5)
    late = attempt.responses.get(position=5)
    assert (figures.rushed, figures.rushed_right, figures.not_shown) == (1, int(late.correct), 0)
    for day in (2, 3):
        scored(handed_in(2, alice, blueprint, now=NOW + timedelta(days=day)))
    again = pace(scored_exams(alice, "TINY", ShownScores(frozenset())))
    assert again is not None
    assert (again.exams, again.elapsed, again.slow, again.not_shown) == (3, [7.5], 1, 10)


@pytest.mark.django_db
def test_questions_of_an_open_exam_are_in_no_count_of_right_or_wrong_answers() -> None:
    """The key of each response is another one in the end, and the figures are the same."""
    alice, blueprint = factories.candidate(), factories.small_blueprint(exams=2)
    attempt = sat(alice, blueprint)
    hidden = set(attempt.responses.values_list("revision__question", flat=True))
    attempt.responses.update(trail="1@5;2@9;", ticked=2, choose=1, key=1)
    exams = scored_exams(alice, "TINY", ShownScores(frozenset()))
    before = pace(exams, hidden)
    assert before != pace(exams)
    attempt.responses.update(key=2)
    assert pace(exams, hidden) == before
    assert before is not None
    assert (before.slow, before.rushed, before.changes.total, len(before.elapsed)) == (0, 0, 0, 6)


def test_there_is_no_pace_without_an_exam() -> None:
    assert pace([]) is None


def test_changed_answers_are_counted_by_what_they_gained_or_lost() -> None:
    answers = [
        (1, 2, (2, 0)),  # wrong to right
        (1, 4, (2, 4)),  # wrong to right, by a second key
        (2, 1, (2, 0)),  # right to wrong
        (2, 0, (2, 0)),  # right to nothing
        (1, 4, (2, 0)),  # wrong to wrong
        (2, 2, (2, 0)),  # changed and changed back
    ]
    assert answer_changes(answers) == AnswerChanges(right_to_wrong=2, wrong_to_right=2, wrong_to_wrong=1)
