"""Note that a candidate has seen the outcome of an exam that the clock closed: it is not reopened then.

Until its report or review is opened, which notes this, all other pages treat an exam that can be reopened as open: its
questions are hidden by `hidden_questions`, and its score by `shown_scores`.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from exams.models import Attempt, AttemptEvent, Mode
from exams.models.attempt import AttemptQuerySet
from exams.services.attempt.attempt_log import record

DISCLOSED = "disclosed"
MAX_AGE = timedelta(hours=24)  # of the end of an exam that can be reopened


def recent_closings(attempt: Any, now: datetime) -> QuerySet[AttemptEvent]:
    """Return the events since which an exam can be reopened: the clock closed it within a day.

    Nothing else says when that was: after an outage an exam is closed long after its deadline, which `submitted_at` is.
    """
    return AttemptEvent.objects.filter(attempt=attempt, kind="closed", at__gte=now - MAX_AGE)


def reopenable(now: datetime) -> Q:
    """Return the condition that the clock closed an exam within a day."""
    return Q(Exists(recent_closings(OuterRef("pk"), now)), mode=Mode.EXAM, closed_by=Attempt.ClosedBy.TIME)


def unseen(attempts: AttemptQuerySet, now: datetime) -> AttemptQuerySet:
    """Return those of these attempts that the clock closed within a day, and whose outcome was not shown yet."""
    disclosures = AttemptEvent.objects.filter(attempt=OuterRef("pk"), kind=DISCLOSED)
    return attempts.filter(reopenable(now), ~Exists(disclosures))


def note_disclosure(attempt: Attempt, page: str, now: datetime) -> bool:
    """Note it once. Return False if the exam has been reopened meanwhile: then nothing of it may be shown.

    No query for exams that the candidate finished, one for others that cannot be reopened.
    """
    if attempt.mode != Mode.EXAM or attempt.closed_by != Attempt.ClosedBy.TIME:
        return True
    disclosures = AttemptEvent.objects.filter(attempt=attempt, kind=DISCLOSED)
    events = recent_closings(attempt, now) | disclosures
    kinds = set(events.order_by().values_list("kind", flat=True))
    if DISCLOSED in kinds or not kinds:
        return True
    with transaction.atomic():
        rows = Attempt.objects.filter(pk=attempt.pk).exclude(status=Attempt.Status.OPEN)
        if not list(rows.select_for_update(no_key=True).values_list("pk")):
            return False
        record(attempt, DISCLOSED, now, page=page)
    return True
