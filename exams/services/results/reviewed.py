"""Note which of the questions that a candidate missed in an exam were opened in its review, and when all were.

The entry is in the log of the attempt, so that every browser knows. Today asks for the review until all were opened.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from exams.models import Attempt, AttemptEvent, Mode
from exams.services.attempt.attempt_log import record

READING, REVIEWED = "reviewing", "reviewed"  # the first becomes the second
NOTED_FOR = timedelta(days=7)  # after the end of an exam; a review that goes on later begins at the first question


def count_unread(exam: Attempt, missed: int) -> int:
    """Return how many of so many missed questions have not been opened yet."""
    entry = AttemptEvent.objects.filter(attempt=exam, kind__in=(READING, REVIEWED)).first()
    if entry is None:
        return missed
    return 0 if entry.kind == REVIEWED else max(1, missed - len(entry.data["opened"]))


def opened_before(exam: Attempt) -> frozenset[int]:
    """Return the positions of missed questions that were opened; none when all were, since the review begins again."""
    reading = AttemptEvent.objects.filter(attempt=exam, kind=READING).first()
    return frozenset(reading.data["opened"]) if reading else frozenset()


def note_opened(attempt: Attempt, positions: Collection[int], missed: Collection[int], now: datetime) -> None:
    """Note that these of the missed questions were opened: a query for an exam of a week, none for others."""
    opened = set(missed).intersection(positions)
    is_new = attempt.submitted_at is not None and now - attempt.submitted_at <= NOTED_FOR
    if attempt.mode != Mode.EXAM or not is_new or not opened:
        return
    entry = AttemptEvent.objects.filter(attempt=attempt, kind__in=(READING, REVIEWED)).first()
    if entry and (entry.kind == REVIEWED or opened.issubset(entry.data["opened"])):
        return
    opened.update(entry.data["opened"] if entry else ())
    kind = REVIEWED if opened.issuperset(missed) else READING
    if entry is None:
        record(attempt, kind, now, opened=sorted(opened))
    else:
        entry.kind, entry.at, entry.data = kind, now, {"opened": sorted(opened)}
        entry.save(update_fields=["kind", "at", "data"])
