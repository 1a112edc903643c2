"""The page *System* of staff: whether the parts of the installation work, and what is done in the background."""

import platform
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import celery
import django
from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt
from exams.services.upkeep import sweeper
from mlsprep import health
from questions.admin.staff_page import log, staff_action, staff_page
from questions.models import Job
from questions.services import job_state, jobs
from questions.services.errors import RefusedError
from questions.services.job_kinds import KINDS

VIEW, RUN = "questions.view_job", "questions.change_job"
MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the installation: what it does, or its fault."""

    name: str
    sentence: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with its name in words and the page that shows its result."""

    job: Job
    title: str
    url: str
    is_late: bool


@staff_page(VIEW, "admin/system.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Show the parts, and the jobs: those of each day, open, failed and done ones."""
    now = timezone.now()
    rows = Job.objects.filter(kind__in=KINDS)
    waiting = rows.filter(state__in=job_state.OPEN).order_by("due_at", "pk")
    done = rows.filter(state=Job.State.DONE).order_by("-claimed_at", "-pk")
    return {
        "title": _("System"),
        "parts": list(parts(now)),
        "repeated": [_row(job, now) for job in waiting if KINDS[job.kind].every],
        "open": [_row(job, now) for job in waiting if not KINDS[job.kind].every],
        "failed": [_row(job, now) for job in job_state.failed()[:MAX_LISTED]],
        "done": [_row(job, now) for job in done[:MAX_LISTED]],
        "may_run": request.user.has_perm(RUN),
    }


@staff_action((VIEW, RUN))
def run_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Do a job that waits now, or request one again that has failed."""
    job = get_object_or_404(Job, pk=pk, kind__in=KINDS)
    try:
        jobs.run_now(job, timezone.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        sentence = _("Requested: %s.") % _title(job)
        log(request, job, sentence)
        messages.success(request, sentence)
    return redirect("admin:system")


def parts(now: datetime) -> Iterator[Part]:
    """Yield the parts: six queries."""
    yield _part(_("Sweeper"), health.sweeper_fault(), lambda: _last_round(now))
    yield _part(_("Scores"), "", _waiting_scores)
    yield _part(_("Outages"), _held_exams(now), lambda: _("No exam waits for a decision about an outage."))
    yield _part(_("Broker"), health.broker_warning(), _broker)
    yield _part(_("Database"), health.migrations_fault(), _database)
    yield _part(_("Disk"), health.disk_fault(), _disk)
    yield Part(_("Versions"), versions())


def _part(name: str, fault: str, sentence: Any) -> Part:
    return Part(name, fault, is_fault=True) if fault else Part(name, sentence())


def _last_round(now: datetime) -> str:
    last = sweeper.last_round() or now  # without a round this is not asked: it is a fault
    seconds = max(0, round((now - last).total_seconds()))
    return ngettext("It looked for work %(n)d second ago.", "It looked for work %(n)d seconds ago.", seconds) % {
        "n": seconds
    }


def _waiting_scores() -> str:
    waiting = Attempt.objects.awaiting_score().aggregate(n=Count("pk"), since=Min("submitted_at"))
    if not waiting["n"]:
        return _("No exam waits for its score.")
    text = ngettext(
        "%(n)d exam waits for its score, for %(time)s.", "%(n)d exams wait for their scores, the first for %(time)s.",
        waiting["n"],
    )  # fmt: skip
    return text % {"n": waiting["n"], "time": timesince(waiting["since"])}


def _held_exams(now: datetime) -> str:
    n = Attempt.objects.held(now).count()
    if not n:
        return ""
    text = ngettext(
        "%(n)d exam waits for your decision about an outage. Open Attempts, Outages.",
        "%(n)d exams wait for your decision about an outage. Open Attempts, Outages.",
        n,
    )
    return text % {"n": n}


def _broker() -> str:
    if settings.REDIS_URL:
        return _("It responds.")
    return _("Messages stay in the memory of this process.")


def _database() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version(), page_count * page_size FROM pragma_page_count, pragma_page_size")
            name = "SQLite"
        else:
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            name = "PostgreSQL"
        version, size = cursor.fetchone()
    values = {"name": name, "version": version.split()[0], "size": filesizeformat(size)}
    return _("%(name)s %(version)s responds. Its data takes %(size)s, and all migrations are applied.") % values


def _disk() -> str:
    if connection.vendor != "sqlite":
        return _("The disk of PostgreSQL cannot be seen from here.")
    free = shutil.disk_usage(settings.DATA_DIR).free
    return _("%(size)s are free. No exam starts with less than %(least)s.") % {
        "size": filesizeformat(free),
        "least": filesizeformat(settings.MIN_FREE_BYTES),
    }


@cache
def versions() -> str:
    """Return the versions that a report of a fault should name."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return (
        f"mlsprep {project['version']}, Python {platform.python_version()}, Django {django.__version__}, "
        f"Celery {celery.__version__}"
    )


def _row(job: Job, now: datetime) -> JobRow:
    return JobRow(job, _title(job), _address(job), job_state.is_late(job, now))


def _address(job: Job) -> str:
    """Return the address of the page that shows the result, "" if there is none."""
    kind = KINDS[job.kind]
    if not kind.page:
        return ""
    if kind.page_parameter and job.key:
        return reverse(kind.page, query={kind.page_parameter: job.key})
    return reverse(kind.page, args=[job.key] if job.key else [])


def _title(job: Job) -> str:
    return f"{KINDS[job.kind].title} {job.key}".strip()
