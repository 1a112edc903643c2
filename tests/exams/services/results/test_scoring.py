"""Test that a score is computed once from frozen facts, and that failures are set aside with the reason."""

from datetime import timedelta
from decimal import Decimal

import pytest

from exams.models import Attempt, ScoreReport
from exams.services.attempt import ending
from exams.services.results import scoring
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def handed_in(right: int = 0, blueprint: Blueprint | None = None) -> Attempt:
    """Return a submitted full exam with `right` correct scored questions, the others wrong, all unscored correct."""
    return factories.handed_in(right, blueprint=blueprint or factories.bank(), now=LATER)


def test_the_report_compares_scored_questions_with_the_sum_of_their_ratings() -> None:
    attempt = handed_in(right=34)
    assert scoring.score(attempt.pk, LATER)
    attempt.refresh_from_db()
    report = attempt.report
    assert report is not None
    assert attempt.status == Attempt.Status.SCORED
    assert (report.raw, report.n, report.pass_mark) == (34, 50, 750)
    assert report.pass_line == Decimal(attempt.form.pass_line_100) / 100
    assert report.passed == (report.pass_line <= 34) == (report.scaled >= 750)
    assert sorted((d.exam_domain, d.n) for d in report.domains.all()) == [(1, 10), (2, 12), (3, 18), (4, 10)]
    assert sum(d.correct for d in report.domains.all()) == 34


def test_zero_is_the_minimum_and_all_correct_the_maximum_of_the_scale() -> None:
    blueprint = factories.bank()
    for right, scaled in ((0, 100), (50, 1000)):
        attempt = handed_in(right, blueprint)
        scoring.score(attempt.pk, LATER)
        assert ScoreReport.objects.get(attempt=attempt).scaled == scaled


def test_an_exam_without_answers_is_scored_and_counted_as_unanswered() -> None:
    attempt = factories.attempt(blueprint=factories.bank())
    ending.finish(attempt, LATER)
    scoring.score(attempt.pk, LATER)
    report = ScoreReport.objects.get(attempt=attempt)
    assert (report.raw, report.scaled) == (0, 100)
    assert sum(d.unanswered for d in report.domains.all()) == 50


def test_scoring_twice_gives_one_report() -> None:
    attempt = handed_in(right=30)
    assert scoring.score(attempt.pk, LATER)
    assert not scoring.score(attempt.pk, LATER)
    assert ScoreReport.objects.filter(attempt=attempt).count() == 1


def test_open_and_abandoned_exams_are_not_scored() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    assert not scoring.score(attempt.pk, LATER)
    ending.abandon(attempt, LATER)
    assert not scoring.score(attempt.pk, LATER)
    assert not scoring.score(999_999, LATER)
    assert not ScoreReport.objects.exists()


def test_a_failing_exam_is_set_aside_after_three_tries_and_can_be_retried() -> None:
    attempt = handed_in(right=30)
    attempt.responses.filter(scored=True).update(withdrawn=True)
    for _ in range(3):
        assert not scoring.score(attempt.pk, LATER)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.scoring_tries) == (Attempt.Status.SCORING_FAILED, 3)
    assert "pass line" in attempt.scoring_error
    assert not scoring.score(attempt.pk, LATER)

    attempt.responses.update(withdrawn=False)
    assert scoring.retry(attempt)
    assert scoring.score(attempt.pk, LATER)
    assert ScoreReport.objects.get(attempt=attempt).raw == 30
