"""Note that a candidate has gone through what was missed in an exam, while Today would still ask for it.

The entry is in the log of the attempt, so that every browser knows.
"""

from datetime import datetime, timedelta

from exams.models import Attempt, AttemptEvent, Mode
from exams.services.attempt.attempt_log import record

REVIEWED = "reviewed"
ASKED_FOR = timedelta(days=1)  # after the end of an exam: Today asks on that day


def is_reviewed(exam: Attempt) -> bool:
    return AttemptEvent.objects.filter(attempt=exam, kind=REVIEWED).exists()


def note_reviewed(attempt: Attempt, now: datetime) -> None:
    """Note it once: a query for an exam of a day, none for others."""
    is_new = attempt.submitted_at is not None and now - attempt.submitted_at <= ASKED_FOR
    if attempt.mode == Mode.EXAM and is_new and not is_reviewed(attempt):
        record(attempt, REVIEWED, now)
