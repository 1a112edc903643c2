"""Read jobs: which is open, silent or late, which is due, and which have failed."""

from datetime import datetime, timedelta

from django.db.models import Case, Exists, OuterRef, QuerySet, When

from questions.models import Job
from questions.services.job_kinds import KINDS, MAX_DELAY

State = Job.State
OPEN = (State.WAITING, State.RUNNING)
HEAD_START = timedelta(seconds=15)  # leaves recent requests to the worker


def find(kind: str, key: object = "") -> Job | None:
    """Return the job that runs, else the one that waits, else the newest one that has ended."""
    rank = Case(When(state=State.RUNNING, then=0), When(state=State.WAITING, then=1), default=2)
    return Job.objects.filter(kind=kind, key=str(key)).order_by(rank, "-pk").first()


def find_open(kind: str, key: object = "") -> Job | None:
    """Return the job that runs or waits, if there is one."""
    job = find(kind, key)
    return job if job and job.state in OPEN else None


def failed() -> QuerySet[Job]:
    """Return the jobs that failed and were not requested again, the newest first."""
    later = Job.objects.filter(kind=OuterRef("kind"), key=OuterRef("key"), pk__gt=OuterRef("pk"))
    rows = Job.objects.filter(~Exists(later), kind__in=KINDS, state=State.FAILED)
    return rows.order_by("-claimed_at", "-pk")


def is_silent(job: Job, now: datetime) -> bool:
    """Return whether the process that works on the job gives no sign of life."""
    if job.state != State.RUNNING:
        return False
    return job.claimed_at is None or abs(now - job.claimed_at) >= KINDS[job.kind].max_silence


def is_late(job: Job | None, now: datetime) -> bool:
    """Return whether an open job has given no sign of life for longer than usual."""
    if job is None or job.state not in OPEN:
        return False
    last = job.claimed_at if job.state == State.RUNNING else job.due_at
    return last is None or now - last > KINDS[job.kind].max_silence / 3


def due(now: datetime) -> list[Job]:
    """Return the jobs that a process should begin with now, the first due first; recent requests are left out."""
    rows = list(Job.objects.filter(state__in=OPEN, kind__in=KINDS).order_by("due_at", "pk"))
    busy = {(job.kind, job.key) for job in rows if job.state == State.RUNNING}
    return [
        job
        for job in rows
        if is_silent(job, now)
        or (job.state == State.WAITING and (job.kind, job.key) not in busy and is_due(job, now - _head_start(job)))
    ]


def _head_start(job: Job) -> timedelta:
    return timedelta() if KINDS[job.kind].every else HEAD_START  # no message was sent for what is repeated


def is_due(job: Job, now: datetime) -> bool:
    """Return whether the time of a job that waits has come.

    A time further ahead than MAX_DELAY was written before the clock was set back.
    """
    return job.due_at <= now or job.due_at > now + MAX_DELAY + HEAD_START
