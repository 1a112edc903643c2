"""Move the deadlines of the running exams of a class with its window, and log it."""

from datetime import datetime
from typing import Any

from exams.models import Attempt, AttemptEvent, Sitting


def follow_window(before: Sitting, after: Sitting, by: Any, now: datetime) -> int:
    """Move each deadline as the window moves the end for this start. Return how many were moved.

    Extra time is kept. Call it in the transaction that writes the window, with the sitting locked.
    """
    rows = Attempt.objects.writable(now).filter(sitting=after).order_by("pk")
    moved, events = [], []
    for attempt in rows.select_for_update(no_key=True):
        deadline = attempt.deadline + (after.end_of(attempt.started_at) - before.end_of(attempt.started_at))
        if deadline != attempt.deadline:
            data = {"before": attempt.deadline.isoformat(), "deadline": deadline.isoformat()}
            events.append(AttemptEvent(attempt=attempt, at=now, kind="rescheduled", data=data, by=by))
            attempt.deadline = deadline
            moved.append(attempt)
    Attempt.objects.bulk_update(moved, ["deadline"])
    AttemptEvent.objects.bulk_create(events)
    return len(moved)
