"""The only writer of Job: request background work, claim it, report its progress, finish it, resume what has died.

The committed row is what counts: a message only makes the work begin sooner, and the sweeper sends it again while
nobody works on the row. A process claims a job by compare-and-swap and holds it by the number of its claim: who is
silent for too long loses the job to the next process, and `Work.advance` then fails. So the function of a kind may be
called again at any point. It keeps its place in its own tables, in one transaction with `Work.advance`.
"""

import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, QuerySet, Value
from django.db.models.functions import Least
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from questions import task_queue
from questions.models import Job
from questions.services.errors import RefusedError
from questions.services.job_kinds import KINDS
from questions.services.job_state import OPEN, due, failed, is_due, is_silent

log = logging.getLogger(__name__)

State = Job.State
TASK = "questions.run_job"
FIRST_DELAY, DELAY_FACTOR = timedelta(seconds=30), 4  # before the second try, and between later ones
MAX_TRIES = 4
STEPS_PER_ROUND = 10  # of the sweeper itself, of a tenth of a second each
RETENTION = timedelta(days=30)  # of jobs that need nobody any more

type Clock = Callable[[], datetime]
type Progress = Callable[[int, int], None]


class ClaimLostError(Exception):
    """Another process works on the job, or has ended it."""


class Work:
    """A job in the hands of this process."""

    def __init__(self, job: Job, clock: Clock, steps: int | None = None, progress: Progress | None = None) -> None:
        self.job, self.now, self._steps, self._progress = job, clock, steps, progress
        self.taken = 0  # steps

    @property
    def is_over(self) -> bool:
        """Whether to stop after this step, because exams wait for the sweeper."""
        return self._steps is not None and self.taken >= self._steps

    @property
    def key(self) -> str:
        return self.job.key

    @property
    def data(self) -> dict[str, Any]:
        return self.job.data

    def advance(self, **values: Any) -> None:
        """Report a step and a sign of life, with new values for `progress`, `total` or `data`.

        Raise ClaimLostError if another process has claimed the job since. In a transaction with what the step has
        written, that keeps a process that has lost the job from writing.
        """
        self.taken += 1
        if not _held(self.job).update(claimed_at=self.now(), **values):
            raise ClaimLostError
        for name, value in values.items():
            setattr(self.job, name, value)
        if self._progress and "progress" in values:
            self._progress(self.job.progress, self.job.total)


# --- Request


def request(kind: str, key: object = "", *, now: datetime, send: bool = True, **data: Any) -> Job:
    """Return a job that waits for a process: a new one, or the one that waits already, which is due now at the latest.

    One that waits already keeps its own data: look at `data` of the result. A request while such a job runs waits
    behind it. Without `send`, the caller runs it.
    """
    rows = Job.objects.filter(kind=kind, key=str(key), state=State.WAITING)
    # The update locks the row: a process that claims it afterwards sees what this transaction has written.
    if rows.update(due_at=Least("due_at", Value(now, DateTimeField()))):
        job = rows.get()
    else:
        try:
            with transaction.atomic():
                job = Job.objects.create(kind=kind, key=str(key), due_at=now, data=data)
        except IntegrityError:  # requested at the same moment
            return request(kind, key, now=now, send=send, **data)
        log.info("requested %s", job)
    if send:
        _send(job)
    return job


def run_now(job: Job, now: datetime) -> None:
    """Let a job that waits be done now, or request one again that has failed; raise RefusedError for any other."""
    if job.state not in (State.WAITING, State.FAILED):
        raise RefusedError(_("This work is being done, or has been done already."))
    request(job.kind, job.key, now=now, **job.data)


def _send(job: Job) -> None:
    task_queue.send(TASK, job.pk, KINDS[job.kind].time_limit)


# --- Run


def run(pk: int, clock: Clock, progress: Progress | None = None) -> Job | None:
    """Claim the job and do it in this process. Return it, or None if another process works on it or it has ended.

    `progress` is told how far it is. An error of its function is recorded and does not propagate.
    """
    job = _claim(pk, clock())
    if job is not None:
        _carry_out(job, Work(job, clock, progress=progress))
    return job


def receive(pk: int, clock: Clock) -> None:
    """Do what a message asks for, if it is still due; in a process of its own if its kind needs one."""
    job = Job.objects.filter(pk=pk).first()
    if job is None or (job.state == State.WAITING and not is_due(job, clock())):
        return
    if not KINDS[job.kind].own_process:
        run(pk, clock)
    elif claimed := _claim(pk, clock()):
        _run_process(claimed, clock)


def run_claimed(pk: int, claim: int, clock: Clock) -> Job | None:
    """Do a job that the calling process has claimed under this number; None if it has been lost meanwhile."""
    job = Job.objects.filter(pk=pk, state=State.RUNNING, claims=claim).first()
    if job is not None:
        _carry_out(job, Work(job, clock))
    return job


