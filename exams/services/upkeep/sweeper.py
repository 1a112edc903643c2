"""The sweeper: close overdue attempts, score finished ones, write cards of practice, then see to background jobs."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import batched

from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from exams.models import Attempt, Heartbeat, Mode
from exams.models.attempt import GRACE, held
from exams.services.analysis import analysis_runs
from exams.services.attempt import ending, pauses
from exams.services.people import candidates
from exams.services.practice import practice
from exams.services.results import scoring
from questions.services import jobs

log = logging.getLogger(__name__)

HEARTBEAT_NAME = "sweeper"
INTERVAL_SECONDS = 15  # between rounds, by a monotonic clock; less if an exam is overdue before
MIN_PAUSE_SECONDS = 1
MAX_SILENCE = timedelta(seconds=3 * INTERVAL_SECONDS)  # of a worker that runs
SCORING_HEAD_START = timedelta(seconds=15)  # leaves recently submitted attempts to the worker
# Limits that keep a round short.
MAX_SCORED_PER_ROUND = 1000
SCORED_AT_ONCE = 100  # in one transaction, of a tenth of a second
MAX_CLOSED_PER_ROUND = 500


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
    last = last_round()
    return last is None or now - last > MAX_SILENCE


def last_round() -> datetime | None:
    """Return when the last round began, None before the first."""
    return Heartbeat.objects.filter(name=HEARTBEAT_NAME).values_list("beat_at", flat=True).first()


def sweep(now: datetime) -> int:
    """Run one round and return how many attempts it closed or scored. One failing attempt does not stop the others."""
    if not take_turn(now):
        return 0
    pauses.end_forgotten(now)
    overdue = Attempt.objects.overdue(now).order_by("deadline")[:MAX_CLOSED_PER_ROUND]
    closed = [attempt for attempt in overdue if ending.close_if_overdue(attempt, now)]
    waiting = Q(submitted_at__lte=now - SCORING_HEAD_START) | Q(pk__in=[attempt.pk for attempt in closed])
    unscored = Attempt.objects.awaiting_score().filter(waiting).order_by("submitted_at")
    done = len(closed)
    for chunk in batched(unscored.values_list("pk", flat=True)[:MAX_SCORED_PER_ROUND], SCORED_AT_ONCE):
        done += scoring.score_all(chunk, now)
    for attempt in closed:
        if attempt.mode == Mode.PRACTICE:
            practice.write_cards(attempt, candidates.zone_of(attempt.candidate_id))
    analysis_runs.request_due(now)
    jobs.sweep(lambda: now)
    return done


def pause_seconds(now: datetime) -> float:
    """Return the time to the next round: until the next exam is overdue, at most INTERVAL_SECONDS."""
    running = Attempt.objects.open().filter(Q(deadline__gt=now - GRACE) | ~held(now), paused_at=None)
    deadline = running.order_by("deadline").values_list("deadline", flat=True).first()
    if deadline is None:
        return INTERVAL_SECONDS
    return max(MIN_PAUSE_SECONDS, min(INTERVAL_SECONDS, (deadline + GRACE - now).total_seconds()))


def loop(stop: threading.Event, beat: Callable[[], object]) -> None:
    """Sweep now and then after each pause until `stop` is set. Continue after database errors.

    `beat` comes before each round: it sets the clock of this process right and records an outage that has ended, so
    that no round closes an exam that was cut off.
    """
    while True:
        pause: float = INTERVAL_SECONDS
        try:
            beat()
            sweep(timezone.now())
            pause = pause_seconds(timezone.now())
        except Exception:
            log.exception("sweep failed, retrying in %s s", pause)
        finally:
            close_old_connections()
        if stop.wait(pause):
            return
