"""Test what the prediction of the next exam rests on, and its record."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt
from exams.psychometrics.readiness import PREDICTIONS_FOR_RECORD
from exams.services.progress import readiness
from exams.services.progress.trend import scored_exams
from exams.services.results.shown_scores import ShownScores
from tests import factories
from tests.factories import NOW, handed_in, scored

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_the_prediction_rests_on_the_newest_reliable_exams(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    alice, blueprint = factories.candidate(), factories.small_blueprint(exams=10)
    for day in range(7):
        scored(handed_in(day % 5, alice, blueprint, now=NOW + timedelta(days=day)))
    repeats = handed_in(4, alice, blueprint, now=NOW + timedelta(days=8))
    repeats.responses.update(repeat=True)
    scored(repeats)
    hollow = handed_in(4, alice, blueprint, now=NOW + timedelta(days=9))
    left_open = hollow.responses.filter(scored=True).values_list("pk", flat=True)[:2]
    hollow.responses.filter(pk__in=list(left_open)).update(ticked=0)
    scored(hollow)
    rushed(handed_in(4, alice, blueprint, now=NOW + timedelta(days=10)))
    with django_assert_num_queries(1):
        results = readiness.past_results(alice, "TINY", ShownScores(frozenset()))
    assert [result.right for result in results] == [1, 0, 4, 3, 2]
    chance = readiness.readiness(scored_exams(alice, "TINY", ShownScores(frozenset())))
    assert chance is not None
    assert 0 < chance < 0.5


def rushed(attempt: Attempt) -> Attempt:
    """Score an exam whose answers took a minute of half an hour."""
    began = attempt.deadline - timedelta(minutes=30)
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=began + timedelta(minutes=1))
    return scored(attempt)


def test_there_is_no_readiness_without_a_reliable_exam() -> None:
    alice, blueprint = factories.candidate(), factories.small_blueprint()
    assert readiness.readiness([]) is None
    repeats = handed_in(4, alice, blueprint)
    repeats.responses.update(repeat=True)
    scored(repeats)
    rushed(handed_in(4, alice, factories.small_blueprint(code="OTHER")))
    assert readiness.readiness(scored_exams(alice, "OTHER", ShownScores(frozenset()))) is None
    assert readiness.readiness(scored_exams(alice, "TINY", ShownScores(frozenset()))) is None


def predicted_exams(count: int) -> None:
    """Store scored exams of different candidates with a prediction of 70%; every other one is passed."""
    blueprint = factories.small_blueprint()
    for number in range(count):
        scored(handed_in(4 * (number % 2), blueprint=blueprint))
    Attempt.objects.update(predicted=0.7)


@pytest.mark.slow
def test_the_record_begins_with_thirty_predictions(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    predicted_exams(PREDICTIONS_FOR_RECORD)
    with django_assert_num_queries(3):
        (row,) = readiness.prediction_record("TINY")
    assert (row.lo, row.hi, row.n, row.passed) == (60, 80, 30, 15)
    assert row.expected == pytest.approx(21)
    assert readiness.prediction_record("OTHER") == [], "each exam has its own record"
    newest = Attempt.objects.latest("pk")
    Attempt.objects.filter(pk=newest.pk).update(submitted_at=newest.started_at + timedelta(minutes=1))
    assert readiness.prediction_record("TINY") == [], "one was answered faster than it can be read"
    Attempt.objects.filter(pk=newest.pk).update(submitted_at=newest.submitted_at, synthetic=True)
    assert readiness.prediction_record("TINY") == []
