"""Write question reports: candidates report a problem with a question, and instructors answer."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from exams.models import Attempt, Response
from questions.models import QuestionReport, Revision, User
from questions.services import authorship
from questions.services.errors import RefusedError

ANSWER = "questions.change_questionreport"
MAX_REPORT_CHARS = 2000
MAX_OPEN_REPORTS = 3  # of one candidate on one revision
MAX_REPORTS_A_DAY = 30  # of one candidate
DAY = timedelta(days=1)


def send(attempt: Attempt, position: int, text: str, now: datetime) -> QuestionReport | None:
    """Store a report with the current ticks. Return None for empty text, and when MAX_OPEN_REPORTS are open.

    Raise RefusedError if this candidate has sent MAX_REPORTS_A_DAY: people read them.
    """
    text = text.strip()[:MAX_REPORT_CHARS]
    response = Response.objects.get(attempt=attempt, position=position)
    reports = QuestionReport.objects.filter(revision=response.revision_id, candidate_uuid=attempt.candidate.uuid)
    if not text or reports.filter(status=QuestionReport.Status.OPEN).count() >= MAX_OPEN_REPORTS:
        return None
    own = QuestionReport.objects.filter(candidate_uuid=attempt.candidate.uuid, at__gt=now - DAY)
    if own.count() >= MAX_REPORTS_A_DAY:
        sentence = _("You have sent %(most)d reports in 24 hours, as many as one person can. Send this one tomorrow.")
        raise RefusedError(sentence % {"most": MAX_REPORTS_A_DAY})
    return QuestionReport.objects.create(
        revision_id=response.revision_id,
        candidate_uuid=attempt.candidate.uuid,
        ticked=response.ticked,
        text=text,
        at=now,
    )


def reports_by_revision(attempt: Attempt, revisions: Iterable[int]) -> dict[int, list[QuestionReport]]:
    """Return the candidate's own reports on these revisions, oldest first: one query."""
    reports: dict[int, list[QuestionReport]] = {}
    rows = QuestionReport.objects.filter(candidate_uuid=attempt.candidate.uuid, revision__in=list(revisions))
    for report in rows.order_by("at"):
        reports.setdefault(report.revision_id, []).append(report)
    return reports


def reported_responses(reports: Iterable[QuestionReport]) -> dict[int, Response]:
    """Return by report the newest response at that time, with the options as the candidate saw them: one query."""
    reports = list(reports)
    rows = Response.objects.filter(
        revision__in={report.revision_id for report in reports},
        attempt__candidate__uuid__in={report.candidate_uuid for report in reports},
    )
    responses: dict[tuple[int, UUID], list[Response]] = {}
    for row in rows.select_related("attempt__candidate", "attempt__sitting").order_by("-attempt__started_at"):
        responses.setdefault((row.revision_id, row.attempt.candidate.uuid), []).append(row)
    responses_by_report = {}
    for report in reports:
        own = responses.get((report.revision_id, report.candidate_uuid), [])
        if response := next((row for row in own if row.attempt.started_at <= report.at), None):
            responses_by_report[report.pk] = response
    return responses_by_report


def may_answer(user: User, revision: Revision) -> bool:
    """Return whether a user may answer reports on a revision: not on their own, unless they may approve those."""
    if not user.has_perm(ANSWER):
        return False
    if not authorship.wrote_up_to(user, revision):
        return True
    return user.has_perm(authorship.APPROVE) and authorship.may_approve_own(user)


def count_open_for(user: User) -> int:
    """Return how many reports wait for this user: those on her own questions only if she may approve these."""
    rows = QuestionReport.objects.filter(status=QuestionReport.Status.OPEN)
    if not authorship.may_approve_own(user):
        rows = rows.exclude(revision__question__author=user)
    return rows.count()


def close_with_answer(reports: QuerySet[QuestionReport], outcome: str) -> int:
    """Close the open reports with an answer, shown to the candidates in their review. Return how many were open."""
    outcome = outcome.strip()[:MAX_REPORT_CHARS]
    if not outcome:
        raise RefusedError(_("Write an answer. The candidate reads it in the review."))
    return reports.filter(status=QuestionReport.Status.OPEN).update(
        status=QuestionReport.Status.CLOSED, outcome=outcome
    )
