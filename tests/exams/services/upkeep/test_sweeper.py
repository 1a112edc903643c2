"""Test that the sweeper closes overdue exams and scores submitted ones without a request."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Heartbeat
from exams.models.attempt import GRACE
from exams.services.attempt import ending
from exams.services.upkeep import sweeper
from questions.services import images, jobs
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
Status = Attempt.Status


def status(attempt: Attempt) -> str:
    attempt.refresh_from_db()
    return attempt.status


def test_an_overdue_exam_is_closed_at_its_deadline_and_scored_at_once() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    sweeper.sweep(attempt.deadline + GRACE - timedelta(seconds=1))
    assert status(attempt) == Status.OPEN
    sweeper.sweep(attempt.deadline + GRACE)
    assert status(attempt) == Status.SCORED
    assert attempt.submitted_at == attempt.deadline


def test_the_next_round_comes_when_the_next_exam_is_overdue() -> None:
    blueprint = factories.small_blueprint(minutes=30)
    assert sweeper.pause_seconds(NOW) == sweeper.INTERVAL_SECONDS
    overdue = factories.attempt(blueprint=blueprint).deadline + GRACE
    assert sweeper.pause_seconds(overdue - timedelta(seconds=99)) == sweeper.INTERVAL_SECONDS
    assert sweeper.pause_seconds(overdue - timedelta(seconds=4)) == 4
    assert sweeper.pause_seconds(overdue + timedelta(seconds=4)) == sweeper.MIN_PAUSE_SECONDS


@pytest.mark.slow
def test_exams_that_end_together_are_scored_in_one_round(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    blueprint = factories.small_blueprint(minutes=30)
    together = [factories.attempt(factories.candidate(), blueprint) for _ in range(24)]
    sweeper.sweep(NOW)
    with django_assert_max_num_queries(24 * 5 + 40):  # closing each takes five; no candidate waits for the others
        assert sweeper.sweep(together[0].deadline + GRACE) == 2 * len(together)
    assert {status(attempt) for attempt in together} == {Status.SCORED}


def test_the_worker_can_score_before_the_sweeper() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    ending.finish(attempt, NOW)
    sweeper.sweep(NOW + timedelta(seconds=14))
    assert status(attempt) == Status.SUBMITTED
    sweeper.sweep(NOW + timedelta(seconds=15))
    assert status(attempt) == Status.SCORED


@pytest.mark.slow
def test_one_failing_exam_does_not_stop_the_others() -> None:
    blueprint = factories.small_blueprint()
    poison, good = (factories.attempt(factories.candidate(), blueprint) for _ in range(2))
    for attempt in (poison, good):
        ending.finish(attempt, NOW)
    poison.responses.update(withdrawn=True)
    for round_ in range(1, 4):
        sweeper.sweep(NOW + timedelta(seconds=15 * round_))
    assert (status(poison), status(good)) == (Status.SCORING_FAILED, Status.SCORED)


def test_two_concurrent_sweepers_take_one_turn() -> None:
    assert sweeper.take_turn(NOW)
    beat = Heartbeat.objects.get(name=sweeper.HEARTBEAT_NAME)
    assert sweeper.take_turn(NOW + timedelta(seconds=15))
    stale = Heartbeat.objects.filter(name=sweeper.HEARTBEAT_NAME, beat_at=beat.beat_at).update(beat_at=NOW)
    assert stale == 0, "a sweeper with the outdated heartbeat takes no turn"


def test_a_clock_set_back_does_not_stop_the_sweeper() -> None:
    sweeper.take_turn(NOW)
    assert sweeper.take_turn(NOW - timedelta(hours=1))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_exam_is_closed_while_a_job_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only worker of a laptop could hang in an import; the thread of the sweeper closes exams and scores them."""
    begun, over = threading.Event(), threading.Event()

    def hang(*_arguments: object) -> None:
        begun.set()
        assert over.wait(60)

    monkeypatch.setattr(images, "delete_unused", hang)
    blueprint = factories.small_blueprint(minutes=30)
    attempt = factories.attempt(blueprint=blueprint)
    job = jobs.request("unused_pictures", now=NOW)

    def work() -> None:
        try:
            jobs.receive(job.pk, lambda: NOW)
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(60)
    sweeper.sweep(attempt.deadline + GRACE)
    assert status(attempt) == Status.SCORED
    job.refresh_from_db()
    assert (job.state, job.claims) == ("running", 1), "the sweeper has begun none of its work"
    over.set()
    worker.join(60)


def test_exams_come_before_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    seen: list[str] = []
    monkeypatch.setattr(jobs, "sweep", lambda clock: seen.append(status(attempt)))
    sweeper.sweep(attempt.deadline + GRACE)
    assert seen == [Status.SCORED]
