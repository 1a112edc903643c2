"""Test the worker and the sweeper of `serve` in threads, with the in-memory broker."""

import os
import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services.attempt import ending
from exams.services.upkeep import sweeper
from mlsprep.serving import threads
from tests import factories
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.skipif(
        bool(os.environ.get("REDIS_URL")), reason="uses the in-memory broker: runs with the SQLite tests"
    ),
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]


@pytest.fixture
def running() -> Iterator[None]:
    threads.start()
    started = list(threads.running)
    wait_until(Heartbeat.objects.filter(name=sweeper.HEARTBEAT_NAME).exists)
    yield
    threads.stop()
    join(started)


def join(threads: Iterable[threading.Thread]) -> None:
    """Wait until both threads end, so that they do not write to the database of the next test."""
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), thread.name


def status(attempt: Attempt) -> str:
    return Attempt.objects.values_list("status", flat=True).get(pk=attempt.pk)


def test_a_finished_exam_is_scored_immediately(transactional_db: None, running: None) -> None:
    factories.small_blueprint()
    tomorrow = timezone.now() + timedelta(days=1)  # so the sweeper does not score it
    attempt = factories.attempt(now=tomorrow)
    ending.finish(attempt, tomorrow)
    wait_until(lambda: status(attempt) == Attempt.Status.SCORED)


def test_an_overdue_exam_is_closed_and_scored(transactional_db: None) -> None:
    factories.small_blueprint(minutes=30)
    attempt = factories.attempt(now=timezone.now() - timedelta(minutes=45))
    threads.start()
    started = list(threads.running)
    try:
        wait_until(lambda: status(attempt) == Attempt.Status.SCORED)
    finally:
        threads.stop()
    join(started)
    attempt.refresh_from_db()
    assert attempt.submitted_at == attempt.deadline


def test_stop_ends_both_threads(transactional_db: None, running: None) -> None:
    started = list(threads.running)
    assert threads.dead() == []
    threads.stop()
    join(started)
    assert threads.running == []
