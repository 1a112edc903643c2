"""Test how a plan is spread over the days: weeks, mock exams, what is due, and how far it is behind."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.study_plan import (
    Delay,
    delay,
    done_by_answers,
    due_days,
    open_exams,
    spread_exams,
    topics_due,
    weeks,
)

TODAY = date(2026, 4, 1)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("days", "lengths", "exams"),
    [
        (20, [6, 7, 7], [[5], [12], [15, 18]]),
        (21, [7, 7, 7], [[6], [13], [16, 19]]),
        (15, [1, 7, 7], [[], [7], [10, 13]]),
        (7, [7], [[2, 5]]),
        (3, [3], [[1]]),
        (1, [1], [[0]]),
    ],
)
def test_weeks_are_weeks_with_two_mock_exams_a_fortnight_and_one_more_in_the_last(
    days: int, lengths: list[int], exams: list[list[int]]
) -> None:
    found = weeks(TODAY, TODAY, day(days))
    assert [(week.last - week.first).days + 1 for week in found] == lengths
    assert [[(at - TODAY).days for at in week.exam_days] for week in found] == exams
    assert found[-1].last == day(days - 1)


@pytest.mark.parametrize(
    ("unused", "kept"), [(0, []), (1, [4]), (2, [2, 4]), (3, [1, 3, 4]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])]
)
def test_fewer_mock_exams_than_days_are_spread_to_the_last_day(unused: int, kept: list[int]) -> None:
    days = [day(number) for number in range(5)]
    assert spread_exams(days, unused) == [days[number] for number in kept]


def test_without_a_start_the_weeks_begin_with_this_one() -> None:
    found = weeks(None, TODAY, day(10))
    assert [(week.first, week.last) for week in found] == [(day(-4), day(2)), (day(3), day(9))]


def test_a_mock_exam_of_the_week_is_open_until_one_is_taken_in_it() -> None:
    first, last = weeks(TODAY, TODAY, day(14))
    assert open_exams(first, []) == (day(6),)
    assert open_exams(first, [day(2)]) == ()
    assert open_exams(last, [day(2), day(8)]) == last.exam_days[1:]


@given(topics=st.integers(0, 150), days=st.integers(1, 400))
def test_whoever_does_what_is_due_is_ready_in_time_and_never_has_more_than_on_the_first_day(
    topics: int, days: int
) -> None:
    left, since, counts = topics, None, Counter[int]()
    for number in range(days):
        counts[number] = topics_due(left, days - number, since)
        left -= counts[number]
        since = 1 if counts[number] else since and since + 1
    assert left == 0
    assert max(counts.values()) <= max(1, counts[0])


@given(topics=st.integers(0, 150), days=st.integers(1, 200))
def test_all_topics_have_a_day_and_none_is_on_a_day_of_a_mock_exam_if_there_are_others(topics: int, days: int) -> None:
    exams = {at for week in weeks(TODAY, TODAY, day(days)) for at in week.exam_days}
    due = due_days(topics, 0, TODAY, day(days), exams, None)
    assert len(due) == topics
    assert due == sorted(due)
    assert all(TODAY <= at < day(days) for at in due)
    if len(exams) < days:
        assert exams.isdisjoint(due)


def test_behind_says_how_many_topics_and_what_would_help() -> None:
    def late(done: int, number: int) -> Delay | None:
        return delay(20, done, TODAY, day(number), day(20), set())

    assert late(0, 0) is None
    assert late(6, 6) is None
    assert late(9, 6) is None
    assert late(0, 6) == Delay(6, 5, day(26))
    assert late(0, 18) == Delay(18, 90, day(38))
    assert late(0, 20) is None
    assert delay(119, 0, TODAY, day(1), day(20), set()) == Delay(5, 5, day(21))
    assert delay(0, 3, TODAY, day(1), day(20), set()) is None


def test_a_topic_is_done_by_three_questions_answered_well_on_two_days_of_the_reader() -> None:
    first = datetime(2026, 4, 1, 22, tzinfo=UTC)
    evening = [first, first + timedelta(minutes=10), first + timedelta(hours=1)]
    later = first + timedelta(hours=3)
    assert done_by_answers(evening, 9, UTC) is None, "one day"
    assert done_by_answers([*evening, later], 9, UTC) == later
    assert done_by_answers(evening, 9, ZoneInfo("Europe/London")) == evening[2], "two days there"
    assert done_by_answers([first, later], 9, UTC) is None, "two questions"
    assert done_by_answers([first, later], 2, UTC) == later, "there are no more"
    assert done_by_answers([first], 1, UTC) == first
    assert done_by_answers([], 0, UTC) is None
