"""Test the trend of the scores: which exams are in it, and which changes are within chance."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Candidate
from exams.services.attempt import ending
from exams.services.progress.trend import ScoredExam, scored_exams, trend
from exams.services.results.shown_scores import ShownScores
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW, handed_in, scored


def exam(scaled: int, lo: int, hi: int, *, repeats: int = 0, unanswered: int = 0, minutes: int = 120) -> ScoredExam:
    return ScoredExam(
        key=1,
        uuid=uuid4(),
        started_at=NOW,
        submitted_at=NOW + timedelta(minutes=minutes),
        deadline=NOW + timedelta(hours=3),
        questions=65,
        predicted=None,
        raw=30,
        n=50,
        pass_line=Decimal("34.6"),
        scaled=scaled,
        band_lo=lo,
        band_hi=hi,
        pass_mark=750,
        passed=scaled >= 750,
        repeats=repeats,
        unanswered=unanswered,
    )


def test_a_change_is_within_chance_below_two_standard_errors_of_the_difference() -> None:
    # Each band has a standard error of 50, the difference one of 70.7: the limit is 138.6.
    points = trend([exam(600, 550, 650), exam(738, 688, 788), exam(877, 827, 927), exam(730, 680, 780)])
    assert [(point.change, point.direction) for point in points] == [
        (None, "none"),
        (138, "chance"),
        (139, "up"),
        (-147, "down"),
    ]


def test_exams_full_of_repeats_are_compared_with_nothing() -> None:
    points = trend([exam(600, 550, 650), exam(900, 850, 950, repeats=6), exam(610, 560, 660, repeats=5)])
    assert [point.change for point in points] == [None, None, 10]
    assert [point.exam.unreliable for point in points] == [False, True, False]


def test_exams_with_more_than_a_quarter_unanswered_are_compared_with_nothing() -> None:
    points = trend([exam(600, 550, 650), exam(100, 100, 150, unanswered=13), exam(610, 560, 660, unanswered=12)])
    assert [point.change for point in points] == [None, None, 10]
    assert [point.exam.hollow for point in points] == [False, True, False]


def test_exams_answered_in_less_than_a_fifth_of_their_time_are_compared_with_nothing() -> None:
    """A rushed exam, of which every page says that it says little, moved the chance of passing."""
    points = trend([exam(600, 550, 650), exam(100, 100, 150, minutes=35), exam(610, 560, 660, minutes=36)])
    assert [point.change for point in points] == [None, None, 10]
    assert [point.exam.hasty for point in points] == [False, True, False]
    answered = exam(600, 550, 650, minutes=30, unanswered=12)
    assert not answered.hasty, "what was left open took no time"


@pytest.mark.slow
@pytest.mark.django_db
def test_only_scored_exams_of_this_candidate_and_blueprint_count_in_the_order_of_time(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alice: Candidate = factories.candidate()
    tiny: Blueprint = factories.small_blueprint(exams=4)
    other = factories.small_blueprint(code="OTHER")
    second = scored(handed_in(4, alice, tiny, now=NOW + timedelta(days=2)))
    first = scored(handed_in(1, alice, tiny, now=NOW))
    scored(handed_in(2, alice, other))
    scored(handed_in(2, blueprint=tiny))
    handed_in(2, alice, tiny, now=NOW + timedelta(days=3))  # not scored yet
    ending.abandon(factories.attempt(alice, tiny, now=NOW + timedelta(days=4)), NOW + timedelta(days=4))
    with django_assert_num_queries(1):
        exams = scored_exams(alice, "TINY", ShownScores(frozenset()))
    assert [row.uuid for row in exams] == [first.uuid, second.uuid]
    assert second.report is not None
    assert (exams[1].scaled, exams[1].band_lo, exams[1].passed) == (second.report.scaled, second.report.band_lo, True)
