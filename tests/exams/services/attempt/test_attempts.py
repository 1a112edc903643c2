"""Test start, finish, abandon and timeout: each changes the state once, however often it is requested."""

import threading
import uuid as uuids
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from exams.models import Attempt, Candidate, Form, Response
from exams.models.attempt import GRACE
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import attempts
from exams.services.attempt.attempts import StartRequest
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
Status = Attempt.Status


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30))


def kinds(attempt: Attempt) -> list[str]:
    return [event.kind for event in attempt.events.all()]


def test_the_shipped_exam_starts_with_its_counts_by_exam_domain_and_a_deadline() -> None:
    attempt = factories.attempt(blueprint=factories.bank())
    responses = list(attempt.responses.all())
    by_domain = {(scored, d): 0 for scored in (True, False) for d in (1, 2, 3, 4)}
    for response in responses:
        by_domain[response.scored, response.exam_domain] += 1
    assert [by_domain[True, d] for d in (1, 2, 3, 4)] == [10, 12, 18, 10]
    assert [by_domain[False, d] for d in (1, 2, 3, 4)] == [3, 4, 5, 3]
    assert attempt.deadline == NOW + timedelta(minutes=180)
    assert [r.position for r in responses] == list(range(1, 66))
    assert all(sorted(r.bits) == list(range(r.full.bit_length())) for r in responses)
    assert kinds(attempt) == ["started"]


def test_standing_extra_time_moves_the_deadline() -> None:
    blueprint = factories.small_blueprint(minutes=31)
    slow = Candidate.objects.create(created_at=NOW, extra_percent=25, extra_minutes=30)
    assert factories.attempt(slow, blueprint).deadline == NOW + timedelta(minutes=31 + 8 + 30)


def test_a_second_start_returns_the_open_exam(attempt: Attempt) -> None:
    again = attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, NOW + timedelta(minutes=5)))
    assert (again.attempt, again.created) == (attempt, False)
    assert Form.objects.count() == 1


def test_a_start_closes_an_overdue_exam_first(attempt: Attempt) -> None:
    later = attempt.deadline + GRACE
    again = attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, later))
    assert again.created
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == (Status.SUBMITTED, "time")


def test_a_bank_that_is_too_small_is_refused_with_the_missing_numbers_and_stores_nothing() -> None:
    blueprint = factories.bank((16, 20, 28, 9))
    with pytest.raises(ShortageError) as refused:
        factories.attempt(blueprint=blueprint)
    assert (refused.value.scored, refused.value.unscored) == ({4: 1}, {4: 3})
    assert not Form.objects.exists()
    assert not Attempt.objects.exists()
    assert not Response.objects.exists()


def test_finishing_twice_submits_once(attempt: Attempt) -> None:
    end = NOW + timedelta(minutes=10)
    assert attempts.finish(attempt, end)
    assert not attempts.finish(attempt, end + timedelta(minutes=1))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.submitted_at, attempt.closed_by) == (Status.SUBMITTED, end, "candidate")
    assert kinds(attempt) == ["started", "finished"]


def test_a_finish_in_the_grace_period_ends_at_the_deadline(attempt: Attempt) -> None:
    attempts.finish(attempt, attempt.deadline + timedelta(seconds=3))
    attempt.refresh_from_db()
    assert (attempt.submitted_at, attempt.closed_by) == (attempt.deadline, "time")


@pytest.mark.parametrize(
    ("after_deadline", "closed"),
    [(-timedelta(seconds=1), False), (GRACE - timedelta(seconds=1), False), (GRACE, True), (timedelta(days=3), True)],
)
def test_an_exam_is_closed_by_time_only_after_the_grace_period(
    attempt: Attempt, after_deadline: timedelta, closed: bool
) -> None:
    assert attempts.close_if_overdue(attempt, attempt.deadline + after_deadline) is closed
    attempt.refresh_from_db()
    assert (attempt.status == Status.SUBMITTED) is closed
    assert attempt.submitted_at == (attempt.deadline if closed else None)


def test_minutes_granted_during_a_sweep_keep_the_exam_open(attempt: Attempt) -> None:
    seen_by_sweeper = Attempt.objects.get(pk=attempt.pk)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=attempt.deadline + timedelta(minutes=30))
    assert not attempts.close_if_overdue(seen_by_sweeper, attempt.deadline + GRACE)
    attempt.refresh_from_db()
    assert attempt.status == Status.OPEN


def test_abandoning_allows_a_new_start(attempt: Attempt) -> None:
    assert attempts.abandon(attempt, NOW + timedelta(minutes=1))
    assert attempt.status == Status.ABANDONED
    assert kinds(attempt) == ["started", "abandoned"]
    assert attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, NOW + timedelta(minutes=2))).created


def test_an_exam_cannot_be_abandoned_after_the_deadline(attempt: Attempt) -> None:
    assert not attempts.abandon(attempt, attempt.deadline)
    assert attempt.status == Status.OPEN


@pytest.mark.parametrize("end", [attempts.finish, attempts.abandon])
def test_no_exam_ends_before_its_start_if_the_clock_is_set_back(attempt: Attempt, end: Any) -> None:
    assert end(attempt, NOW - timedelta(hours=1))
    attempt.refresh_from_db()
    assert attempt.submitted_at == attempt.started_at
    assert [event.at for event in attempt.events.all()] == [NOW, NOW]


def in_threads(count: int, work: object) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            work()  # type: ignore[operator]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_starts_make_one_attempt_with_one_set_of_responses() -> None:
    blueprint, candidate, uuid = factories.small_blueprint(), factories.candidate(), uuids.uuid4()
    started: list[Attempt] = []
    in_threads(10, lambda: started.append(attempts.start(StartRequest(candidate, blueprint, NOW, uuid=uuid)).attempt))
    assert len(started) == 10
    assert len({attempt.pk for attempt in started}) == 1
    assert (Attempt.objects.count(), Form.objects.count(), Response.objects.count()) == (1, 1, 5)


@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_finishes_submit_once() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    moments = iter(range(1, 11))
    won: list[bool] = []

    def finish() -> None:
        now: datetime = NOW + timedelta(seconds=next(moments))
        won.append(attempts.finish(Attempt.objects.get(pk=attempt.pk), now))

    in_threads(10, finish)
    assert sorted(won) == [False] * 9 + [True]
    assert kinds(attempt) == ["started", "finished"]
