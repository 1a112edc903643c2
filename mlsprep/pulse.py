"""The thread of each process that asks the database for its time, and notes that the database was reached."""

import logging
import threading

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from exams.services.upkeep import outages
from mlsprep import clock

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 15
FIRST_BEAT_SECONDS = 5  # for which a process waits before it serves; a database that is away lets it start


class PulseThread(threading.Thread):
    """A thread that beats until it is stopped. Start it after the process has forked, never in a request."""

    def __init__(self) -> None:
        super().__init__(name="pulse", daemon=True)
        self._stopped = threading.Event()
        self._tried = threading.Event()

    def run(self) -> None:
        while True:
            try:
                beat()
            except Exception:
                log.exception("no heartbeat, next try in %s s", INTERVAL_SECONDS)
            finally:
                self._tried.set()
                close_old_connections()
            if self._stopped.wait(INTERVAL_SECONDS):
                return

    def start_and_wait(self) -> None:
        """Start, and wait for the first beat: before it, the time is that of the host, whose clock may be wrong."""
        self.start()
        self._tried.wait(FIRST_BEAT_SECONDS)

    def stop(self) -> None:
        """End the loop; a beat that hangs ends with the process."""
        self._stopped.set()


def beat() -> None:
    """Read the clock of the database, and record an outage if this ends one."""
    leaped = clock.read()
    clock.install()
    outages.beat(timezone.now(), settings.OUTAGES, leaped=leaped)