def sweep(clock: Clock) -> None:
    """Request what is repeated, send what is due or silent, and run a few steps of what the sweeper may run."""
    now = clock()
    _request_repeated(now)
    left = STEPS_PER_ROUND
    for job in due(now):
        if not KINDS[job.kind].by_sweeper:
            _send(job)
        elif left > 0 and (claimed := _claim(job.pk, clock())):
            work = Work(claimed, clock, left)
            _carry_out(claimed, work)
            left -= max(work.taken, 1)


def release_all() -> None:
    """Let all jobs that run be claimed again at once. Only safe if no other process works on the database."""
    Job.objects.filter(state=State.RUNNING).update(claimed_at=None)


def delete_ended(work: Work) -> None:
    """Delete jobs that ended long ago. One that failed stays until it is tried again: only it leads to its work."""
    ended = Job.objects.exclude(state__in=OPEN).exclude(pk__in=failed().values("pk"))
    ended.filter(claimed_at__lt=work.now() - RETENTION).delete()


def _request_repeated(now: datetime) -> None:
    repeated = {kind.name for kind in KINDS.values() if kind.every}
    known = set(Job.objects.filter(kind__in=repeated, state__in=OPEN).values_list("kind", flat=True))
    for kind in sorted(repeated - known):
        request(kind, now=now, send=False)


def _claim(pk: int, now: datetime) -> Job | None:
    job = Job.objects.filter(pk=pk, kind__in=KINDS).first()
    if job is None or (job.state != State.WAITING and not is_silent(job, now)):
        return None
    free = Job.objects.filter(pk=pk, state=job.state, claims=job.claims, claimed_at=job.claimed_at)
    try:
        with transaction.atomic():
            if not free.update(state=State.RUNNING, claims=job.claims + 1, tries=job.tries + 1, claimed_at=now):
                return None
    except IntegrityError:  # another job of this kind and key runs
        return None
    if job.state == State.RUNNING:
        log.warning("%s was interrupted and is continued", job)
    job.state, job.claims, job.tries, job.claimed_at = State.RUNNING, job.claims + 1, job.tries + 1, now
    if job.tries > MAX_TRIES:
        _give_up(job, _("Its process ended %(n)d times before it was done.") % {"n": MAX_TRIES}, now)
        return None
    return job


def _held(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, claims=job.claims)


def _carry_out(job: Job, work: Work) -> None:
    """Call the function of the kind and record how it ends."""
    try:
        due_at = import_string(KINDS[job.kind].function)(work)
    except ClaimLostError:
        log.warning("another process has claimed %s", job)
    except RefusedError as refusal:
        _give_up(job, str(refusal), work.now())
    except Exception as error:
        log.exception("%s failed", job)
        _fail(job, f"{type(error).__name__}: {error}", work.now())
    else:
        _finish(job, due_at, work.now())
    job.refresh_from_db()


def _run_process(job: Job, clock: Clock) -> None:
    """Do a claimed job in a process of its own and wait for its end.

    It is claimed before: on a busy machine the process takes long to start, and the sweeper sends the job again.
    """
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_job", str(job.pk)]
    command += ["--claim", str(job.claims)]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if done.returncode and _held(job).exists():
        _fail(job, _("Its process ended with %(code)d.") % {"code": done.returncode}, clock())


def _finish(job: Job, due_at: datetime | None, now: datetime) -> None:
    every = KINDS[job.kind].every
    due_at = due_at or (now + every if every else None)
    if due_at is None:
        _end(job, State.DONE, now, error="")
    else:
        _wait(job, due_at, now, tries=0, error="")


def _fail(job: Job, error: str, now: datetime) -> None:
    if job.tries >= MAX_TRIES:
        _give_up(job, error, now)
    else:
        _wait(job, now + FIRST_DELAY * DELAY_FACTOR ** (job.tries - 1), now, error=error)


def _give_up(job: Job, error: str, now: datetime) -> None:
    kind = KINDS[job.kind]
    if kind.every:
        _wait(job, now + kind.every, now, tries=0, error=error)
        return
    with transaction.atomic():
        if _end(job, State.FAILED, now, error=error) and kind.given_up:
            import_string(kind.given_up)(job.key, now)


def _wait(job: Job, due_at: datetime, now: datetime, **values: Any) -> None:
    """Let the job wait until it is due. If a request waits behind it, that one does the rest, and this one ends."""
    try:
        with transaction.atomic():
            _held(job).update(state=State.WAITING, due_at=due_at, claimed_at=now, **values)
    except IntegrityError:
        _end(job, State.FAILED if values["error"] else State.DONE, now, error=values["error"])
        return
    if due_at <= now:
        _send(job)


def _end(job: Job, state: State, now: datetime, *, error: str) -> bool:
    """End the job, and send the one that waits behind it. Return False if another process has claimed it."""
    if not _held(job).update(state=state, claimed_at=now, error=error):
        return False
    log.info("%s: %s%s", job, state, f", {error}" if error else "")
    for behind in Job.objects.filter(kind=job.kind, key=job.key, state=State.WAITING, due_at__lte=now):
        _send(behind)
    return True
