"""What people and operators see while the database does not respond or its disk is full."""

import copy
import logging
import sqlite3
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

POSTGRESQL_DISK_FULL = "53100"
POSTGRESQL_READ_ONLY = "25006"
RECENT_SECONDS = 60


@dataclass
class DiskFullMemory:
    """When a write of this process last failed because the disk was full; /readyz reads it."""

    failed_at: float | None = None  # monotonic clock

    def is_recent(self) -> bool:
        return self.failed_at is not None and time.monotonic() - self.failed_at < RECENT_SECONDS


disk_full_memory = DiskFullMemory()


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether a write failed because there is no space left."""
    cause = error.__cause__ if isinstance(error, OperationalError) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(cause, "sqlstate", None) == POSTGRESQL_DISK_FULL


def is_read_only(error: BaseException | None) -> bool:
    """Return whether PostgreSQL refused a write because it takes none, as a standby or while it is looked after."""
    return isinstance(error, InternalError) and getattr(error.__cause__, "sqlstate", None) == POSTGRESQL_READ_ONLY


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database could not do its work: it is down, overloaded, read-only, or its disk is full."""
    if is_read_only(error):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    # SQLite reports wrong SQL, such as a missing table, as an operational error as well.
    return getattr(error.__cause__, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond with 507 if the disk is full, 503 if the database does not respond, and otherwise with 500."""
    if page := outage_page(request, sys.exception()):
        return page
    return HttpResponse(render_to_string("500.html", theme_context(request)), status=500)


def outage_page(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """Return the page for a failure of the database, also for one that led to another error; else None.

    A session that could not be stored raises SessionInterrupted, as if somebody had signed out.
    """
    while error and not is_outage(error):
        error = error.__context__
    if error is None:
        return None
    themed = theme_context(request)
    if is_disk_full(error):
        disk_full_memory.failed_at = time.monotonic()
        return HttpResponse(render_to_string("507.html", themed), status=507)
    themed["read_only"] = is_read_only(error)
    return HttpResponse(render_to_string("503.html", themed), status=503, headers={"Retry-After": "5"})


def theme_context(request: HttpRequest) -> dict[str, Any]:
    """Return the theme for an error page, which must not read the database."""
    from exams import theme  # not at the top: the log uses this module before the models are loaded

    return {"theme": theme.chosen(request)}


@dataclass
class OutageFilter:
    """Writes one line a second instead of a traceback for each failed request: a log must not fill the disk."""

    quiet_until: float = 0.0  # monotonic clock
    dropped: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def filter(self, record: logging.LogRecord) -> logging.LogRecord | bool:
        error = record.exc_info[1] if record.exc_info else None
        if not is_outage(error):
            return True
        with self.lock:
            if time.monotonic() < self.quiet_until:
                self.dropped += 1
                return False
            self.quiet_until = time.monotonic() + 1
            dropped, self.dropped = self.dropped, 0
        line = copy.copy(record)
        reason = " ".join(str(error).split())
        more = f" ({dropped} more failures since the last line)" if dropped else ""
        line.msg, line.args = "%s: %s: %s%s", (record.getMessage(), type(error).__name__, reason, more)
        line.exc_info = line.exc_text = None
        return line
