"""The worker and the sweeper inside of `serve`: real ones, in threads, on the broker in memory."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services import attempts, sweeping
from mlsprep.serving import threads
from tests import factories
from tests.mlsprep.test_celery import eventually

pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("REDIS_URL")), reason="the laptop's broker: tested with SQLite"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def running() -> Iterator[None]:
    threads.start()
    assert eventually(Heartbeat.objects.filter(name=sweeping.NAME).exists)
    yield
    threads.stop()


def status(attempt: Attempt) -> str:
    return Attempt.objects.values_list("status", flat=True).get(pk=attempt.pk)


def test_a_finished_exam_is_scored_at_once(transactional_db: None, running: None) -> None:
    factories.small_blueprint()
    attempt = factories.attempt(now=timezone.now())
    attempts.finish(attempt, timezone.now())
    # The sweeper has had its turn and would leave it alone for longer than this.
    assert eventually(lambda: status(attempt) == Attempt.Status.SCORED, sweeping.PATIENCE.total_seconds() - 5)


def test_an_exam_whose_time_ran_out_meanwhile_is_closed_and_scored(transactional_db: None) -> None:
    factories.small_blueprint(minutes=30)
    attempt = factories.attempt(now=timezone.now() - timedelta(minutes=45))
    threads.start()
    try:
        assert eventually(lambda: status(attempt) == Attempt.Status.SCORED)
    finally:
        threads.stop()
    attempt.refresh_from_db()
    assert attempt.submitted_at == attempt.deadline


def test_both_end_when_they_are_told(transactional_db: None, running: None) -> None:
    both = list(threads.running)
    assert threads.dead() == []
    threads.stop()
    assert [thread.name for thread in both if thread.is_alive()] == []
