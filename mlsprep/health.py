"""Health pages: /healthz for a process that runs, /readyz for a process that can do its work."""

from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams.services.attempt import disk_space
from exams.services.upkeep import sweeper
from mlsprep.migration_history import unknown_migrations
from mlsprep.outages import disk_full_memory
from mlsprep.serving import threads

PROBES = ("/healthz", "/readyz")
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
    """Respond with 200, or with 503 and one sentence for each fault. Warnings do not stop exams and are not faults."""
    faults: dict[str, str] = {}
    checks = {
        "disk": disk_fault,
        "database": database_fault,
        "migrations": migrations_fault,
        "sweeper": sweeper_fault,
    }
    for name, check in checks.items():
        if fault := _run(check):
            faults[name] = fault
            if name in ("database", "migrations"):
                break  # the later checks need what is missing
    if dead := threads.dead():
        faults["threads"] = f"Stopped in this process: {', '.join(dead)}. Restart it."
    warnings = {
        name: warning for name, check in (("broker", broker_warning), ("proxy", proxy_warning)) if (warning := check())
    }
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
    """Return one sentence, or an empty string."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


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
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
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
