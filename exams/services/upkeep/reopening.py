"""Reopen an exam that the clock has closed: within a day, and only if its answers were not shown to the candidate."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exams.models import Attempt, AttemptEvent, Candidate, Mode, Participant
from exams.services.attempt.attempt_log import record
from exams.services.attempt.disclosures import DISCLOSED, reopenable
from exams.services.attempt.extra_time import MAX_GRANT_MINUTES
from exams.services.practice import repetition
from exams.services.results import score_reports
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)


def reopen(attempt: Attempt, minutes: int, reason: str, by: Any, now: datetime) -> None:
    """Let the exam go on for these minutes from now. Raise RefusedError with the reason why not.

    Its score report stays, with the cause `reopened`, and counts nowhere. Its answers are no longer among those from
    which the candidate's repetition cards are made.
    """
    if not 1 <= minutes <= MAX_GRANT_MINUTES:
        raise RefusedError(_("Choose 1 to %(n)d minutes.") % {"n": MAX_GRANT_MINUTES})
    with transaction.atomic():
        # The candidate comes first, as at a start: no other exam begins meanwhile.
        candidate = Candidate.objects.select_for_update(no_key=True).get(pk=attempt.candidate_id)
        row = Attempt.objects.select_for_update(no_key=True, of=("self",)).select_related("sitting").get(pk=attempt.pk)
        if candidate.erased_at:
            raise RefusedError(_("This person has deleted her data."))
        _check(row, now)
        before, deadline = row.deadline, now + timedelta(minutes=minutes)
        Attempt.objects.filter(pk=row.pk).update(
            status=Attempt.Status.OPEN, submitted_at=None, closed_by=None, report=None, deadline=deadline,
            scoring_tries=0, scoring_error="",
        )  # fmt: skip
        score_reports.set_aside(row.report_id)
        data = {"before": before.isoformat(), "deadline": deadline.isoformat()}
        record(row, "reopened", now, by=by, reason=reason, **data)
        questions = row.responses.values_list("revision__question", flat=True)
        repetition.rebuild_cards(row.candidate_id, list(questions))
    attempt.refresh_from_db()
    log.info("attempt %s reopened for %d minutes", attempt.uuid, minutes)


def _check(row: Attempt, now: datetime) -> None:
    """Raise RefusedError unless the clock closed this exam within a day, and the candidate has not seen its answers."""
    if row.mode != Mode.EXAM or row.closed_by != Attempt.ClosedBy.TIME or row.submitted_at is None:
        raise RefusedError(_("Only an exam that was closed at the end of its time is reopened."))
    if not Attempt.objects.filter(reopenable(now), pk=row.pk).exists():
        raise RefusedError(_("It was closed more than 24 hours ago."))
    if AttemptEvent.objects.filter(attempt=row, kind=DISCLOSED).exists():
        raise RefusedError(_("The candidate has opened the report, the review or the export since it was closed."))
    if row.sitting_id and Attempt.objects.filter(pk=row.pk).disclosed(now).exists():
        raise RefusedError(_("The answers of this class are open. Move its window first, if nobody has seen them."))
    if (
        row.sitting_id
        and Participant.objects.removed().filter(sitting=row.sitting_id, candidate=row.candidate_id).exists()
    ):
        raise RefusedError(_("This person was removed from this exam of a class. Let her in again on the board first."))
    others = Attempt.objects.open_exams().filter(candidate=row.candidate_id, sitting=row.sitting_id)
    if not row.sitting_id:
        others = others.filter(blueprint_code=row.blueprint_code)
    if others.exists():
        raise RefusedError(_("Another exam of this kind is running for this candidate."))
