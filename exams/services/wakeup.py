"""Tells the worker that there is something to do; the database stays the truth: a lost message only costs seconds."""

import logging
import time

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

# A broker that is frozen must not hold up a candidate: publishing gives up after two seconds.
PATIENCE = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}

# After a failure nobody tries again for so many seconds: sixty exams that end together wait for a frozen broker once.
PAUSE = 10
away_until = 0.0  # of the process, by the monotonic clock


def score(attempt_id: int) -> None:
    """Sends the scoring task once the transaction commits. Never raises: the sweeper scores what nobody was told of."""
    transaction.on_commit(lambda: _send("exams.score_attempt", attempt_id), robust=True)


def rescore(ruling_id: int) -> None:
    """Sends the task that carries out a key ruling once the transaction commits; the sweeper does what is left."""
    transaction.on_commit(lambda: _send("exams.rescore", ruling_id), robust=True)


def _send(task: str, *args: int) -> None:
    global away_until
    if time.monotonic() < away_until:
        return
    options = PATIENCE if settings.REDIS_URL else settings.CELERY_BROKER_TRANSPORT_OPTIONS
    try:
        with current_app.connection_for_write(connect_timeout=2, transport_options=options) as connection:
            current_app.send_task(task, args=args, connection=connection, retry=False, ignore_result=True)
    except Exception as error:
        away_until = time.monotonic() + PAUSE
        log.warning("broker not reached, the sweeper scores for %s s, first %s %s: %s", PAUSE, task, args, error)
