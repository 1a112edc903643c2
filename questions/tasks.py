"""The only Celery task of background work. It may run more than once."""

from celery import shared_task
from django.utils import timezone

from questions.services import jobs


# Acknowledged before it runs: the silence of a worker shows that it was killed; the broker could not tell when.
@shared_task(name=jobs.TASK, acks_late=False)
def run_job(job_id: int) -> None:
    jobs.receive(job_id, timezone.now)
