"""`manage.py run_job`: the process of a job that needs one of its own. A worker starts it."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from questions.services import jobs

NICENESS = 10  # gives way to pages


class Command(BaseCommand):
    help = "Does a job that a worker has claimed for this process, with low priority."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job", type=int, help="the id of the job")
        parser.add_argument("--claim", type=int, required=True, help="the number of the claim")

    def handle(self, *args: Any, job: int, claim: int, **options: Any) -> None:
        if hasattr(os, "nice"):  # Windows has none
            os.nice(NICENESS)
        if jobs.run_claimed(job, claim, timezone.now) is None:
            raise CommandError(f"Job {job} has ended, or another process works on it.")
