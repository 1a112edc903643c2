"""Test the plan: the order of topics, what is due with and without a target date, and what happens to missed days."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.models import TopicMark
from exams.services.practice.plan import NEXT_TOPICS, Plan, make_plan, topics_due
from questions.content.syllabus import ExamDomain, PlanPart, Syllabus, Task, Topic

TODAY = date(2026, 4, 1)


def syllabus(*weeks: tuple[int, ...]) -> Syllabus:
    """Return a syllabus with one topic for each of these, named t0, t1 and so on."""
    topics = tuple(Topic(f"t{n}", f"Topic {n}", "", week, (), ()) for n, week in enumerate(weeks))
    parts = (PlanPart((1, 2), "First things"), PlanPart((3,), "Second things"))
    return Syllabus((ExamDomain(1, "One", (Task("1.1", "Do it", topics),)),), parts)


def plan(book: Syllabus, done: dict[str, date] | None = None, target: date | None = None, today: date = TODAY) -> Plan:
    marks = {slug: TopicMark(done_at=datetime.combine(day, time(20), tzinfo=UTC)) for slug, day in (done or {}).items()}
    return make_plan(book, marks, target, today, UTC)


def due(*args: Any, **kwargs: Any) -> list[str]:
    return [entry.topic.slug for entry in plan(*args, **kwargs).due]


def test_topics_are_in_the_order_of_their_first_week_and_those_without_a_week_come_last() -> None:
    weeks = plan(syllabus((3,), (), (1, 3), (2,), (1,))).weeks
    assert [(week.number, week.focus, [entry.topic.slug for entry in week.topics]) for week in weeks] == [
        (1, "First things", ["t2", "t4"]),
        (2, "First things", ["t3"]),
        (3, "Second things", ["t0"]),
        (0, "", ["t1"]),
    ]


def test_without_a_target_date_the_next_topics_have_no_day() -> None:
    result = plan(syllabus(*[(1,)] * 6), {"t0": TODAY, "t2": TODAY})
    assert [(entry.topic.slug, entry.day) for entry in result.due] == [("t1", None), ("t3", None), ("t4", None)]
    assert len(result.due) == NEXT_TOPICS
    assert (result.n_done, result.done_today, result.days_left, result.week) == (2, 2, None, 1)


def test_with_many_topics_for_the_days_each_day_takes_its_share_of_what_is_left() -> None:
    book, target = syllabus(*[(1,)] * 20), TODAY + timedelta(days=17)  # ten days to study
    assert due(book, target=target) == ["t0", "t1"]
    assert due(book, {"t0": TODAY}, target) == ["t1"], "one of today's two"
    assert due(book, {"t0": TODAY, "t1": TODAY, "t5": TODAY}, target) == [], "more than today's share"
    assert due(book, {"t0": TODAY, "t1": TODAY}, target, TODAY + timedelta(days=1)) == ["t2", "t3"]


def test_missed_days_are_spread_over_the_days_that_remain() -> None:
    book, target = syllabus(*[(1,)] * 20), TODAY + timedelta(days=17)
    assert len(due(book, target=target, today=TODAY + timedelta(days=5))) == 3
    assert len(due(book, target=target, today=TODAY + timedelta(days=16))) == 20


def test_with_few_topics_for_the_days_one_is_due_when_its_share_is_over() -> None:
    book, target = syllabus(*[(1,)] * 10), TODAY + timedelta(days=47)  # forty days to study
    assert due(book, target=target) == ["t0"]
    days = [entry.day for entry in plan(book, target=target).topics]
    assert days[:3] == [TODAY, TODAY + timedelta(days=4), TODAY + timedelta(days=8)]
    for days_since, slugs in ((1, []), (3, []), (4, ["t1"]), (9, ["t1"])):
        assert due(book, {"t0": TODAY}, target, TODAY + timedelta(days=days_since)) == slugs, days_since


def test_the_last_days_are_left_for_mock_exams_unless_that_takes_more_than_three_topics_a_day() -> None:
    book = syllabus(*[(1,)] * 60)
    for days, last in ((67, 59), (27, 19), (25, 19), (20, 19), (10, 9), (1, 0)):
        entries = plan(book, target=TODAY + timedelta(days=days)).topics
        assert entries[-1].day == TODAY + timedelta(days=last), days


@pytest.mark.parametrize("days", [0, -1])
def test_on_and_after_the_target_date_nothing_is_due_by_a_day(days: int) -> None:
    result = plan(syllabus((1,), (1,)), target=TODAY + timedelta(days=days))
    assert [entry.day for entry in result.topics] == [None, None]
    assert [entry.topic.slug for entry in result.due] == ["t0", "t1"]


def test_weeks_name_the_days_of_what_is_left() -> None:
    book, target = syllabus((1,), (1,), (2,)), TODAY + timedelta(days=20)
    weeks = plan(book, {"t2": TODAY - timedelta(days=1)}, target).weeks
    assert (weeks[0].days, weeks[0].is_done) == ((date(2026, 4, 6), date(2026, 4, 13)), False)
    assert (weeks[1].days, weeks[1].is_done) == (None, True)


def test_a_plan_that_is_done_and_a_syllabus_without_weeks() -> None:
    result = plan(syllabus((1,), (2,)), {"t0": TODAY, "t1": TODAY}, TODAY + timedelta(days=9))
    assert (result.due, result.next, result.week) == ((), None, 2)
    result = plan(syllabus((), ()))
    assert (result.week, len(result.due)) == (None, 2)


@given(topics=st.integers(0, 150), days=st.integers(1, 400))
def test_whoever_does_what_is_due_is_ready_in_time_and_never_has_more_than_on_the_first_day(
    topics: int, days: int
) -> None:
    left, since, counts = topics, None, Counter[int]()
    for day in range(days):
        counts[day] = topics_due(left, days - day, since)
        left -= counts[day]
        since = 1 if counts[day] else since and since + 1
    assert left == 0
    assert max(counts.values()) <= max(1, counts[0])


@pytest.mark.slow
@given(topics=st.integers(1, 60), days=st.integers(1, 120))
def test_the_days_shown_are_those_on_which_topics_become_due(topics: int, days: int) -> None:
    book, target = syllabus(*[(1,)] * topics), TODAY + timedelta(days=days)
    shown = {entry.topic.slug: entry.day for entry in plan(book, target=target).topics}
    done: dict[str, date] = {}
    for offset in range(days):
        today = TODAY + timedelta(days=offset)
        slugs = due(book, done, target, today)
        assert {slug for slug, day in shown.items() if day == today} == set(slugs)
        done |= dict.fromkeys(slugs, today)
    assert done.keys() == shown.keys()
