"""Whether an open exam stands still: it is paused, or an outage holds its deadline until somebody decides."""

from datetime import datetime, timedelta
from enum import StrEnum

from exams.models import Attempt, Mode, Outage
from exams.models.attempt import GRACE


class Standing(StrEnum):
    """Why an exam stands still, with the names that the pages use."""

    PAUSED = "paused"
    HELD = "held"


def reason(attempt: Attempt, now: datetime, *, in_grace: bool = True) -> Standing | None:
    """Return why this attempt stands still. No query before its deadline.

    In its grace period a deadline can be held, too. Without `in_grace` this does not count: answers are accepted.
    """
    if attempt.status != Attempt.Status.OPEN or attempt.mode != Mode.EXAM:
        return None
    if attempt.paused_at:
        return Standing.PAUSED
    if now < attempt.deadline + (timedelta(0) if in_grace else GRACE):
        return None
    return Standing.HELD if Attempt.objects.held(now).filter(pk=attempt.pk).exists() else None


def holding(attempt: Attempt, now: datetime) -> Outage | None:
    """Return the outage that holds the deadline of this attempt; None before it is recorded."""
    rows = Outage.objects.undecided(now).filter(began_at__lte=attempt.deadline, ended_at__gte=attempt.deadline)
    return rows.first()
