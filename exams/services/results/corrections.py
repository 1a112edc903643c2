"""Reads which scores key rulings have changed, to tell the candidates on report, front page and history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from exams.models import Attempt, AttemptEvent, Candidate, ScoreReport


@dataclass(frozen=True, slots=True)
class Correction:
    """A score that a ruling changed: of which exam, started when, from what to what; was a question withdrawn?"""

    attempt: UUID
    started_at: datetime
    before: int
    after: int
    withdrawn: bool


def of(attempt: Attempt) -> list[Correction]:
    """All corrections of one attempt, oldest first."""
    return [_correction(report) for report in _ruled().filter(attempt=attempt).order_by("number")]


def newest(candidate: Candidate, since: datetime) -> Correction | None:
    """The last correction of this candidate's scores, if it was made since then."""
    report = _ruled().filter(attempt__candidate=candidate, made_at__gte=since).order_by("-made_at", "-pk").first()
    return _correction(report) if report else None


def by_attempt(attempts: Iterable[Attempt]) -> dict[int, list[Correction]]:
    """The same for many attempts, by their ids: one query, and none if no score was ever changed."""
    found: dict[int, list[Correction]] = {}
    keys = [each.pk for each in attempts if each.report and each.report.number > 1]
    for report in _ruled().filter(attempt__in=keys).order_by("attempt_id", "number") if keys else ():
        found.setdefault(report.attempt_id, []).append(_correction(report))
    return found


def _ruled() -> QuerySet[ScoreReport]:
    older = ScoreReport.objects.filter(attempt=OuterRef("attempt"), number=OuterRef("number") - 1)
    rows = ScoreReport.objects.filter(ruling__isnull=False).annotate(before=Subquery(older.values("scaled")))
    return rows.select_related("attempt", "ruling")


def _correction(report: ScoreReport) -> Correction:
    attempt, ruling = report.attempt, report.ruling
    before: int = report.before  # type: ignore[attr-defined]  # annotated by _ruled
    return Correction(attempt.uuid, attempt.started_at, before, report.scaled, bool(ruling and ruling.withdrawn))


def stands(attempt: Attempt) -> bool:
    """Did a ruling leave too few questions for a new score, so that the report of before stands?"""
    return AttemptEvent.objects.filter(attempt=attempt, kind="score_kept").exists()
