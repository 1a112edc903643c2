"""The only writer of analysis runs: request item analysis, claim a run, record its progress, and start its process.

The committed row is what counts: the sweeper sends a run again that no worker has received or whose process has ended.
Nothing here imports numpy, so the web process and the workers may import it.
"""

import logging
import subprocess
import sys
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from exams.models import Attempt, KeyRuling
from questions import task_queue
from questions.models import AnalysisRun, Revision

log = logging.getLogger(__name__)

NIGHT = time(3)  # local time; a server that was off at night analyzes when it is on again
HEAD_START = timedelta(seconds=15)  # leaves recent requests to the worker
MAX_SILENCE = timedelta(minutes=5)  # of a process that works on a run
RECENT_RULINGS = 20


def request(cause: str, now: datetime, *, by: Any = None) -> AnalysisRun:
    """Return a run that waits for a worker: a new one, or the one that waits already."""
    try:
        with transaction.atomic():
            run = AnalysisRun.objects.create(cause=cause, requested_at=now, by=by)
    except IntegrityError:
        waiting = AnalysisRun.objects.filter(synthetic=False, seen_at=None, finished_at=None).first()
        # A worker may have claimed it since: then this request needs a run of its own.
        return waiting or request(cause, now, by=by)
    task_queue.send("exams.analyze_items", run.pk)
    log.info("requested analysis %d", run.pk)
    return run


def request_due(now: datetime) -> AnalysisRun | None:
    """Request the nightly run, if there has been none since the night.

    Otherwise one after a ruling has changed scores, or after a revision was published that inherits answers.
    """
    last = latest()
    night = timezone.make_aware(datetime.combine(timezone.localdate(now), NIGHT))
    if night > now:
        night -= timedelta(days=1)
    if last is None or last.requested_at < night:
        real = Attempt.objects.finished_exams().filter(synthetic=False)
        return request(AnalysisRun.Cause.NIGHT, now) if real.exists() else None
    rulings = KeyRuling.objects.filter(progress__finished__isnull=False).order_by("-at")[:RECENT_RULINGS]
    finished = [datetime.fromisoformat(ruling.progress["finished"]) for ruling in rulings]
    if any(at > last.requested_at for at in finished):
        return request(AnalysisRun.Cause.RULING, now)
    if Revision.objects.filter(same_item_as__isnull=False, published_at__gt=last.requested_at).exists():
        return request(AnalysisRun.Cause.REQUEST, now)
    return None


def latest() -> AnalysisRun | None:
    """Return the last run over real exams, finished or not."""
    return AnalysisRun.objects.filter(synthetic=False).first()


def last_finished(*, synthetic: bool) -> AnalysisRun | None:
    """Return the last finished run over real exams, or over simulated ones."""
    return AnalysisRun.objects.filter(synthetic=synthetic, finished_at__isnull=False).order_by("-finished_at").first()


def unfinished(now: datetime) -> QuerySet[AnalysisRun]:
    """Return runs that no process works on, without recent requests."""
    waiting = Q(seen_at=None, requested_at__lte=now - HEAD_START)
    return AnalysisRun.objects.filter(waiting | Q(seen_at__lte=now - MAX_SILENCE), finished_at=None)


def resume(now: datetime) -> None:
    """Send the runs again that no process works on."""
    for run in unfinished(now):
        task_queue.send("exams.analyze_items", run.pk)


def begin(now: datetime, *, synthetic: bool = False, by: Any = None) -> AnalysisRun:
    """Return a run that the calling process works on itself."""
    return AnalysisRun.objects.create(
        cause=AnalysisRun.Cause.REQUEST, synthetic=synthetic, requested_at=now, seen_at=now, by=by
    )


def claim(run_id: int, now: datetime, claimed_at: datetime | None = None) -> AnalysisRun | None:
    """Return the run if it is free for this process: compare-and-swap on the last sign of life.

    A worker claims a run at `claimed_at` for the process that it starts.
    """
    free = Q(seen_at=None) | Q(seen_at__lte=now - MAX_SILENCE) | Q(seen_at=claimed_at)
    if not AnalysisRun.objects.filter(free, pk=run_id, finished_at=None).update(seen_at=now):
        log.info("analysis %d is finished, or another process works on it", run_id)
        return None
    return AnalysisRun.objects.get(pk=run_id)


def advance(run: AnalysisRun, now: datetime, **progress: Any) -> None:
    """Record progress and a sign of life. Raise RuntimeError if another process has claimed the run since."""
    mine = AnalysisRun.objects.filter(pk=run.pk, seen_at=run.seen_at, finished_at=None)
    if not mine.update(seen_at=now, **progress):
        raise RuntimeError(f"Another process has claimed analysis {run.pk}.")
    run.refresh_from_db()


def finish(run: AnalysisRun, now: datetime) -> None:
    """Record the end of a run."""
    AnalysisRun.objects.filter(pk=run.pk).update(seen_at=now, finished_at=now)
    run.refresh_from_db()
    log.info("analysis %d: %d responses, %d revisions", run.pk, run.responses, run.total)


def run_process(run_id: int, now: datetime) -> None:
    """Analyze in a process of its own and wait for its end: numpy takes 80 MB, which end with the process.

    The run is claimed before: on a busy machine the process takes long to start, and the sweeper sends the run again.
    """
    if claim(run_id, now) is None:
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "analyze_items"]
    command += ["--run", str(run_id), "--claimed-at", now.isoformat()]
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def remove_synthetic() -> None:
    """Remove the runs over simulated exams."""
    AnalysisRun.objects.filter(synthetic=True).delete()
