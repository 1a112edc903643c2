"""Send a task to a worker by its name, once the transaction commits.

The database stays the truth: a lost message costs seconds, because the sweeper finds what nobody was told of.
"""

import logging
import time

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

# A frozen broker must not hold up a page: publishing gives up after two seconds.
TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}

# After a failure this process does not try again for so long: sixty exams that end together wait for a frozen broker
# once. By the monotonic clock.
RETRY_AFTER_SECONDS = 10
retry_at = 0.0


def send(task: str, pk: int) -> None:
    """Send the task with this row's key on commit. Never raise: the sweeper does what no worker was told of."""
    transaction.on_commit(lambda: _publish(task, pk), robust=True)


def _publish(task: str, pk: int) -> None:
    global retry_at
    if time.monotonic() < retry_at:
        return
    options = TRANSPORT_OPTIONS if settings.REDIS_URL else settings.CELERY_BROKER_TRANSPORT_OPTIONS
    try:
        with current_app.connection_for_write(connect_timeout=2, transport_options=options) as connection:
            current_app.send_task(task, args=(pk,), connection=connection, retry=False, ignore_result=True)
    except Exception as error:
        retry_at = time.monotonic() + RETRY_AFTER_SECONDS
        log.warning(
            "broker not reached, %s %s waits for the sweeper; next try in %s s: %s",
            task, pk, RETRY_AFTER_SECONDS, error,
        )  # fmt: skip
