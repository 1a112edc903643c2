"""The sweeper: close overdue attempts, score finished ones, apply key rulings, erase guests, and resume imports."""

import logging
import threading
from datetime import datetime, timedelta

from django.db import close_old_connections
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services.analysis import analysis_runs
from exams.services.attempt import attempts
from exams.services.people import erasure
from exams.services.results import rescoring, scoring
from questions.imports import worker

log = logging.getLogger(__name__)

HEARTBEAT_NAME = "sweeper"
INTERVAL_SECONDS = 15  # between rounds, by a monotonic clock
MAX_SILENCE = timedelta(seconds=3 * INTERVAL_SECONDS)  # of a worker that runs
SCORING_HEAD_START = timedelta(seconds=15)  # leaves recently submitted attempts to the worker
# Limits that keep a round short.
MAX_SCORED_PER_ROUND = 20
MAX_CLOSED_PER_ROUND = 500
MAX_STEPS_PER_RULING = 10


def take_turn(now: datetime) -> bool:
    """Claim this round by compare-and-swap on beat_at, so that one process sweeps at a time.

    The guard is the value, not its age: an age would stop every sweeper when the clock is set back.
    """
    beat = Heartbeat.objects.filter(name=HEARTBEAT_NAME).first()
    if beat is None:
        _, created = Heartbeat.objects.get_or_create(name=HEARTBEAT_NAME, defaults={"beat_at": now})
        return created
    if beat.beat_at == now:
        return False
    return bool(Heartbeat.objects.filter(name=HEARTBEAT_NAME, beat_at=beat.beat_at).update(beat_at=now))


def is_silent(now: datetime) -> bool:
    """Return whether no worker has swept for MAX_SILENCE: they have stopped, or the disk is full."""
    beat = Heartbeat.objects.filter(name=HEARTBEAT_NAME).first()
    return beat is None or now - beat.beat_at > MAX_SILENCE


def sweep(now: datetime) -> int:
    """Run one round and return how many attempts it closed or scored. One failing attempt does not stop the others."""
    if not take_turn(now):
        return 0
    done = 0
    for attempt in Attempt.objects.overdue(now).order_by("deadline")[:MAX_CLOSED_PER_ROUND]:
        done += attempts.close_if_overdue(attempt, now)
    unscored = Attempt.objects.awaiting_score().filter(submitted_at__lte=now - SCORING_HEAD_START)
    for attempt_id in unscored.order_by("submitted_at").values_list("pk", flat=True)[:MAX_SCORED_PER_ROUND]:
        done += scoring.score(attempt_id, now)
    for ruling in rescoring.unfinished(now):
        try:
            rescoring.rescore(ruling, timezone.now, MAX_STEPS_PER_RULING)
        except Exception:
            log.exception("could not apply ruling %s", ruling)
    analysis_runs.request_due(now)
    analysis_runs.resume(now)
    erasure.erase_daily(now)
    worker.sweep(now)
    return done


def loop(stop: threading.Event) -> None:
    """Sweep now and then every INTERVAL_SECONDS until `stop` is set. Continue after database errors."""
    while True:
        try:
            sweep(timezone.now())
        except Exception:
            log.exception("sweep failed, retrying in %s s", INTERVAL_SECONDS)
        finally:
            close_old_connections()
        if stop.wait(INTERVAL_SECONDS):
            return
