"""The Celery task of scoring: the submitted row is its job. It may run twice."""

from celery import shared_task
from django.utils import timezone

from exams.services.practice import repetition
from exams.services.results import scoring


@shared_task(name="exams.score_attempt")
def score_attempt(attempt_id: int) -> None:
    scoring.score(attempt_id, timezone.now())
    repetition.update_cards_after(attempt_id)
