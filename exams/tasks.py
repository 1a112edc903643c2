"""Celery tasks. Each takes an id, delegates in a line or two, and may run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from exams.services.analysis import analysis_runs, calibration_runs
from exams.services.practice import repetition
from exams.services.results import scoring

# For tasks that wait for a process of their own: the default of half a minute is too short on a busy machine.
# Acknowledged before they run: a worker that was killed is noticed by its silence, and the broker could not tell when.
IN_A_PROCESS: dict[str, Any] = {"acks_late": False, "time_limit": 1800, "soft_time_limit": 1770}


@shared_task(name="exams.score_attempt")
def score_attempt(attempt_id: int) -> None:
    scoring.score(attempt_id, timezone.now())
    repetition.update_cards_after(attempt_id)


@shared_task(name="exams.analyze_items", **IN_A_PROCESS)
def analyze_items(run_id: int) -> None:
    analysis_runs.run_process(run_id, timezone.now())


@shared_task(name="exams.calibrate", **IN_A_PROCESS)
def calibrate(heartbeat_id: int) -> None:
    calibration_runs.run(heartbeat_id, timezone.now)
