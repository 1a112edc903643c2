"""Tells a worker that an import waits; the database stays the truth: a lost message only costs seconds."""

import logging

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

# A broker that is frozen must not hold up a page: publishing gives up after two seconds.
_PATIENCE = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}


def work_on(batch_id: int) -> None:
    """Sends the task of an import once the transaction commits. Never raises: the sweeper sends it again."""
    transaction.on_commit(lambda: _send(batch_id), robust=True)


def _send(batch_id: int) -> None:
    options = _PATIENCE if settings.REDIS_URL else settings.CELERY_BROKER_TRANSPORT_OPTIONS
    try:
        with current_app.connection_for_write(connect_timeout=2, transport_options=options) as connection:
            current_app.send_task("questions.work_on_import", args=(batch_id,), connection=connection, retry=False)
    except Exception as error:
        log.warning("broker not reached, import %s waits for the sweeper: %s", batch_id, error)
