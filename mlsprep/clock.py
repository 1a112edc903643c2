"""The time of a process: that of the database, whatever the clock of the host says.

Each process asks the database for its time when it starts and every 15 seconds. In between, a counter that no change of
the clock moves tells how much time has passed. Where the clock of the host differs by more than MAX_DIFFERENCE,
`timezone.now()` returns the time of the database, so services get a right `now` as their argument.
"""

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import Error, connection
from django.utils import timezone

from exams import lost_time

log = logging.getLogger(__name__)

MAX_DIFFERENCE = timedelta(seconds=2)
MAX_AGE_SECONDS = 15  # of a reading, in a process without a heartbeat of its own
MAX_ROUND_TRIP_SECONDS = 2  # of a question to the database whose answer is used
BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # counts the time of a suspended machine; Linux has it


@dataclass(frozen=True, slots=True)
class Reading:
    """The time of the database, and the clocks of the host at the same moment."""

    database: datetime
    host: datetime
    counter: float | None  # seconds; None where the system has no such counter

    @property
    def is_apart(self) -> bool:
        """Whether the clock of the host is not used."""
        return abs(self.database - self.host) > MAX_DIFFERENCE

    def projected(self, host: datetime, counter: float | None) -> datetime:
        """Return the time of the database at a later moment."""
        if self.counter is None or counter is None:
            return self.database + (host - self.host)
        return self.database + timedelta(seconds=counter - self.counter)


def corrected(host: datetime, counter: float | None, reading: Reading | None) -> datetime:
    """Return the clock of the host, or the time of the database where they differ by more than MAX_DIFFERENCE."""
    if reading is None:
        return host
    by_database = reading.projected(host, counter)
    return host if abs(by_database - host) <= MAX_DIFFERENCE else by_database


_reading: Reading | None = None
_host_now = timezone.now


def now() -> datetime:
    """Return the time of this process: `timezone.now` after `install`."""
    return corrected(_host_now(), _counter(), _reading)


def install() -> None:
    """Let `timezone.now` return the corrected time, in this process."""
    timezone.now = now


def read() -> bool:
    """Ask the database for its time. Return whether its clock was set forward since it was last asked."""
    global _reading
    before, counter = time.monotonic(), _counter()
    host = _host_now()
    with connection.cursor() as cursor:
        cursor.execute(_QUESTIONS[connection.vendor])
        answer = cursor.fetchone()[0]
    if time.monotonic() - before > MAX_ROUND_TRIP_SECONDS:
        return False
    database = host if answer is None else answer.astimezone(UTC)
    earlier, _reading = _reading, Reading(database, host, counter)
    if _reading.is_apart and not (earlier and earlier.is_apart):
        log.warning("the clock of this host is %+.0f s from that of the database, which counts", -difference())
    leaped = earlier is not None and lost_time.is_leap(earlier.projected(host, counter), database)
    if leaped:
        log.warning("the clock of the database was set forward, to %s", database)
    return leaped


def keep_right() -> None:
    """Read the clock of the database if the last reading is old. A database that does not respond changes nothing."""
    if _reading and abs((_host_now() - _reading.host).total_seconds()) < MAX_AGE_SECONDS:
        return
    with suppress(Error):
        read()
        install()


_QUESTIONS = {"postgresql": "SELECT clock_timestamp()", "sqlite": "SELECT NULL"}  # SQLite has the clock of the host


def difference() -> float:
    """Return by how many seconds the time of the database is ahead of the clock of this host, as far as it is known."""
    if _reading is None:
        return 0.0
    host = _host_now()
    return (_reading.projected(host, _counter()) - host).total_seconds()


def _counter() -> float | None:
    return None if BOOT_CLOCK is None else time.clock_gettime(BOOT_CLOCK)
