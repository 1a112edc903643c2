"""The only writer of score reports and their results by exam domain, for many attempts in a few statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Count, OuterRef, Subquery

from exams.models import Attempt, DomainResult, KeyRuling, PassLineRule, ScoreReport
from exams.services.attempt.attempt_log import record_many
from exams.services.results.figures import ScoreFigures, reporting_scale


def write_reports(
    attempts: Sequence[Attempt],
    figures: Mapping[int, ScoreFigures],
    *,
    cause: str,
    now: datetime,
    ruling: KeyRuling | None = None,
) -> None:
    """Store a report for each of these attempts, numbered after the earlier ones, and make it the one that counts.

    `figures` are by attempt. Call it in a transaction that holds the locks of the attempts, which have form and
    blueprint loaded. The attempts become scored.
    """
    keys = [attempt.pk for attempt in attempts]
    earlier = ScoreReport.objects.filter(attempt__in=keys).order_by().values_list("attempt").annotate(n=Count("pk"))
    numbers = dict(earlier)
    reports = [
        _report(attempt, figures[attempt.pk], numbers.get(attempt.pk, 0) + 1, cause, now, ruling)
        for attempt in attempts
    ]
    ScoreReport.objects.bulk_create(reports)
    DomainResult.objects.bulk_create(
        row for report in reports for row in _domain_results(report, figures[report.attempt_id])
    )
    newest = ScoreReport.objects.filter(attempt=OuterRef("pk")).order_by("-number").values("pk")[:1]
    Attempt.objects.filter(pk__in=keys).update(status=Attempt.Status.SCORED, report=Subquery(newest), scoring_error="")
    by_ruling = {"ruling": ruling.pk} if ruling else {}
    data = {report.attempt_id: {"report": report.number} | by_ruling for report in reports}
    record_many("rescored" if ruling else "scored", now, data, ruling.by if ruling else None)


def _report(
    attempt: Attempt, result: ScoreFigures, number: int, cause: str, now: datetime, ruling: KeyRuling | None
) -> ScoreReport:
    return ScoreReport(
        attempt_id=attempt.pk,
        number=number,
        made_at=now,
        cause=cause,
        ruling=ruling,
        rule=PassLineRule(result.rule),
        raw=result.raw,
        n=result.n,
        kappa=result.kappa,
        scaled=result.score.scaled,
        band_lo=result.band.lo,
        band_hi=result.band.hi,
        p_standard=result.outlook.at_or_above,
        p_again=result.outlook.pass_again,
        repeats=result.repeats,
        pass_mark=reporting_scale(attempt).passing,
    )


def _domain_results(report: ScoreReport, result: ScoreFigures) -> list[DomainResult]:
    return [
        DomainResult(
            report=report,
            exam_domain=figure.domain,
            n=figure.n,
            correct=figure.correct,
            unanswered=figure.unanswered,
            lo=figure.interval.lo * 100,
            hi=figure.interval.hi * 100,
            expected=figure.expected,
            verdict=figure.verdict,
        )
        for figure in result.domains
    ]
