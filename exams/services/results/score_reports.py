"""The only writer of score reports and their results by exam domain, for many attempts in a few statements."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Subquery

from exams.models import Attempt, DomainResult, KeyRuling, ScoreReport
from exams.models.bulk_insert import insert_rows
from exams.services.attempt.attempt_log import record_many
from exams.services.results.figures import ScoreFigures

REOPENED = "reopened"  # the cause of a report that counts nowhere
REPORT_COLUMNS = (
    "attempt_id",
    "number",
    "made_at",
    "cause",
    "ruling_id",
    "rule",
    "raw",
    "n",
    "pass_line",
    "earned",
    "possible",
    "scaled",
    "band_lo",
    "band_hi",
    "p_standard",
    "p_again",
    "repeats",
    "pass_mark",
)
RESULT_COLUMNS = (
    "report_id",
    "exam_domain",
    "n",
    "correct",
    "unanswered",
    "lo",
    "hi",
    "expected",
    "verdict",
    "earned",
    "possible",
)


def write_reports(
    figures: Mapping[int, ScoreFigures], *, cause: str, now: datetime, ruling: KeyRuling | None = None
) -> None:
    """Store a report for each attempt of `figures`, numbered after the earlier ones, and make it the one that counts.

    Call it in a transaction that holds the locks of the attempts. They become scored.
    """
    numbers = _next_numbers(figures)
    reports = [
        (attempt, numbers[attempt], now, cause, ruling and ruling.pk, *_report(result))
        for attempt, result in figures.items()
    ]
    insert_rows(ScoreReport, REPORT_COLUMNS, reports)
    newest = ScoreReport.objects.filter(attempt=OuterRef("pk")).order_by("-number").values("pk")[:1]
    attempts = Attempt.objects.filter(pk__in=list(figures))
    attempts.update(status=Attempt.Status.SCORED, report=Subquery(newest), scoring_error="")
    written = dict(attempts.values_list("pk", "report"))
    results = ((written[attempt], *row) for attempt, result in figures.items() for row in _domain_results(result))
    insert_rows(DomainResult, RESULT_COLUMNS, results)
    by_ruling = {"ruling": ruling.pk} if ruling else {}
    data = {attempt: {"report": number} | by_ruling for attempt, number in numbers.items()}
    record_many("rescored" if ruling else "scored", now, data, ruling.by_id if ruling else None)


def set_aside(report: int | None) -> None:
    """Say of the report of an exam that is reopened that it counts no longer. The exam then gets another one."""
    if report is not None:
        ScoreReport.objects.filter(pk=report).update(cause=REOPENED)


def _next_numbers(attempts: Collection[int]) -> dict[int, int]:
    """Return the number of the next report of each attempt."""
    earlier = ScoreReport.objects.filter(attempt__in=list(attempts)).order_by()
    counts = dict(earlier.values_list("attempt").annotate(n=Count("pk")))
    return {attempt: counts.get(attempt, 0) + 1 for attempt in attempts}


def _report(result: ScoreFigures) -> tuple[Any, ...]:
    """Return the columns of a report from `rule` on."""
    return (
        result.rule,
        *result.totals,
        result.score.scaled,
        result.band.lo,
        result.band.hi,
        result.outlook and result.outlook.at_or_above,
        result.outlook and result.outlook.pass_again,
        result.repeats,
        result.pass_mark,
    )


def _domain_results(result: ScoreFigures) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of each result from `exam_domain` on."""
    for figure in result.domains:
        interval = figure.interval
        counts = (figure.domain, figure.n, figure.correct, figure.unanswered)
        standard_or_points = (figure.expected, figure.verdict, figure.earned, figure.possible)
        yield (*counts, interval.lo * 100, interval.hi * 100, *standard_or_points)
