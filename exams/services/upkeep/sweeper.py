"""The sweeper: closes what is past its time, scores what was handed in, carries out rulings, wakes imports."""

import logging
import threading
from datetime import datetime, timedelta

from django.db import close_old_connections
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services.attempt import attempts
from exams.services.people import erasure
from exams.services.results import rescoring, scoring
from questions.imports import run

log = logging.getLogger(__name__)

NAME = "sweeper"
INTERVAL = 15  # seconds between rounds, by a monotonic clock
PATIENCE = timedelta(seconds=15)  # the worker's chance to score what it was told of
BATCH = 20  # scored by one round, so that a round stays short
STEPS = 10  # of one key ruling in one round
CLOSED = 500  # closed by one round


def take_turn(now: datetime) -> bool:
    """One sweeper at a time: compare-and-swap on the value of beat_at that was read.

    By value, not by age: an age by the wall clock would stop every sweeper when the clock is put back.
    """
    beat = Heartbeat.objects.filter(name=NAME).first()
    if beat is None:
        _, created = Heartbeat.objects.get_or_create(name=NAME, defaults={"beat_at": now})
        return created
    if beat.beat_at == now:
        return False
    return bool(Heartbeat.objects.filter(name=NAME, beat_at=beat.beat_at).update(beat_at=now))


def sweep(now: datetime) -> int:
    """One round; returns how many attempts it closed or scored. A poison attempt never stops the others."""
    if not take_turn(now):
        return 0
    done = 0
    for attempt in Attempt.objects.overdue(now).order_by("deadline")[:CLOSED]:
        done += attempts.close_if_overdue(attempt, now)
    waiting = Attempt.objects.waiting_for_score().filter(submitted_at__lte=now - PATIENCE)
    for attempt_id in waiting.order_by("submitted_at").values_list("pk", flat=True)[:BATCH]:
        done += scoring.score(attempt_id, now)
    for ruling in rescoring.unfinished(now):
        try:
            rescoring.rescore(ruling, timezone.now, STEPS)
        except Exception:
            log.exception("ruling %s could not be carried out", ruling)
    erasure.daily(now)
    run.sweep(now)
    return done


def loop(stop: threading.Event) -> None:
    """Sweeps at once and then every INTERVAL seconds until `stop` is set; outlives a database that is away."""
    while True:
        try:
            sweep(timezone.now())
        except Exception:
            log.exception("sweep failed, next try in %s s", INTERVAL)
        finally:
            close_old_connections()
        if stop.wait(INTERVAL):
            return
