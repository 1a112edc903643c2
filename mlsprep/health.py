"""Health pages: /healthz for a process that runs, /readyz for a process that can do its work."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams.services.attempt import disk_space
from exams.services.upkeep import sweeper
from mlsprep import clock
from mlsprep.migration_history import unknown_migrations
from mlsprep.outages import disk_full_memory
from mlsprep.serving import threads

PROBES = ("/healthz", "/readyz", "/metrics")
PROBE_SECONDS = 1.5
MAX_SWEEPER_SILENCE = timedelta(seconds=120)
migrated = False  # applied migrations stay applied while this process runs, so they are checked until they are


class AnyHostMiddleware:
    """Let every Host reach the health pages: a probe names a container or an address. They link to nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            request.META["HTTP_HOST"] = "localhost"
        return self.get_response(request)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Respond with 200 while the process runs, without a query."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Respond with 200, or with 503 and one sentence for each fault. Warnings do not stop exams and are not faults.

    A balancer asks this: a silent sweeper must not take the web servers away, which save answers. With `?all=1`, for
    alarms, it is a fault.
    """
    faults: dict[str, str] = {}
    warnings = {name: text for name, check in WARNINGS.items() if (text := check())}
    for name, check in {"disk": disk_fault, "database": database_fault, "migrations": migrations_fault}.items():
        if fault := _run(check):
            faults[name] = fault
            if name in ("database", "migrations"):
                break  # the later checks need what is missing
    else:
        if fault := _run(sweeper_fault):
            (faults if request.GET.get("all") == "1" else warnings)["sweeper"] = fault
    if dead := threads.dead():
        faults["threads"] = f"Stopped in this process: {', '.join(dead)}. Restart it."
    body = {"ready": not faults, "faults": faults, "warnings": warnings}
    return JsonResponse(body, status=503 if faults else 200)


def _run(check: Callable[[], str]) -> str:
    try:
        return check()
    except Error as error:
        return f"The database does not respond: {type(error).__name__}."


def disk_fault() -> str:
    """Return one sentence, or an empty string."""
    if disk_space.is_nearly_full():
        return f"The disk has less than {settings.MIN_FREE_BYTES // 1_000_000} MB left: no new exam starts. Free space."
    if disk_full_memory.is_recent():
        return "A save failed in the last minute because the disk of the database is full. Free space."
    return ""


def database_fault() -> str:
    """Return one sentence, or an empty string. PostgreSQL is asked on a connection of its own, which never waits long.

    A session that exists may be frozen with the server, and would hold the probe with it.
    """
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return ""
    import psycopg  # not on a laptop, where it would delay the start

    try:
        read_only = _ask_postgresql()
    except psycopg.Error as error:
        return f"The database does not respond: {type(error).__name__}."
    return "The database is read-only: no answer can be saved. Make it writable." if read_only else ""


def _ask_postgresql() -> bool:
    """Return whether PostgreSQL takes no writes. Raise psycopg.Error if it does not say so within PROBE_SECONDS.

    A frozen server keeps the connection, so a timer cuts it; `statement_timeout` is for one that is busy.
    """
    import psycopg

    probe = psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": 2}, autocommit=True)
    cut = threading.Timer(PROBE_SECONDS, _cut, [probe.fileno()])
    cut.start()
    try:
        probe.execute(f"SET statement_timeout = {PROBE_SECONDS * 1000:.0f}")
        row = probe.execute("SELECT current_setting('transaction_read_only') = 'on'").fetchone()
    finally:
        cut.cancel()
        probe.close()
    return bool(row and row[0])


def _cut(descriptor: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def migrations_fault() -> str:
    """Return one sentence, or an empty string."""
    global migrated
    if not migrated:
        executor = MigrationExecutor(connection)
        if unknown := unknown_migrations(executor.recorder.applied_migrations()):
            return f"The database was made by another version of mlsprep: it has {unknown[0]}."
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            return f"{len(plan)} migrations are not applied. Run: manage.py migrate"
        migrated = True
    return ""


def sweeper_fault() -> str:
    """Return one sentence, or an empty string."""
    last = sweeper.last_round()
    if last is None:
        return "The sweeper has never run. Start a worker."
    silence = timezone.now() - last
    if silence > MAX_SWEEPER_SILENCE:
        return f"The sweeper has not run for {silence.total_seconds():.0f} s. Check the workers and the disk."
    return ""


def broker_warning() -> str:
    """Return one sentence, or an empty string. Without a broker the sweeper scores exams, some seconds later."""
    if not settings.REDIS_URL:
        return ""
    import redis  # not on a laptop, where it would delay the start

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.set("mlsprep:probe", 1, ex=60)  # one that is full responds to PING
    except redis.ResponseError as error:
        return f"The broker takes no messages ({error}). Scores are delayed by some seconds."
    except redis.RedisError as error:
        return f"The broker does not respond ({type(error).__name__}). Scores are delayed by some seconds."
    return ""


def proxy_warning() -> str:
    """Return one sentence, or an empty string. The web server of `serve` receives requests without threads."""
    if not settings.DATABASE_URL or settings.TRUSTED_PROXIES:
        return ""
    return (
        "No proxy is counted in TRUSTED_PROXIES. Without one that buffers requests, a few connections that never send "
        "what they announce stop this web server."
    )


def clock_warning() -> str:
    """Return one sentence, or an empty string. The time of the database counts, whatever the host says."""
    seconds = clock.difference()
    if abs(seconds) <= clock.MAX_DIFFERENCE.total_seconds():
        return ""
    return f"The clock of this host is {-seconds:+.0f} s from that of the database, which counts. Run a time service."


WARNINGS: dict[str, Callable[[], str]] = {"broker": broker_warning, "proxy": proxy_warning, "clock": clock_warning}
