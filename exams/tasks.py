"""Celery tasks. Each takes an id, delegates in a line or two, and may run twice."""

from celery import shared_task
from django.utils import timezone

from exams.services.analysis import analysis_runs, calibration_runs
from exams.services.practice import repetition
from exams.services.results import rescoring, scoring
from exams.services.upkeep import sweeper


@shared_task(name="exams.score_attempt")
def score_attempt(attempt_id: int) -> None:
    scoring.score(attempt_id, timezone.now())
    repetition.update_cards_after(attempt_id)


@shared_task(name="exams.rescore")
def rescore(ruling_id: int) -> None:
    rescoring.rescore(ruling_id, timezone.now)


@shared_task(name="exams.analyze_items")
def analyze_items(run_id: int) -> None:
    analysis_runs.run_process(run_id)


@shared_task(name="exams.calibrate")
def calibrate(heartbeat_id: int) -> None:
    calibration_runs.run(heartbeat_id, timezone.now)


@shared_task(name="exams.sweep")
def sweep() -> None:
    sweeper.sweep(timezone.now())
