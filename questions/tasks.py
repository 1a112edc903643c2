"""Celery tasks of the bank: each takes an id, delegates in one line, and may run twice."""

from celery import shared_task

from questions.imports import run

# Acknowledged at once: the sweeper wakes an import whose worker was killed, and the broker would not know when.
_LONGEST = 900  # seconds; the usual minute is too short for 10,000 questions on a busy machine


@shared_task(name="questions.work_on_import", acks_late=False, time_limit=_LONGEST, soft_time_limit=_LONGEST - 30)
def work_on_import(batch_id: int) -> None:
    run.work(batch_id)
