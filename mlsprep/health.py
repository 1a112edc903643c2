"""Health pages: /healthz says that the process lives, /readyz that it can do its work."""

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

from exams.models import Heartbeat
from exams.services.upkeep import sweeper
from mlsprep.migration_history import unknown_migrations
from mlsprep.serving import threads

SILENCE = timedelta(seconds=120)  # so long may the sweeper give no sign of life
migrated = False  # once all migrations are applied they stay so for the life of this process


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; it asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 or 503 with one sentence for each fault; `warnings` do not stop exams and are never a 503."""
    faults: dict[str, str] = {}
    for name, find in (("database", database), ("migrations", migrations), ("sweeper", sweeper_silence)):
        if fault := _ask(find):
            faults[name] = fault
            if name != "sweeper":
                break  # what follows needs what is missing
    if dead := threads.dead():
        faults["threads"] = f"Stopped in this process: {', '.join(dead)}. Restart it."
    warnings = {"broker": fault} if (fault := broker()) else {}
    body = {"ready": not faults, "faults": faults, "warnings": warnings}
    return JsonResponse(body, status=503 if faults else 200)


def _ask(find: Callable[[], str]) -> str:
    try:
        return find()
    except Error as error:
        return f"The database does not answer: {type(error).__name__}."


def database() -> str:
    """A fault in a sentence, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def migrations() -> str:
    """A fault in a sentence, or nothing."""
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


def sweeper_silence() -> str:
    """A fault in a sentence, or nothing. A full disk shows here too: the sweeper cannot sign any more."""
    beat = Heartbeat.objects.filter(name=sweeper.NAME).first()
    if beat is None:
        return "The sweeper has never run. Start a worker."
    silent = timezone.now() - beat.beat_at
    if silent > SILENCE:
        return f"The sweeper has been silent for {silent.total_seconds():.0f} s. Look at the workers and the disk."
    return ""


def broker() -> str:
    """A warning in a sentence, or nothing. Without it scores come from the sweeper, some seconds later."""
    if not settings.REDIS_URL:
        return ""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except redis.RedisError as error:
        return f"The broker does not answer ({type(error).__name__}). Scores come some seconds later."
    return ""
