"""Test how a plan is spread over the days: weeks, mock exams, what is due, and how far it is behind."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.study_plan import (
    SIZES,
    done_by_answers,
    enough,
    fill,
    later_date,
    minutes_a_day,
    new_topics_in,
    open_exams,
    seconds_a_question,
    session_size,
    size_for,
    topics_a_day,
    topics_in,
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


def test_without_a_start_the_weeks_begin_with_this_one() -> None:
    found = weeks(None, TODAY, day(10))
    assert [(week.first, week.last) for week in found] == [(day(-4), day(2)), (day(3), day(9))]


def test_a_mock_exam_of_the_week_is_open_until_one_is_taken_in_it() -> None:
    first, last = weeks(TODAY, TODAY, day(14))
    assert open_exams(first, []) == (day(6),)
    assert open_exams(first, [day(2)]) == ()
    assert open_exams(last, [day(2), day(8)]) == last.exam_days[1:]


@pytest.mark.parametrize(("questions", "topics", "new"), [(10, 2, 1), (20, 4, 3), (30, 6, 5), (40, 9, 8)])
def test_a_day_has_as_many_topics_as_its_questions_suffice_for_beside_repetition(
    questions: int, topics: int, new: int
) -> None:
    """Three questions make a topic practiced; a third of the questions is repetition at most."""
    assert (topics_in(questions), new_topics_in(questions)) == (topics, new)
    assert topics * 3 + questions // 3 <= questions
    assert topics_a_day(100, 10, questions) == new


def test_without_a_number_a_day_has_an_even_share_within_bounds_and_questions_that_suffice() -> None:
    assert [topics_a_day(left, 10, None) for left in (0, 5, 10, 11, 60, 500)] == [1, 1, 1, 2, 6, 8]
    assert [size_for(n) for n in (0, 1, 4, 5, 6, 7, 9, 50)] == [20, 20, 20, 30, 30, 40, 40, 40]
    assert all(topics_in(size_for(n)) >= n for n in range(topics_in(SIZES[-1]) + 1))


def test_a_session_takes_about_twenty_minutes_with_the_pages_of_its_topics() -> None:
    """Today asked 40 questions with nine pages, 85 minutes."""
    assert [session_size(seconds, ()) for seconds in (60, 120, 166, 400)] == [20, 10, 7, 5]
    assert [session_size(120, unread) for unread in ([True], [False], [False, False, True])] == [8, 10, 10]
    assert session_size(60, [True] * 9) == 12, "two topics, six minutes to read"
    assert session_size(60, [False, True] * 4) == 16, "three topics, one page"


def test_minutes_have_the_questions_and_the_pages_of_the_new_topics() -> None:
    assert [minutes_a_day(n, 45) for n in (10, 20, 40)] == [10, 25, 55]


def test_a_question_takes_the_pace_of_the_exam_then_the_median_of_timed_answers_but_at_least_half_the_pace() -> None:
    """'40 questions, 30 minutes' was said of an exam with two minutes for a question."""
    assert seconds_a_question(120, [90] * 29) == 120
    assert seconds_a_question(120, [90] * 29 + [900]) == 90
    assert seconds_a_question(120, [200] * 30) == 200
    assert seconds_a_question(120, [9] * 30) == 60


@given(
    new=st.integers(0, 150),
    again=st.integers(0, 60),
    days=st.lists(st.integers(0, 7), max_size=20),
    a_day=st.integers(1, 8),
)
def test_each_span_has_the_first_topics_that_are_left_and_no_more_than_its_days_hold(
    new: int, again: int, days: list[int], a_day: int
) -> None:
    fresh, back = [f"n{n}" for n in range(new)], [f"a{n}" for n in range(again)]
    spans, over = fill(fresh, back, days, a_day)
    assert [topic for span in spans for topic in span if topic in fresh] + over == fresh
    placed = [topic for span in spans for topic in span if topic in back]
    assert placed == back[: len(placed)]
    for span, n in zip(spans, days, strict=True):
        assert len(span) <= n * (a_day + 1)
        assert sum(topic in fresh for topic in span) <= n * a_day
    assert not over or len(fresh) - len(over) == sum(days) * a_day


def test_what_helps_suffices_by_the_same_arithmetic() -> None:
    assert enough(50, 17, 10, (10, 20, 40)) == 20
    assert enough(52, 17, 20, (10, 20, 40)) == 40
    assert enough(137, 17, 20, (10, 20, 40)) is None
    later = later_date(60, 20, TODAY, day(10))
    assert later > day(10)

    def room(target: date) -> int:
        return sum(len(week.study_days) for week in weeks(TODAY, TODAY, target)) * 3

    assert room(later) >= 60 > room(later - timedelta(days=1))


def test_a_topic_is_done_by_three_questions_answered_well_on_two_days_of_the_reader() -> None:
    first = datetime(2026, 4, 1, 22, tzinfo=UTC)
    evening = [first, first + timedelta(minutes=10), first + timedelta(hours=1)]
    later = first + timedelta(hours=3)

    def done_at(times: list[datetime], available: int, zone: tzinfo = UTC) -> datetime | None:
        answers = [(place, at, at.astimezone(zone).date(), True, False) for place, at in enumerate(times)]
        return done_by_answers(answers, available)[0]

    assert done_at(evening, 9) is None, "one day"
    assert done_at([*evening, later], 9) == later
    assert done_at(evening, 9, ZoneInfo("Europe/London")) == evening[2], "two days there"
    assert done_at([first, later], 9) is None, "two questions"
    assert done_at([first, later], 2) == later, "there are no more"
    assert done_at([first], 1) is None, "one day"
    assert done_at([], 0) is None
