"""Test finish, abandon and timeout: each changes the state once, however often it is requested."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from exams.models import Attempt
from exams.models.attempt import GRACE
from exams.services.attempt import attempts, ending
from exams.services.attempt.attempts import StartRequest
from tests import factories
from tests.factories import NOW
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
Status = Attempt.Status


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30))


def kinds(attempt: Attempt) -> list[str]:
    return [event.kind for event in attempt.events.all()]


def test_finishing_twice_submits_once(attempt: Attempt) -> None:
    end = NOW + timedelta(minutes=10)
    assert ending.finish(attempt, end)
    assert not ending.finish(attempt, end + timedelta(minutes=1))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.submitted_at, attempt.closed_by) == (Status.SUBMITTED, end, "candidate")
    assert kinds(attempt) == ["started", "finished"]


def test_a_finish_in_the_grace_period_ends_at_the_deadline(attempt: Attempt) -> None:
    ending.finish(attempt, attempt.deadline + timedelta(seconds=3))
    attempt.refresh_from_db()
    assert (attempt.submitted_at, attempt.closed_by) == (attempt.deadline, "time")


@pytest.mark.parametrize(
    ("after_deadline", "closed"),
    [(-timedelta(seconds=1), False), (GRACE - timedelta(seconds=1), False), (GRACE, True), (timedelta(days=3), True)],
)
def test_an_exam_is_closed_by_time_only_after_the_grace_period(
    attempt: Attempt, after_deadline: timedelta, closed: bool
) -> None:
    assert ending.close_if_overdue(attempt, attempt.deadline + after_deadline) is closed
    attempt.refresh_from_db()
    assert (attempt.status == Status.SUBMITTED) is closed
    assert attempt.submitted_at == (attempt.deadline if closed else None)


def test_minutes_granted_during_a_sweep_keep_the_exam_open(attempt: Attempt) -> None:
    seen_by_sweeper = Attempt.objects.get(pk=attempt.pk)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=attempt.deadline + timedelta(minutes=30))
    assert not ending.close_if_overdue(seen_by_sweeper, attempt.deadline + GRACE)
    attempt.refresh_from_db()
    assert attempt.status == Status.OPEN


def test_abandoning_allows_a_new_start(attempt: Attempt) -> None:
    assert ending.abandon(attempt, NOW + timedelta(minutes=1))
    assert attempt.status == Status.ABANDONED
    assert kinds(attempt) == ["started", "abandoned"]
    assert attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, NOW + timedelta(minutes=2))).created


def test_an_exam_cannot_be_abandoned_after_the_deadline(attempt: Attempt) -> None:
    assert not ending.abandon(attempt, attempt.deadline)
    assert attempt.status == Status.OPEN


@pytest.mark.parametrize("end", [ending.finish, ending.abandon])
def test_no_exam_ends_before_its_start_if_the_clock_is_set_back(attempt: Attempt, end: Any) -> None:
    assert end(attempt, NOW - timedelta(hours=1))
    attempt.refresh_from_db()
    assert attempt.submitted_at == attempt.started_at
    assert [event.at for event in attempt.events.all()] == [NOW, NOW]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_finishes_submit_once() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    moments = iter(range(1, 11))
    won: list[bool] = []

    def finish() -> None:
        now: datetime = NOW + timedelta(seconds=next(moments))
        won.append(ending.finish(Attempt.objects.get(pk=attempt.pk), now))

    in_threads(*[finish] * 10)
    assert sorted(won) == [False] * 9 + [True]
    assert kinds(attempt) == ["started", "finished"]
