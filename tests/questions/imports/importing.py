"""A small file, and each step of its import."""

import datetime
from dataclasses import replace
from typing import Any

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import json_file
from questions.imports import steps, worker
from questions.imports.plan import ImportSettings
from questions.models import ImportBatch, Job, Question
from questions.services import job_state, jobs
from questions.services.job_kinds import KINDS

NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
AFTER_TIMEOUT = NOW + 2 * KINDS[worker.KIND].max_silence
SETTINGS = ImportSettings("MLS-C01", exam_domain=3)


def boat(n: int) -> QuestionContent:
    options = tuple(OptionContent(code, code == "b", f"Way {code} of boat {n}") for code in "abc")
    return QuestionContent(id=f"boat-{n}", stem=f"What does boat {n} need?", options=options)


FIVE_BOATS = json_file.write([boat(n) for n in range(5)])


def received_batch(data: bytes = FIVE_BOATS, name: str = "boats.json", **settings: Any) -> ImportBatch:
    return steps.receive_file(data, name, replace(SETTINGS, **settings), now=NOW, by=None)


def job_of(batch: ImportBatch) -> Job:
    job = job_state.find(worker.KIND, batch.pk)
    assert job is not None
    return job


def work_on(batch: ImportBatch, now: datetime.datetime = NOW) -> None:
    """Do what the batch requires, as a worker does."""
    jobs.run(job_of(batch).pk, lambda: now)


def checked_batch(data: bytes = FIVE_BOATS, **settings: Any) -> ImportBatch:
    batch = received_batch(data, **settings)
    work_on(batch)
    return reloaded(batch)


def confirmed_batch() -> ImportBatch:
    batch = checked_batch()
    steps.confirm(batch, good_only=False, now=NOW)
    return batch


def reloaded(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.get(pk=batch.pk)


def boat_count() -> int:
    return Question.objects.filter(code__startswith="boat-").count()
