"""A real worker on a real broker: it scores what is finished, and it sweeps, with and without the broker."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services.attempt import attempts
from exams.services.upkeep import sweeper
from questions import task_queue
from tests import factories

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _no_memory_of_outages() -> Iterator[None]:
    task_queue.retry_at = 0.0
    yield
    task_queue.retry_at = 0.0


def eventually(true: Callable[[], Any], seconds: float = 60) -> bool:
    """Waits until it is true; False when it never was. Long, for a machine that has much else to do."""
    patience = time.monotonic() + seconds
    while time.monotonic() < patience:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.django_db(transaction=True)
def test_a_finished_exam_is_scored_by_the_worker(celery_worker: Any) -> None:
    factories.small_blueprint()
    tomorrow = timezone.now() + timedelta(days=1)  # the sweeper, which goes by the clock, leaves it alone until then
    attempt = factories.attempt(now=tomorrow)
    attempts.finish(attempt, tomorrow)
    assert eventually(lambda: Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SCORED).exists())


@pytest.mark.django_db(transaction=True)
def test_a_worker_sweeps_while_it_still_waits_for_its_broker() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a process beside the tests needs their database by its URL: runs with PostgreSQL")
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": database, "REDIS_URL": "redis://127.0.0.1:1/0"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "mlsprep", "worker", "--concurrency=1"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert eventually(Heartbeat.objects.filter(name=sweeper.NAME).exists)
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.parametrize("frozen", [False, True])
def test_an_exam_is_handed_in_and_scored_without_a_broker(
    transactional_db: None, settings: Any, monkeypatch: Any, caplog: Any, frozen: bool
) -> None:
    factories.small_blueprint()
    now = timezone.now()
    attempt = factories.attempt(now=now)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1] if frozen else 1}/0"
        monkeypatch.setenv("CELERY_BROKER_URL", settings.REDIS_URL)
        assert attempts.finish(attempt, now)
    assert "broker not reached" in caplog.text
    assert sweeper.sweep(now + sweeper.PATIENCE) == 1
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SCORED
