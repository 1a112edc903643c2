"""Send a task to a worker by its name, once the transaction commits.

The database is the source of truth. A lost message costs seconds only, because the sweeper finds the work too.
"""

import logging
import time
from collections.abc import Mapping

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

# Publishing gives up after two seconds, so that a frozen broker does not block a page.
TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}

# After a failure, this process waits this long before it tries again, so that sixty exams that end together wait for a
# frozen broker once. Measured by the monotonic clock.
RETRY_AFTER_SECONDS = 10
retry_at = 0.0

GRACE_SECONDS = 30  # from the exception in a task that takes too long to the end of its process


def send(task: str, pk: int, time_limit: int | None = None) -> None:
    """Send the task with the key of this row on commit. Never raise: the sweeper does what no worker receives.

    A worker ends the task after `time_limit` seconds, by default after those of the settings.
    """
    limits = {"time_limit": time_limit, "soft_time_limit": time_limit - GRACE_SECONDS} if time_limit else {}
    transaction.on_commit(lambda: _publish(task, pk, limits), robust=True)


def _publish(task: str, pk: int, limits: Mapping[str, int]) -> None:
    global retry_at
    if time.monotonic() < retry_at:
        return
    options = TRANSPORT_OPTIONS if settings.REDIS_URL else settings.CELERY_BROKER_TRANSPORT_OPTIONS
    try:
        with current_app.connection_for_write(connect_timeout=2, transport_options=options) as connection:
            current_app.send_task(task, args=(pk,), connection=connection, retry=False, ignore_result=True, **limits)
    except Exception as error:
        retry_at = time.monotonic() + RETRY_AFTER_SECONDS
        log.warning(
            "broker not reached, %s %s waits for the sweeper; next try in %s s: %s",
            task, pk, RETRY_AFTER_SECONDS, error,
        )  # fmt: skip
