"""Test how many first attempts have each score, and where a report says that its score stands."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from exams.models import Attempt, Candidate, ScoreReport
from exams.services.analysis import first_scores, item_analysis
from questions.models import AnalysisRun, Blueprint
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.html_forms import text
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint()


def with_score(blueprint: Blueprint, score: int, candidate: Candidate | None = None, now: datetime = NOW) -> Attempt:
    """Return a scored exam. Its score is set, because the drawn questions decide which ones are possible."""
    attempt = scored(handed_in(2, candidate, blueprint, now=now), now)
    assert attempt.report
    raw = attempt.report.n if score >= attempt.report.pass_mark else 0
    ScoreReport.objects.filter(pk=attempt.report.pk).update(scaled=score, raw=raw)
    return Attempt.objects.select_related("report", "form__blueprint").get(pk=attempt.pk)


def test_only_the_first_attempt_of_each_candidate_counts(blueprint: Blueprint) -> None:
    first = with_score(blueprint, 400)
    with_score(blueprint, 900, first.candidate, NOW + timedelta(days=1))
    with_score(blueprint, 400)
    with_score(blueprint, 800)
    simulated = with_score(blueprint, 300)
    Attempt.objects.filter(pk=simulated.pk).update(synthetic=True)
    exam = blueprint.exam.syllabus_code
    assert first_scores.count(exam, NOW + timedelta(days=2)) == {blueprint.code: [[400, 2], [800, 1]]}


def test_an_exam_left_mostly_open_is_no_first_attempt_to_compare_with(blueprint: Blueprint) -> None:
    with_score(blueprint, 400)
    hollow = with_score(blueprint, 100)
    assert hollow.report
    hollow.report.domains.update(unanswered=2)
    assert first_scores.count(blueprint.exam.syllabus_code, NOW) == {blueprint.code: [[400, 1]]}


def test_the_report_compares_with_first_attempts_from_thirty_on(blueprint: Blueprint) -> None:
    attempt = with_score(blueprint, 500)
    client, page = browser(attempt.candidate), reverse("report", args=[attempt.uuid])
    item_analysis.analyze(blueprint.exam.syllabus_code, lambda: NOW)
    run = AnalysisRun.objects.get()
    assert run.first_scores == {blueprint.code: [[500, 1]]}
    assert "first attempts" not in text(client.get(page))
    AnalysisRun.objects.update(first_scores={blueprint.code: [[400, 9], [500, 10], [600, 10]]})
    assert "first attempts" not in text(client.get(page)), "29 are too few"
    AnalysisRun.objects.update(first_scores={blueprint.code: [[400, 9], [500, 10], [600, 11]]})
    assert "Of 30 first attempts at this exam on this server, 30% had a lower score." in text(client.get(page))


def test_an_analysis_of_the_release_before_has_no_scores_to_compare_with(blueprint: Blueprint) -> None:
    attempt = with_score(blueprint, 500)
    item_analysis.analyze(blueprint.exam.syllabus_code, lambda: NOW)
    AnalysisRun.objects.update(first_scores=None)
    assert first_scores.standing(attempt) is None
