"""Test the seat of an exam of a class against requests at the same time; its pages are tested with `views/attempt`."""

import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from exams.models import Attempt
from exams.services.attempt import answering, seats
from exams.services.attempt.answering import PostedAnswer, SaveOutcome, SaveResult, Sitter
from exams.services.classes import joining
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db(transaction=True)]

LATER = NOW + timedelta(minutes=1)


def sat(seat: str = "first") -> Attempt:
    """Return an attempt of a class that the browser `seat` writes."""
    participant = factories.joined(factories.sitting(factories.small_blueprint(minutes=30)))
    return joining.start(participant, NOW, seat=seat, address="192.0.2.x").attempt


def sitter(attempt: Attempt, seat: str) -> Sitter:
    return Sitter(attempt.candidate_id, attempt.candidate.epoch, seat=seat)


def save(attempt: Attempt, seat: str, mask: int = 1, version: int = 0) -> SaveResult:
    return answering.save(attempt.uuid, sitter(attempt, seat), 1, PostedAnswer(mask, version), LATER)


def send_last(attempt: Attempt, mask: int = 1) -> bool | None:
    def write(seated: Sitter, _answered: Collection[int]) -> bool:
        return answering.save(attempt.uuid, seated, 1, PostedAnswer(mask, 0), LATER).ok

    return seats.take_last_request(attempt.uuid, sitter(attempt, "first"), 1, LATER, write)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Return the results of acts that start together."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        barrier.wait(60)
        results[place] = acts[place]()
        connections.close_all()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_only_the_seat_saves_moves_and_writes_notes() -> None:
    attempt = sat()
    assert save(attempt, "first").outcome == SaveOutcome.SAVED
    for seat in ("second", ""):
        assert save(attempt, seat, 2, 1).outcome == SaveOutcome.ELSEWHERE
        assert not answering.set_position(attempt.uuid, sitter(attempt, seat), 2, LATER)
    attempt.refresh_from_db()
    assert (attempt.position, attempt.responses.get(position=1).ticked) == (1, 1)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
def test_a_save_in_flight_waits_for_a_take_over_and_is_refused() -> None:
    attempt = sat()
    lock_held, outcome, saved = threading.Event(), [], threading.Event()

    def save_meanwhile() -> None:
        lock_held.wait(60)
        outcome.append(save(attempt, "first").outcome)
        saved.set()
        connections.close_all()

    other = threading.Thread(target=save_meanwhile)
    other.start()
    with transaction.atomic():
        assert seats.take_over(attempt.uuid, sitter(attempt, "second"), LATER)
        lock_held.set()
        assert not saved.wait(0.5), "the save did not wait for the take-over, which locks the attempt"
    other.join(60)
    assert outcome == [SaveOutcome.ELSEWHERE]


def test_of_many_last_requests_at_once_one_is_taken() -> None:
    attempt = sat()
    seats.take_over(attempt.uuid, sitter(attempt, "second"), LATER)
    taken = at_once(*(lambda mask=mask: send_last(attempt, 1 << mask) for mask in range(4)))
    assert sorted(taken, key=str) == [None, None, None, True]
    assert attempt.events.filter(kind="last_request").count() == 1
    assert attempt.responses.get(position=1).version == 1


@pytest.mark.slow
def test_of_browsers_that_take_over_at_once_one_writes() -> None:
    attempt = sat()
    names = ["second", "third", "fourth"]
    took = at_once(
        *(lambda name=name: seats.take_over(attempt.uuid, sitter(attempt, name), LATER, "192.0.2.x") for name in names)
    )
    events = [event.data["seat"] for event in attempt.events.filter(kind="taken_over")]
    attempt.refresh_from_db()
    assert sorted(events) == sorted(name for name, done in zip(names, took, strict=True) if done)
    assert attempt.seat in events
    assert [save(attempt, name).ok for name in names].count(True) == 1


@pytest.mark.slow
def test_no_take_over_after_the_end_and_no_last_request() -> None:
    attempt = sat()
    late = attempt.deadline + timedelta(minutes=1)
    assert not seats.take_over(attempt.uuid, sitter(attempt, "second"), late)
    assert seats.take_over(attempt.uuid, sitter(attempt, "second"), LATER)
    first = sitter(attempt, "first")
    assert seats.take_last_request(attempt.uuid, first, 1, late, lambda _seated, _answered: True) is None


@pytest.mark.slow
def test_the_seat_of_another_attempt_or_none_sends_no_last_request() -> None:
    attempt = sat()
    seats.take_over(attempt.uuid, sitter(attempt, "second"), LATER)
    stranger = factories.candidate()
    for forged in (
        sitter(attempt, ""),
        sitter(attempt, "third"),
        Sitter(stranger.pk, stranger.epoch, seat="first"),
    ):
        assert seats.take_last_request(attempt.uuid, forged, 1, LATER, lambda _seated, _answered: True) is None
    assert send_last(attempt) is True


@pytest.mark.slow
def test_what_fails_is_not_used_up() -> None:
    """A server that stops in the middle has not taken the last request: the browser sends it again."""
    attempt = sat()
    seats.take_over(attempt.uuid, sitter(attempt, "second"), LATER)

    def fail(_seated: Sitter, _answered: Collection[int]) -> bool:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        seats.take_last_request(attempt.uuid, sitter(attempt, "first"), 1, LATER, fail)
    assert send_last(attempt) is True
