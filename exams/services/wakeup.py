"""Tells the worker that there is something to do; the database stays the truth: a lost message only costs seconds."""

import logging

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


def score(attempt_id: int) -> None:
    """Sends the scoring task once the transaction commits. Never raises: the sweeper scores what nobody was told of."""
    transaction.on_commit(lambda: _send("exams.score_attempt", attempt_id), robust=True)


def _send(task: str, *args: int) -> None:
    options = PATIENCE if settings.REDIS_URL else settings.CELERY_BROKER_TRANSPORT_OPTIONS
    try:
        with current_app.connection_for_write(connect_timeout=2, transport_options=options) as connection:
            current_app.send_task(task, args=args, connection=connection, retry=False, ignore_result=True)
    except Exception as error:
        log.warning("broker not reached, the sweeper will do %s %s: %s", task, args, error)
