"""Test what counts as an outage, and how many minutes it took from an exam."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams import lost_time
from exams.lost_time import Span
from tests.factories import NOW


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def span(began: float, ended: float) -> Span:
    return Span(NOW + at(began), NOW + at(ended))


@pytest.mark.parametrize(("seconds", "n"), [(15, 0), (60, 0), (60.001, 1), (4 * 3600, 1)])
def test_more_than_a_minute_without_a_sign_of_life_is_an_outage(seconds: float, n: int) -> None:
    assert len(lost_time.silences([NOW], NOW + at(seconds))) == n


def test_an_answer_that_was_saved_meanwhile_is_a_sign_of_life() -> None:
    signs = [NOW, NOW + at(50), NOW + at(100)]
    assert lost_time.silences(signs, NOW + at(150)) == []
    assert lost_time.silences(signs, NOW + at(300)) == [span(100, 300)]


def test_a_sign_from_the_future_was_written_by_a_wrong_clock_and_hides_no_outage() -> None:
    assert lost_time.silences([NOW, NOW + at(9000)], NOW + at(200)) == [span(0, 200)]


def test_a_clock_that_was_set_back_is_no_leap() -> None:
    assert lost_time.is_leap(NOW, NOW + at(61))
    assert not lost_time.is_leap(NOW, NOW + at(59))
    assert not lost_time.is_leap(NOW, NOW - at(3600))


@pytest.mark.parametrize(
    ("started", "deadline", "decided", "minutes"),
    [
        (-1000, 5000, 700, 10),  # the whole outage of ten minutes
        (-1000, 300, 600, 5 + 5),  # held: five minutes lost, and five waited for the decision
        (-1000, 300, 4200, 5 + 65),  # the same an hour later
        (200, 5000, 700, 7),  # began in the outage: rounded up
        (700, 5000, 800, 0),  # began after it
        (-1000, -10, 800, 0),  # ended before it
    ],
)
def test_the_minutes_that_an_outage_of_ten_minutes_took(
    started: int, deadline: int, decided: int, minutes: int
) -> None:
    outage = span(0, 600)
    times = (NOW + at(started), NOW + at(deadline), NOW + at(decided))
    assert lost_time.minutes_to_give_back(outage, *times) == minutes


@given(*[st.integers(-10_000, 10_000) for _ in range(2)], *[st.integers(1, 10_000) for _ in range(3)])
def test_with_the_minutes_back_an_exam_has_from_now_at_least_what_it_had_when_the_outage_began(
    began: int, started: int, length: int, limit: int, wait: int
) -> None:
    outage = span(began, began + length)
    start, deadline = NOW + at(started), NOW + at(started + limit)
    now = outage.ended + at(wait)
    minutes = lost_time.minutes_to_give_back(outage, start, deadline, now)
    lost = lost_time.lost(outage, start, deadline)
    assert (minutes > 0) is (lost > timedelta(0))
    if minutes and deadline <= outage.ended:  # held
        left = deadline + timedelta(minutes=minutes) - now
        assert lost <= left < lost + timedelta(minutes=1)
