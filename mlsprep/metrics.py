"""Figures for Prometheus at /metrics, for requests with METRICS_TOKEN: counters of the processes, and the database's.

Gunicorn starts several processes: each writes its counters to a file in PROMETHEUS_MULTIPROC_DIR (gunicorn.conf.py),
and the process that is asked adds them up. What the database knows is read when it is asked for.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import Error, connection
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from exams.models import Attempt
from exams.models.heartbeat import BACKUP, BASE, Heartbeat
from exams.services.upkeep import sweeper
from mlsprep import clock, health
from questions.models import Job

MULTIPROC = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)
CELERY_QUEUE = "celery"
# Whether the last try to copy a segment of PostgreSQL's log failed, and how many seconds ago one was copied.
ARCHIVER = """
SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
    extract(epoch FROM now() - coalesce(last_archived_time, stats_reset))::float
FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'"""

requests = Histogram("mlsprep_request_seconds", "Time of requests by page", ["page", "method"], buckets=SECONDS)
responses = Counter("mlsprep_responses", "Responses by status; 429 and 4xx are refusals, 5xx errors", ["status"])
saves = Counter("mlsprep_saves", "Changes that browsers sent, by what became of them", ["outcome"])
sign_ins = Counter("mlsprep_sign_ins", "Sign-ins of accounts", ["outcome"])


class MetricsMiddleware:
    """Count each request by the name of its page, which is one of a few hundred, never by its path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        page = (match and match.view_name) or "none"
        method = request.method if request.method in ("GET", "HEAD", "POST") else "other"
        requests.labels(page, method).observe(time.perf_counter() - began)
        if page != "readyz":  # whose 503 is for a probe, and no failed request
            responses.labels(str(response.status_code)).inc()
        for outcome in getattr(request, "save_outcomes", ()):
            saves.labels(outcome).inc()
        return response


def count_sign_in(**_signal: Any) -> None:
    """Count a sign-in."""
    sign_ins.labels("done").inc()


def count_failure(**_signal: Any) -> None:
    """Count a wrong name or password."""
    sign_ins.labels("failed").inc()


user_logged_in.connect(count_sign_in, dispatch_uid="metrics")
user_login_failed.connect(count_failure, dispatch_uid="metrics")


class StateCollector(Collector):
    """What the database and the broker know, read at each scrape, and whether they respond.

    A database that is frozen or read-only is noticed on the connection of the health page, which never waits long.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        figures: list[GaugeMetricFamily] = []
        try:
            is_up = not health.database_fault()
            if is_up:
                figures = list(database_figures(timezone.now()))
        except Error:
            is_up = False
        yield _gauge("database_up", "1 if the database responds and can be written", is_up)
        yield from figures
        apart = -clock.difference()
        yield _gauge("clock_difference_seconds", "How far the clock of this host is ahead of the database", apart)
        yield _gauge(
            "time_seconds", "The time that counts: that of the database if they differ", timezone.now().timestamp()
        )
        broker = GaugeMetricFamily("mlsprep_broker_up", "1 if the broker responds and takes messages")
        if settings.REDIS_URL:
            broker.add_metric([], not health.broker_warning())
        yield broker
        if (length := queue_length()) is not None:
            yield _gauge("queue_messages", "Messages that wait in the broker", length)


def database_figures(now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield what the database knows: eight queries."""
    exams = Attempt.objects.filter(synthetic=False)
    yield _gauge("open_exams", "Exams in progress", exams.open_exams().count())
    yield _gauge("held_exams", "Exams that wait for a decision about an outage", exams.held(now).count())
    yield _gauge("overdue_attempts", "Open attempts past their deadline and grace", exams.overdue(now).count())
    waiting = exams.awaiting_score().aggregate(n=Count("pk"), since=Min("submitted_at"))
    yield _gauge("unscored_exams", "Finished exams without a score", waiting["n"])
    yield _gauge("unscored_oldest_seconds", "How long the first of them waits", _age(waiting["since"], now, 0))
    last = _age(sweeper.last_round(), now, -1)
    yield _gauge("sweeper_age_seconds", "Time since the last round of the sweeper, -1 before the first", last)
    jobs = GaugeMetricFamily("mlsprep_jobs", "Background jobs by state", labels=["state"])
    for state, n in Job.objects.order_by().values_list("state").annotate(n=Count("pk")):
        jobs.add_metric([state], n)
    yield jobs
    copied = dict(Heartbeat.objects.filter(name__in=(BACKUP, BASE)).values_list("name", "beat_at"))
    for name, text in {BACKUP: "backup.sh made a dump", BASE: "base-backup.sh made a base backup"}.items():
        age = _age(copied.get(name), now, -1)
        yield _gauge(f"{name}_age_seconds", f"Time since deploy/{text}, -1 before the first", age)
    yield from archiver()


def archiver() -> Iterator[GaugeMetricFamily]:
    """Yield how the archive of PostgreSQL's log does, without values if there is none."""
    failing = GaugeMetricFamily("mlsprep_archive_failing", "1 if the last segment of the log could not be archived")
    age = GaugeMetricFamily("mlsprep_archive_age_seconds", "Time since a segment of the log was archived")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(ARCHIVER)
            for is_failing, seconds in cursor.fetchall():
                failing.add_metric([], is_failing)
                age.add_metric([], seconds)
    yield failing
    yield age


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"mlsprep_{name}", text, value=value)


def _age(moment: datetime | None, now: datetime, without: float) -> float:
    return without if moment is None else max(0.0, (now - moment).total_seconds())


def queue_length() -> int | None:
    """Return how many messages wait, None without a broker or while it does not respond."""
    if not settings.REDIS_URL:
        return None
    import redis  # not on a laptop, where it would delay the start

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return int(client.llen(CELERY_QUEUE))
    except redis.RedisError:
        return None


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures in the format of Prometheus. 404 without METRICS_TOKEN, 401 without knowing it."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        text = "Send METRICS_TOKEN in the header Authorization: Bearer.\n"
        return HttpResponse(text, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(StateCollector())
    if os.environ.get(MULTIPROC):
        MultiProcessCollector(registry)
        text = generate_latest(registry).decode()
    else:
        text = (generate_latest(REGISTRY) + generate_latest(registry)).decode()
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)
