"""Writes question reports: a candidate says that something is wrong with a question; instructors answer."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from exams.models import Attempt, Response
from questions.models import QuestionReport
from questions.services.errors import RefusedError

LONGEST = 2000  # characters
MOST = 3  # open reports of one candidate on one wording


def send(attempt: Attempt, position: int, text: str, now: datetime) -> QuestionReport | None:
    """Stores the report with what is ticked now. None if the text is empty or there are MOST open ones already."""
    text = text.strip()[:LONGEST]
    response = Response.objects.get(attempt=attempt, position=position)
    mine = QuestionReport.objects.filter(revision=response.revision_id, candidate_uuid=attempt.candidate.uuid)
    if not text or mine.filter(status=QuestionReport.Status.OPEN).count() >= MOST:
        return None
    return QuestionReport.objects.create(
        revision_id=response.revision_id,
        candidate_uuid=attempt.candidate.uuid,
        ticked=response.ticked,
        text=text,
        at=now,
    )


def of(attempt: Attempt, revisions: Iterable[int]) -> dict[int, list[QuestionReport]]:
    """The candidate's own reports on these wordings, oldest first: one query."""
    found: dict[int, list[QuestionReport]] = {}
    rows = QuestionReport.objects.filter(candidate_uuid=attempt.candidate.uuid, revision__in=list(revisions))
    for report in rows.order_by("at"):
        found.setdefault(report.revision_id, []).append(report)
    return found


def answer(reports: QuerySet[QuestionReport], outcome: str) -> int:
    """Closes the open ones of these reports with an answer that the candidates read in their review; how many."""
    outcome = outcome.strip()[:LONGEST]
    if not outcome:
        raise RefusedError(_("Write an answer: whoever reported the question reads it in the review."))
    return reports.filter(status=QuestionReport.Status.OPEN).update(
        status=QuestionReport.Status.CLOSED, outcome=outcome
    )
