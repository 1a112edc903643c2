"""Celery tasks of the bank. Each takes an id, delegates in one line and may run more than once."""

from celery import shared_task

from questions.imports import worker

# Acknowledged before it runs: the sweeper resumes an import whose worker was killed; the broker could not tell when.
_TIME_LIMIT_SECONDS = 900  # the default of one minute is too short for 10,000 questions on a busy machine


@shared_task(
    name=worker.TASK,
    acks_late=False,
    time_limit=_TIME_LIMIT_SECONDS,
    soft_time_limit=_TIME_LIMIT_SECONDS - 30,
)
def work_on_import(batch_id: int) -> None:
    worker.work_on_batch(batch_id)
