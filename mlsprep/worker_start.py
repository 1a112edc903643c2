"""The start of a worker, which waits for a database that starts later."""

import logging
import time

import django
from celery.loaders.app import AppLoader
from django.db import OperationalError, connection

from mlsprep import watchdog

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2
SAID_EVERY = 15  # tries


class Loader(AppLoader):
    """Wait for the database first: the checks of Django, which look at it, would end the worker."""

    def init_worker(self) -> None:
        if not self.worker_initialized:
            django.setup()
            wait()
        super().init_worker()


def wait() -> None:
    """Return when the database responds. Say why not at first, and then twice a minute."""
    tries = 0
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if tries % SAID_EVERY == 0:
                log.warning("waiting for the database: %s", " ".join(str(error).split()))
            tries += 1
            watchdog.alive()
            time.sleep(PAUSE_SECONDS)
        else:
            connection.close()  # the processes that are forked open their own
            return
