"""A small bank, and workers that write two questions at a time."""

from pathlib import Path

import pytest
from django.core.management import call_command

from questions import task_queue
from questions.imports import batch_writer, steps, worker
from questions.models import Job


@pytest.fixture(autouse=True)
def _bank(bank: Path) -> None:
    call_command("load_bank", bank, verbosity=0)


@pytest.fixture(autouse=True)
def sent_tasks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Do no work in the request; return the list of batches for which a message was sent."""
    batches: list[int] = []

    def send(task: str, pk: int, time_limit: int) -> None:
        batches.extend(int(job.key) for job in Job.objects.filter(pk=pk, kind=worker.KIND))

    monkeypatch.setattr(task_queue, "send", send)
    monkeypatch.setattr(steps, "MAX_INLINE_BYTES", 0)
    monkeypatch.setattr(steps, "MAX_INLINE_ROWS", 0)
    monkeypatch.setattr(batch_writer, "QUESTIONS_PER_TRANSACTION", 2)
    return batches
