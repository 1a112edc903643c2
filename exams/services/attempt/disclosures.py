"""Note that a candidate has seen the outcome of an exam that the clock closed: it is not reopened then."""

from datetime import datetime, timedelta

from django.db import transaction

from exams.models import Attempt, AttemptEvent, Mode
from exams.services.attempt.attempt_log import record

DISCLOSED = "disclosed"
MAX_AGE = timedelta(hours=24)  # of the end of an exam that can be reopened


def note_disclosure(attempt: Attempt, page: str, now: datetime) -> bool:
    """Note it once. Return False if the exam has been reopened meanwhile: then nothing of it may be shown.

    No query for exams that cannot be reopened: those that the candidate finished, and older ones.
    """
    if attempt.mode != Mode.EXAM or attempt.closed_by != Attempt.ClosedBy.TIME or attempt.submitted_at is None:
        return True
    if now - attempt.submitted_at > 2 * MAX_AGE:  # it was closed a day later at most
        return True
    if AttemptEvent.objects.filter(attempt=attempt, kind=DISCLOSED).exists():
        return True
    with transaction.atomic():
        rows = Attempt.objects.filter(pk=attempt.pk).exclude(status=Attempt.Status.OPEN)
        if not list(rows.select_for_update(no_key=True).values_list("pk")):
            return False
        record(attempt, DISCLOSED, now, page=page)
    return True
