"""Pause open exams: the clock stands and no question is shown, until they go on with the same time left."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from exams.models import Attempt
from exams.services.attempt.attempt_log import record

log = logging.getLogger(__name__)

MAX_PAUSE = timedelta(hours=24)  # then a forgotten exam goes on by itself


def pause_all(attempts: Iterable[Attempt], reason: str, by: Any, now: datetime) -> int:
    """Pause these exams; those that are over or paused stay as they are. Return how many this call has paused."""
    return sum(_pause(attempt, reason, by, now) for attempt in attempts)


def continue_all(attempts: Iterable[Attempt], by: Any, now: datetime) -> int:
    """Let these exams go on. Return how many were paused."""
    return sum(_continue(attempt, by, now) for attempt in attempts)


def end_forgotten(now: datetime) -> int:
    """Let exams go on whose pause has no end. Return how many."""
    forgotten = Attempt.objects.open().filter(paused_at__lte=now - MAX_PAUSE)
    return continue_all(forgotten, None, now)


def _pause(attempt: Attempt, reason: str, by: Any, now: datetime) -> bool:
    with transaction.atomic():
        rows = Attempt.objects.open_exams().filter(pk=attempt.pk, paused_at=None, started_at__lte=now, deadline__gt=now)
        if not rows.update(paused_at=now):
            return False
        record(attempt, "paused", now, by=by, reason=reason)
    log.info("attempt %s paused", attempt.uuid)
    return True


def _continue(attempt: Attempt, by: Any, now: datetime) -> bool:
    """Move the deadline by the length of the pause. A clock that was set back moves nothing."""
    with transaction.atomic():
        rows = Attempt.objects.open().filter(pk=attempt.pk, paused_at__isnull=False)
        row = rows.select_for_update(no_key=True).first()
        if row is None or row.paused_at is None:
            return False
        before, deadline = row.deadline, row.deadline + max(timedelta(0), now - row.paused_at)
        Attempt.objects.filter(pk=row.pk).update(paused_at=None, deadline=deadline)
        record(row, "continued", now, by=by, before=before.isoformat(), deadline=deadline.isoformat())
    log.info("attempt %s continued", attempt.uuid)
    return True
