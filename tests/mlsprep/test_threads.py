"""The worker and the sweeper inside of `serve`: real ones, in threads, on the broker in memory."""

import os
import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services.attempt import attempts
from exams.services.upkeep import sweeper
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
    both = list(threads.running)
    assert eventually(Heartbeat.objects.filter(name=sweeper.NAME).exists)
    yield
    threads.stop()
    gone(both)


def gone(both: Iterable[threading.Thread]) -> None:
    """Waits for their end, so that they do not write into the next test."""
    for thread in both:
        thread.join(60)
        assert not thread.is_alive(), thread.name


def status(attempt: Attempt) -> str:
    return Attempt.objects.values_list("status", flat=True).get(pk=attempt.pk)


def test_a_finished_exam_is_scored_at_once(transactional_db: None, running: None) -> None:
    factories.small_blueprint()
    tomorrow = timezone.now() + timedelta(days=1)  # the sweeper, which goes by the clock, leaves it alone until then
    attempt = factories.attempt(now=tomorrow)
    attempts.finish(attempt, tomorrow)
    assert eventually(lambda: status(attempt) == Attempt.Status.SCORED)


def test_an_exam_whose_time_ran_out_meanwhile_is_closed_and_scored(transactional_db: None) -> None:
    factories.small_blueprint(minutes=30)
    attempt = factories.attempt(now=timezone.now() - timedelta(minutes=45))
    threads.start()
    both = list(threads.running)
    try:
        assert eventually(lambda: status(attempt) == Attempt.Status.SCORED)
    finally:
        threads.stop()
    gone(both)
    attempt.refresh_from_db()
    assert attempt.submitted_at == attempt.deadline


def test_both_end_when_they_are_told(transactional_db: None, running: None) -> None:
    both = list(threads.running)
    assert threads.dead() == []
    threads.stop()
    gone(both)
    assert threads.running == []
