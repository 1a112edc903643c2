"""Write everything about a person, with no key that a page would not show: at once, or as a job."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import IO

from django.db import transaction

from exams import disclosure
from exams.models import Attempt, Candidate
from exams.services.people import person_data_files
from exams.services.practice import repetition
from exams.services.results.person_data import Person, write_person
from questions.models import Job, User
from questions.services import job_state, jobs

KIND = "own_data"
MAX_BYTES_IN_MEMORY = 4_000_000


def write(
    target: IO[bytes],
    user: User | None,
    owners: Sequence[Candidate],
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the ZIP and return the number of attempts in it; `progress` is told how many are done."""
    keys = [owner.pk for owner in owners]
    cards_of = partial(repetition.disclosed_cards, beside=keys)
    return write_person(target, Person(user, owners), disclosure.for_candidates(keys), cards_of, now, progress)


def request(user: User | None, owners: Sequence[Candidate], now: datetime) -> Job:
    """Return the job that makes the file of these people: the open one, or a new one. A person has one at a time."""
    job, keys = newest_job(owners), [owner.pk for owner in owners]
    if job and job.state in job_state.OPEN:
        return job
    return jobs.request(KIND, keys[0], now=now, user=user.pk if user else None, owners=keys)


def newest_job(owners: Sequence[Candidate]) -> Job | None:
    """Return the job that makes the file of these people, else the last one that did or failed."""
    return job_state.find(KIND, owners[0].pk)


def make(work: jobs.Work) -> None:
    """Make and store a file: the function of the job."""
    rows = Candidate.objects.filter(erased_at=None).in_bulk(work.data["owners"])
    owners = [rows[pk] for pk in work.data["owners"] if pk in rows]
    if len(owners) < len(work.data["owners"]):
        return  # erased since the request
    user = User.objects.filter(pk=work.data["user"]).first() if work.data["user"] else None
    now, total = work.now(), Attempt.objects.filter(candidate__in=owners).count()
    with tempfile.SpooledTemporaryFile(MAX_BYTES_IN_MEMORY) as file:
        write(file, user, owners, now, lambda done: work.advance(progress=done, total=total))
        file.seek(0)
        data = file.read()
    with transaction.atomic():
        work.advance(progress=total, total=total)
        person_data_files.store(user, owners, data, now)
