"""Test the figures of the report against the worked values of the scoring rules, and when a score is unreliable."""

from datetime import timedelta

import pytest

from exams.models import Attempt, Form, Response
from exams.services.results import report as reports
from exams.services.results.report import ReportPage, percent, tenths
from tests import factories
from tests.factories import NOW, scored, worked_example


def page(attempt: Attempt) -> ReportPage:
    return reports.report_page(scored(attempt))


@pytest.mark.parametrize(
    ("probability", "times"),
    [
        (0.0, 0), (0.0499, 0), (0.05, 1), (0.1499, 1), (0.15, 2), (0.25, 3), (0.449, 4), (0.45, 5),
        (0.5, 5), (0.949, 9), (0.95, 9), (0.9501, 10), (1.0, 10),
    ],
)  # fmt: skip
def test_probabilities_are_rounded_to_tenths_half_up_and_clipped(probability: float, times: int) -> None:
    assert tenths(probability) == times


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "<1%"), (0.0099, "<1%"), (0.01, "1%"), (0.125, "13%"), (0.5, "50%"), (0.99, "99%"), (0.9901, ">99%")],
)
def test_probabilities_are_whole_percents_and_clipped(probability: float, text: str) -> None:
    assert percent(probability) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("right", "scaled", "passed", "missing"),
    [(30, 664, False, 5), (34, 739, False, 1), (35, 756, True, 0), (40, 838, True, 0), (50, 1000, True, 0)],
)
def test_the_worked_values(right: int, scaled: int, passed: bool, missing: int) -> None:
    figures = page(worked_example(right))
    report = figures.report
    assert figures.line is not None
    assert (report.raw, report.n, figures.line.pass_line, figures.line.raw_cut) == (right, 50, "34.60", 35)
    assert (report.scaled, report.passed, report.pass_mark, figures.line.missing) == (scaled, passed, 750, missing)
    assert report.lost == 50 - right


@pytest.mark.django_db
def test_the_band_of_the_worked_example() -> None:
    figures = page(worked_example(34))
    assert (figures.report.band_lo, figures.report.band_hi) == (674, 790)


@pytest.mark.django_db
def test_a_whole_pass_line_is_also_the_cut() -> None:
    attempt = worked_example(35)
    attempt.responses.update(rating=70)
    figures = page(attempt)
    assert figures.line is not None
    assert (figures.line.pass_line, figures.line.raw_cut) == ("35.00", 35)
    assert (figures.report.passed, figures.report.scaled) == (True, 750)


@pytest.mark.django_db
@pytest.mark.parametrize(("repeats", "doubtful"), [(0, False), (5, False), (6, True)])
def test_more_than_a_tenth_of_repeats_makes_a_score_unreliable(repeats: int, doubtful: bool) -> None:
    attempt = worked_example(35)
    known = list(attempt.responses.filter(scored=True)[:repeats]) + list(attempt.responses.filter(scored=False))
    Response.objects.filter(pk__in=[response.pk for response in known]).update(repeat=True)
    figures = page(attempt)
    assert (figures.report.repeats, figures.unreliable) == (repeats, doubtful)  # unscored ones do not count


@pytest.mark.django_db
def test_exam_domains_are_named_also_with_few_questions() -> None:
    attempt = worked_example(50)
    attempt.responses.filter(exam_domain=3).update(ticked=0)
    for response in attempt.responses.filter(exam_domain=1, scored=True)[:3]:
        Response.objects.filter(pk=response.pk).update(ticked=0)
    figures = page(attempt)
    titles = {row.title: row for row in figures.domains}
    assert figures.hollow
    assert (titles["Modeling"].correct, titles["Modeling"].unanswered, titles["Modeling"].percent) == (0, 18, 0)


@pytest.mark.django_db
def test_the_used_time_ends_with_the_exam() -> None:
    short, long = worked_example(1), factories.handed_in(now=NOW + timedelta(days=1))
    Attempt.objects.filter(pk=long.pk).update(started_at=NOW + timedelta(days=1) - timedelta(minutes=171))
    assert page(short).used == "45 min"
    assert page(long).used == "2 h 51 min"


@pytest.mark.django_db
def test_unscored_live_questions_are_counted() -> None:
    attempt = worked_example(1)
    assert (attempt.form.n_unscored, page(attempt).unscored_live) == (15, 15)
    Form.objects.update(recipe=attempt.form.recipe | {"unscored_live": 4})
    assert page_again(attempt).unscored_live == 4


def page_again(attempt: Attempt) -> ReportPage:
    return reports.report_page(Attempt.objects.select_related("report", "form__blueprint").get(pk=attempt.pk))
