"""The only writer of analysis runs: request item analysis, and record how far a run is and what it has found.

Nothing here imports numpy, so the web process and the workers may import it.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from exams.models import KeyRuling
from exams.services.analysis.analyzed_exams import finished_exams
from questions.models import AnalysisRun, Blueprint, Question, Revision
from questions.services import jobs
from questions.services.drawn_questions import syllabuses

log = logging.getLogger(__name__)

KIND = "analysis"  # of its job
NIGHT = time(3)  # local time; a server that was off at night analyzes when it is on again
RECENT_RULINGS = 20


def request(exam: str, cause: str, now: datetime, *, by: Any = None) -> AnalysisRun:
    """Return a run of this exam that waits for a worker: a new one, or the one that waits already."""
    with transaction.atomic():
        run = begin(exam, now, cause=cause, by=by)
        job = jobs.request(KIND, exam, now=now, run=run.pk)
        if job.data["run"] == run.pk:
            return run
        run.delete()
        return AnalysisRun.objects.get(pk=job.data["run"])


def request_due(now: datetime) -> list[AnalysisRun]:
    """Request the nightly run of each exam that has had none since the night.

    Otherwise one after a ruling has changed its scores, or after a revision was published that inherits answers.
    """
    night = timezone.make_aware(datetime.combine(timezone.localdate(now), NIGHT))
    if night > now:
        night -= timedelta(days=1)
    requested = AnalysisRun.objects.filter(synthetic=False).order_by().values_list("exam")
    last = dict(requested.annotate(at=Max("requested_at")))
    causes = _causes(last)
    due = {exam for exam in Blueprint.objects.by_syllabus() if exam not in last or last[exam] < night}
    if due:
        causes |= {exam: AnalysisRun.Cause.NIGHT for exam in finished_exams() if exam in due}
    return [request(exam, cause, now) for exam, cause in sorted(causes.items())]


def _causes(last: Mapping[str, datetime]) -> dict[str, str]:
    """Return the exams for which something has changed since their last run, with the cause."""
    if not last:
        return {}
    since = min(last.values())
    marked = Revision.objects.filter(same_item_as__isnull=False, published_at__gt=since)
    changes = [(pk, at, AnalysisRun.Cause.REQUEST) for pk, at in marked.values_list("pk", "published_at") if at]
    rulings = KeyRuling.objects.filter(progress__finished__isnull=False).order_by("-at")
    finished = rulings.values_list("revision", "progress__finished")[:RECENT_RULINGS]
    changes += [(pk, datetime.fromisoformat(at), AnalysisRun.Cause.RULING) for pk, at in finished]
    changes = [change for change in changes if change[1] > since]
    if not changes:
        return {}
    revisions = Revision.objects.filter(pk__in=[pk for pk, _at, _cause in changes])
    questions = dict(revisions.values_list("pk", "question"))
    exams = syllabuses(Question.objects.filter(pk__in=questions.values()).select_related("exam_domain"))
    return {
        exam: cause for pk, at, cause in changes for exam in exams[questions[pk]] if exam in last and at > last[exam]
    }


def latest(exam: str) -> AnalysisRun | None:
    """Return the last run over the real attempts at an exam, finished or not."""
    return AnalysisRun.objects.filter(exam=exam, synthetic=False).first()


def last_finished(exam: str, *, synthetic: bool) -> AnalysisRun | None:
    """Return the last finished run over the real attempts at an exam, or over simulated ones."""
    rows = AnalysisRun.objects.filter(exam=exam, synthetic=synthetic, finished_at__isnull=False)
    return rows.order_by("-finished_at").first()


def begin(
    exam: str, now: datetime, *, cause: str = AnalysisRun.Cause.REQUEST, synthetic: bool = False, by: Any = None
) -> AnalysisRun:
    """Return a new run."""
    return AnalysisRun.objects.create(exam=exam, cause=cause, synthetic=synthetic, requested_at=now, by=by)


def record(run: AnalysisRun, **values: Any) -> None:
    """Store the place or the results of a run."""
    AnalysisRun.objects.filter(pk=run.pk).update(**values)
    for name, value in values.items():
        setattr(run, name, value)


def finish(run: AnalysisRun, now: datetime) -> None:
    """Record the end of a run."""
    record(run, finished_at=now)
    log.info("analysis %d of %s: %d responses, %d revisions", run.pk, run.exam, run.responses, run.total)


def remove_synthetic() -> None:
    """Remove the runs over simulated exams."""
    AnalysisRun.objects.filter(synthetic=True).delete()
