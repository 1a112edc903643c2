"""Test the release of answers and the closing of joins against requests at the same moment: nobody slips in."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from exams.models import Attempt, Participant
from exams.services.classes import joining, sittings
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN"),
]

LATER = NOW + timedelta(minutes=1)


def refused_after(first: Callable[[], Any], second: Callable[[], Any]) -> str:
    """Let `second` begin in another thread before `first` is committed, and return why it was refused; "" if not."""
    answers: list[str] = []
    ended = threading.Event()

    def run() -> None:
        try:
            second()
            answers.append("")
        except RefusedError as refused:
            answers.append(str(refused))
        finally:
            connections.close_all()
            ended.set()

    other = threading.Thread(target=run)
    with transaction.atomic():
        first()
        other.start()
        assert not ended.wait(0.5), "the second one did not wait for the first one"
    other.join(60)
    return answers[0]


def test_nobody_starts_once_the_answers_are_being_released() -> None:
    sitting = factories.sitting()
    person = factories.joined(sitting)
    refusal = refused_after(
        lambda: sittings.release(sitting, LATER), lambda: joining.start(Participant.objects.get(pk=person.pk), LATER)
    )
    assert refusal == "This exam is closed."
    assert not Attempt.objects.exists()


def test_the_answers_are_not_released_to_somebody_who_is_just_starting() -> None:
    sitting = factories.sitting()
    person = factories.joined(sitting)
    refusal = refused_after(lambda: joining.start(person, LATER), lambda: sittings.release(sitting, LATER))
    assert refusal.startswith("1 person is still writing.")
    sitting.refresh_from_db()
    assert sitting.released_at is None


def test_nobody_takes_the_last_place_that_somebody_else_is_taking_or_joins_once_it_is_being_closed() -> None:
    sitting = factories.sitting(joins_allowed=2)
    factories.joined(sitting)
    guests = [factories.candidate() for _ in range(3)]
    full = refused_after(
        lambda: joining.join(sitting, guests[0], "Ben", LATER), lambda: joining.join(sitting, guests[1], "Cleo", LATER)
    )
    assert full.startswith("This exam is full: 2 people have joined.")
    open_again = factories.sitting(name="Class 8a")
    closed = refused_after(
        lambda: sittings.close_joining(open_again, NOW), lambda: joining.join(open_again, guests[2], "Dan", LATER)
    )
    assert closed == joining.joining_closed()
