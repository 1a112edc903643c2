"""End attempts: finish, abandon, close when time is up, or end by staff."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from exams.models import Attempt, Mode
from exams.models.attempt import GRACE
from exams.services.attempt import standing
from exams.services.attempt.attempt_log import record
from questions import task_queue
from questions.models import User

log = logging.getLogger(__name__)

_EVENTS: dict[str, str] = {
    Attempt.ClosedBy.CANDIDATE: "finished",
    Attempt.ClosedBy.TIME: "closed",
    Attempt.ClosedBy.STAFF: "ended",
}


def finish(attempt: Attempt, now: datetime, *, at_once: bool = False) -> bool:
    """Submit at the candidate's request. Return whether this call did it; a second call changes nothing.

    From the deadline on, the attempt ends at its deadline and counts as closed by time. An exam that is paused or held
    waits, unless the candidate does not want to (`at_once`).
    """
    if not at_once and standing.reason(attempt, now):
        return False
    return _finish(attempt, Attempt.ClosedBy.CANDIDATE, now)


def end(attempt: Attempt, reason: str, by: User, now: datetime) -> bool:
    """Submit, with the answers saved so far, because staff ends the exam. Otherwise as `finish`."""
    return _finish(attempt, Attempt.ClosedBy.STAFF, now, by=by, reason=reason)


def _finish(attempt: Attempt, closed_by: str, now: datetime, **details: Any) -> bool:
    now = max(attempt.paused_at or now, attempt.started_at)  # the server's clock may have been set back
    if now >= attempt.deadline:
        return _submit(attempt, attempt.deadline, Attempt.ClosedBy.TIME, now)
    seat = attempt.seat
    submitted = _submit(attempt, now, closed_by, now, **details)
    if closed_by == Attempt.ClosedBy.CANDIDATE and attempt.seat != seat:
        return submitted  # another browser has taken over: this one finishes nothing any more
    if not submitted and attempt.status == Attempt.Status.OPEN:
        return _finish(attempt, closed_by, now, **details)  # the deadline was moved concurrently
    return submitted


def close_if_overdue(attempt: Attempt, now: datetime) -> bool:
    """Close an attempt past its deadline and grace period. Return whether it is closed now, by any request.

    One that is paused or held stays open.
    """
    if attempt.status != Attempt.Status.OPEN:
        return True
    if now < attempt.deadline + GRACE or attempt.paused_at:
        return False
    rows = Attempt.objects.overdue(now).filter(deadline=attempt.deadline)
    submitted = Attempt.Status.SUBMITTED
    return (
        _close(rows, attempt, submitted, attempt.deadline, Attempt.ClosedBy.TIME, now)
        or attempt.status != Attempt.Status.OPEN
    )


def abandon(attempt: Attempt, now: datetime) -> bool:
    """End without a score at the candidate's request. Return False after the deadline: then the exam is scored.

    So does a browser that has lost the seat: the exam goes on. One that is paused waits, as in `finish`; the page of
    the pause asks whether it is to be handed in.
    """
    if standing.reason(attempt, now):
        return False
    now = max(now, attempt.started_at)  # the server's clock may have been set back
    rows = Attempt.objects.filter(deadline__gt=now, seat=attempt.seat, paused_at=None)
    return _close(rows, attempt, Attempt.Status.ABANDONED, now, Attempt.ClosedBy.CANDIDATE, now)


def _submit(attempt: Attempt, ended: datetime, closed_by: str, now: datetime, **details: Any) -> bool:
    # Deadline and pause are part of the guard, so that what staff changes concurrently prevails; so does a seat that is
    # taken over, if the candidate asks.
    rows = Attempt.objects.filter(deadline=attempt.deadline, paused_at=attempt.paused_at)
    if closed_by == Attempt.ClosedBy.CANDIDATE:
        rows = rows.filter(seat=attempt.seat)
    return _close(rows, attempt, Attempt.Status.SUBMITTED, ended, closed_by, now, **details)


def _close(
    rows: QuerySet[Attempt],
    attempt: Attempt,
    status: str,
    ended: datetime,
    closed_by: str,
    now: datetime,
    **details: Any,
) -> bool:
    """Compare-and-swap open -> `status`. The committed row is the outbox; the message to the worker may be lost.

    `rows` are guarded by the caller; `details` are those of the log entry.
    """
    submitted = status == Attempt.Status.SUBMITTED
    with transaction.atomic():
        open_rows = rows.filter(pk=attempt.pk, status=Attempt.Status.OPEN)
        updated = open_rows.update(status=status, submitted_at=ended, closed_by=closed_by, paused_at=None)
        if updated:
            record(attempt, _EVENTS[closed_by] if submitted else "abandoned", now, **details)
            if submitted and attempt.mode == Mode.EXAM:  # practice gets no score
                task_queue.send("exams.score_attempt", attempt.pk)
    attempt.refresh_from_db(fields=["status", "submitted_at", "closed_by", "deadline", "seat", "paused_at"])
    if updated and submitted:
        log.info("attempt %s submitted, closed by %s", attempt.uuid, closed_by)
    elif updated:
        log.info("attempt %s abandoned", attempt.uuid)
    return bool(updated)
