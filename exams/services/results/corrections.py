"""Read the scores that key rulings have changed, for report, front page and history."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from exams.models import Attempt, AttemptEvent, Candidate, KeyRuling, ScoreReport
from exams.services.results.shown_scores import ShownScores


@dataclass(frozen=True, slots=True)
class Correction:
    """A score that a key ruling of this kind changed."""

    attempt: UUID
    started_at: datetime
    before: int
    after: int
    kind: KeyRuling.Kind


def attempt_corrections(attempt: Attempt) -> list[Correction]:
    """Return the corrections of one attempt, oldest first."""
    return [_correction(report) for report in _ruled_reports().filter(attempt=attempt).order_by("number")]


def newest_correction(
    candidate: Candidate, since: datetime, shown: ShownScores, but: Collection[str] = ()
) -> Correction | None:
    """Return the newest correction since then of the candidate's scores that may be shown; `but` are codes left out."""
    report = (
        _ruled_reports()
        .filter(attempt__in=shown.reported_exams(candidate).exclude(blueprint_code__in=but), made_at__gte=since)
        .order_by("-made_at", "-pk")
        .first()
    )
    return _correction(report) if report else None


def corrections_by_attempt(attempts: Iterable[Attempt]) -> dict[int, list[Correction]]:
    """Return the corrections of many attempts by id: one query, none if no attempt has a second report."""
    corrections: dict[int, list[Correction]] = {}
    keys = [attempt.pk for attempt in attempts if attempt.report and attempt.report.number > 1]
    for report in _ruled_reports().filter(attempt__in=keys).order_by("attempt_id", "number") if keys else ():
        corrections.setdefault(report.attempt_id, []).append(_correction(report))
    return corrections


def _ruled_reports() -> QuerySet[ScoreReport]:
    older = ScoreReport.objects.filter(attempt=OuterRef("attempt"), number=OuterRef("number") - 1)
    rows = ScoreReport.objects.filter(ruling__isnull=False).annotate(before=Subquery(older.values("scaled")))
    return rows.select_related("attempt", "ruling")


def _correction(report: ScoreReport) -> Correction:
    attempt, ruling = report.attempt, report.ruling
    assert ruling is not None  # of _ruled_reports
    before: int = report.before  # type: ignore[attr-defined]  # annotated by _ruled
    return Correction(attempt.uuid, attempt.started_at, before, report.scaled, ruling.kind)


def score_retained(attempt: Attempt) -> bool:
    """Return whether a ruling left too few questions for a new score, so that the old report still applies."""
    return AttemptEvent.objects.filter(attempt=attempt, kind="score_kept").exists()
