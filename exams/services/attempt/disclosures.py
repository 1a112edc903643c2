"""Note that a candidate has seen the outcome of an exam that the clock closed: it is not reopened then.

Until its report or review is opened, which notes this, all other pages treat an exam that can be reopened as open: its
questions are hidden by `hidden_questions`, and its score by `shown_scores`.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from exams.models import Attempt, AttemptEvent, Mode
from exams.models.attempt import AttemptQuerySet
from exams.services.attempt.attempt_log import record

DISCLOSED = "disclosed"
MAX_AGE = timedelta(hours=24)  # of the end of an exam that can be reopened


def unseen(attempts: AttemptQuerySet, now: datetime) -> AttemptQuerySet:
    """Return those of these attempts that the clock closed within a day, and whose outcome was not shown yet."""
    events = AttemptEvent.objects.filter(attempt=OuterRef("pk"))
    return attempts.filter(
        Exists(events.filter(kind="closed", at__gte=now - MAX_AGE)),
        ~Exists(events.filter(kind=DISCLOSED)),
        mode=Mode.EXAM,
        closed_by=Attempt.ClosedBy.TIME,
        submitted_at__gt=now - 2 * MAX_AGE,  # it was closed a day later at most
    )


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
