"""Test that a real worker scores finished exams and sweeps, with and without a broker."""

import gc
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.signals import worker_before_create_process
from django.db import connection
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services.attempt import ending
from exams.services.upkeep import sweeper
from questions import task_queue
from tests import factories
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _forget_outages() -> Iterator[None]:
    task_queue.retry_at = 0.0
    yield
    task_queue.retry_at = 0.0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_finished_exam_is_scored_by_the_worker(celery_worker: Any) -> None:
    factories.small_blueprint()
    tomorrow = timezone.now() + timedelta(days=1)  # so the sweeper does not score it
    attempt = factories.attempt(now=tomorrow)
    ending.finish(attempt, tomorrow)
    wait_until(lambda: Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SCORED).exists())


@pytest.mark.django_db(transaction=True)
def test_a_worker_sweeps_while_it_waits_for_its_broker() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("another process needs the URL of the test database: runs with PostgreSQL")
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": database, "REDIS_URL": "redis://127.0.0.1:1/0"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "mlsprep", "worker", "--concurrency=1"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(Heartbeat.objects.filter(name=sweeper.HEARTBEAT_NAME).exists)
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.slow
@pytest.mark.parametrize("frozen", [False, True])
def test_an_exam_is_finished_and_scored_without_a_broker(
    transactional_db: None, settings: Any, monkeypatch: Any, caplog: Any, frozen: bool
) -> None:
    factories.small_blueprint()
    now = timezone.now()
    attempt = factories.attempt(now=now)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections and never responds
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1] if frozen else 1}/0"
        monkeypatch.setenv("CELERY_BROKER_URL", settings.REDIS_URL)
        assert ending.finish(attempt, now)
    assert "broker not reached" in caplog.text
    assert sweeper.sweep(now + sweeper.SCORING_HEAD_START) == 1
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SCORED


@pytest.mark.slow
def test_a_worker_keeps_the_garbage_collector_away_from_what_its_processes_share() -> None:
    gc.unfreeze()
    worker_before_create_process.send(sender=None)
    assert gc.get_freeze_count() > 100_000, "modules and models are frozen before the fork"
