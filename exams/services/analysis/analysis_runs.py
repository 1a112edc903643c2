"""The only writer of analysis runs: request item analysis, and record how far a run is and what it has found.

Nothing here imports numpy, so the web process and the workers may import it.
"""

import logging
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from exams.models import Attempt, KeyRuling
from questions.models import AnalysisRun, Revision
from questions.services import jobs

log = logging.getLogger(__name__)

KIND = "analysis"  # of its job
NIGHT = time(3)  # local time; a server that was off at night analyzes when it is on again
RECENT_RULINGS = 20


def request(cause: str, now: datetime, *, by: Any = None) -> AnalysisRun:
    """Return a run that waits for a worker: a new one, or the one that waits already."""
    with transaction.atomic():
        run = begin(now, cause=cause, by=by)
        job = jobs.request(KIND, now=now, run=run.pk)
        if job.data["run"] == run.pk:
            return run
        run.delete()
        return AnalysisRun.objects.get(pk=job.data["run"])


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


def begin(
    now: datetime, *, cause: str = AnalysisRun.Cause.REQUEST, synthetic: bool = False, by: Any = None
) -> AnalysisRun:
    """Return a new run."""
    return AnalysisRun.objects.create(cause=cause, synthetic=synthetic, requested_at=now, by=by)


def record(run: AnalysisRun, **values: Any) -> None:
    """Store the place or the results of a run."""
    AnalysisRun.objects.filter(pk=run.pk).update(**values)
    for name, value in values.items():
        setattr(run, name, value)


def finish(run: AnalysisRun, now: datetime) -> None:
    """Record the end of a run."""
    record(run, finished_at=now)
    log.info("analysis %d: %d responses, %d revisions", run.pk, run.responses, run.total)


def remove_synthetic() -> None:
    """Remove the runs over simulated exams."""
    AnalysisRun.objects.filter(synthetic=True).delete()
