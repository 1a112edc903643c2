"""Test the plan: what is due with and without a target date, what is done by answers, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.models import Response, StudyGoal, TopicMark
from exams.services.practice.plan import (
    NEXT_TOPICS,
    Morning,
    Plan,
    PlanTopic,
    course,
    course_week,
    make_plan,
    plan_topics,
    scheduled_exams,
)
from exams.services.progress.answers import Answer
from exams.services.progress.mastery import TopicMastery
from questions.content.syllabus import ExamDomain, PlanPart, Syllabus, Task, Topic

TODAY = date(2026, 4, 1)
NOON = datetime.combine(TODAY, time(12), tzinfo=UTC)
GUESS, SURE = Response.Confidence.GUESS, Response.Confidence.SURE


def topics(n: int, done: Mapping[str, date] | None = None) -> list[PlanTopic]:
    done = done or {}
    return [
        PlanTopic(slug, slug, done_at=datetime.combine(done[slug], time(20), tzinfo=UTC) if slug in done else None)
        for slug in (f"t{number}" for number in range(n))
    ]


def plan(
    n: int,
    done: Mapping[str, date] | None = None,
    days: int | None = None,
    today: date = TODAY,
    start: date | None = TODAY,
    exams: Sequence[date] = (),
    unused: int = 99,
) -> Plan:
    target = None if days is None else TODAY + timedelta(days=days)
    goal = StudyGoal(target_date=target, planned_on=start if target else None)
    earlier = {slug: day for slug, day in (done or {}).items() if day < today}
    morning = Morning(tuple(topics(n, earlier)), unused_exams=unused)
    return make_plan(topics(n, done), goal, today, UTC, exams, unused, morning)


def due(*args: Any, **kwargs: Any) -> list[str]:
    """Return the topics of today that are left."""
    return [entry.slug for entry in plan(*args, **kwargs).due if not entry.is_worked]


def test_without_a_target_date_the_next_topics_have_no_day() -> None:
    result = plan(6, {"t0": TODAY - timedelta(days=1), "t2": TODAY})
    assert [(entry.slug, entry.day) for entry in result.due] == [("t1", None), ("t2", None), ("t3", None)]
    assert [entry.is_worked for entry in result.due] == [False, True, False]
    assert len(result.due) == NEXT_TOPICS
    assert (len(result.done), result.n_worked, result.days_left, result.todays) == (2, 1, None, 0)


def test_without_a_target_date_the_weakest_topic_comes_first() -> None:
    every = topics(6)
    made = make_plan(every, StudyGoal(), TODAY, UTC, (), 0, Morning(tuple(every), "t4"))
    assert [entry.slug for entry in made.due] == ["t4", "t0", "t1"]


@given(st.data())
def test_whatever_is_done_today_the_topics_of_today_and_the_days_of_the_others_stay(data: st.DataObject) -> None:
    """What is answered or ticked in the course of the day changes their order, their states and the unused exams."""
    days = data.draw(st.integers(1, 40))
    before = data.draw(st.dictionaries(st.sampled_from([f"t{n}" for n in range(30)]), st.integers(1, 9), max_size=20))
    earlier = {slug: TODAY - timedelta(days=ago) for slug, ago in before.items()}
    goal = StudyGoal(target_date=TODAY + timedelta(days=days), planned_on=TODAY)
    morning = Morning(tuple(topics(30, earlier)), unused_exams=data.draw(st.integers(0, 6)))
    first = make_plan(morning.topics, goal, TODAY, UTC, (), morning.unused_exams, morning)
    states = []
    for topic in data.draw(st.permutations(morning.topics)):
        done_at = topic.done_at or data.draw(st.sampled_from([None, NOON]))
        states.append(replace(topic, done_at=done_at, practiced_at=data.draw(st.sampled_from([None, NOON]))))
    taken = data.draw(st.sampled_from([(), (TODAY,)]))
    later = make_plan(states, goal, TODAY, UTC, taken, data.draw(st.integers(0, 6)), morning)
    assert [topic.slug for topic in later.due] == [topic.slug for topic in first.due]
    planned = {topic.slug: topic.day for topic in first.open}
    assert all(topic.day == planned[topic.slug] for topic in later.open)
    worked = {topic.slug for topic in states if NOON in (topic.done_at, topic.practiced_at)}
    assert {topic.slug for topic in later.due if topic.is_worked} == worked & {topic.slug for topic in first.due}


def test_a_topic_of_which_nothing_is_left_to_ask_waits_until_a_question_may_be_asked_again() -> None:
    goal = StudyGoal(target_date=TODAY + timedelta(days=14), planned_on=TODAY)
    ready = TODAY + timedelta(days=3)
    every = [replace(topic, practiced_at=NOON - timedelta(days=4)) for topic in topics(2)]
    every[0] = replace(every[0], ready_on=ready)
    made = make_plan(every, goal, TODAY, UTC, (), 9)
    assert [topic.slug for topic in made.due] == ["t1"]
    assert [topic.day for topic in made.open if topic.slug == "t0"] == [ready]
    answered = replace(every[1], answered_at=NOON, ready_on=TODAY + timedelta(days=1))
    assert make_plan([every[0], answered], goal, TODAY, UTC, (), 9, Morning(tuple(every))).due[0].is_worked, (
        "its questions are used up for today"
    )


def test_each_day_takes_its_share_of_what_is_left() -> None:
    assert due(20, days=14) == ["t0", "t1"], "eleven days without a mock exam"
    assert due(20, {"t0": TODAY}, 14) == ["t1"], "one of today's two"
    assert due(20, {"t0": TODAY, "t1": TODAY, "t5": TODAY}, 14) == [], "more than today's share"
    assert due(20, {"t0": TODAY, "t1": TODAY}, 14, TODAY + timedelta(days=1)) == ["t2", "t3"]


def test_missed_days_are_spread_over_the_days_that_remain_and_the_plan_says_that_it_is_behind() -> None:
    late = plan(20, days=14, today=TODAY + timedelta(days=7))
    assert len(late.due) == 4
    assert late.delay
    assert (late.delay.topics, late.delay.minutes) == (10, 20)
    assert late.delay.date > TODAY + timedelta(days=14)
    assert plan(20, days=14).delay is None
    in_time = {f"t{number}": TODAY for number in range(12)}
    assert plan(20, in_time, 14, TODAY + timedelta(days=7)).delay is None


def test_what_was_done_before_the_plan_began_does_not_count_for_its_pace() -> None:
    before = {f"t{number}": TODAY - timedelta(days=3) for number in range(10)}
    late = plan(20, before, 14, TODAY + timedelta(days=7))
    assert late.delay
    assert late.delay.topics == 5


def test_with_few_topics_for_the_days_one_is_due_when_its_share_is_over() -> None:
    assert due(4, days=14) == ["t0"]
    days = [entry.day for entry in plan(4, days=14).open]
    assert all(days)
    assert len(set(days)) == 4
    assert due(4, {"t0": TODAY}, 14, TODAY + timedelta(days=1)) == []


def test_a_topic_that_was_practiced_today_is_not_wanted_again_today_and_comes_back_by_and_by() -> None:
    goal = StudyGoal(target_date=TODAY + timedelta(days=14), planned_on=TODAY)
    practiced = [replace(topic, practiced_at=NOON) for topic in topics(2)]
    begun = [*practiced, *topics(20)[2:]]
    today = make_plan(begun, goal, TODAY, UTC, (), 9, Morning(tuple(topics(20)), unused_exams=9))
    assert ([topic.slug for topic in today.due], today.n_worked, today.todays) == (["t0", "t1"], 2, 2)
    assert [topic.slug for topic in today.next] == ["t2"]
    later = make_plan(begun, goal, TODAY + timedelta(days=1), UTC, (), 9)
    assert [topic.slug for topic in later.due] == ["t0", "t2", "t3"], "one that is begun, and two new ones"
    assert later.delay is None, "what is begun is in time"
    assert make_plan(topics(20), goal, TODAY + timedelta(days=1), UTC, (), 9).delay


@pytest.mark.parametrize("days", [0, -1])
def test_on_and_after_the_target_date_nothing_is_due_by_a_day(days: int) -> None:
    result = plan(2, days=days, start=None)
    assert [entry.day for entry in result.open] == [None, None]
    assert [entry.slug for entry in result.due] == ["t0", "t1"]
    assert result.weeks == ()


def test_weeks_have_their_open_topics_and_what_was_done_and_taken_in_them() -> None:
    done = {"t0": TODAY, "t1": TODAY - timedelta(days=9)}
    result = plan(30, done, 20, TODAY + timedelta(days=2), exams=[TODAY + timedelta(days=1)])
    weeks = [(week.week.number, len(week.done), len(week.exam_days), week.exams_taken) for week in result.weeks]
    assert weeks == [(1, 1, 0, 1), (2, 0, 1, 0), (3, 0, 2, 0)]
    assert [topic.slug for topic in result.done_before] == ["t1"], "each topic in one place"
    assert sum(len(week.topics) for week in result.weeks) == len(result.open) == 28
    assert result.exams_open == 3
    later = plan(30, done, 20, TODAY + timedelta(days=8))
    assert [week.week.number for week in later.weeks] == [2, 3], "past weeks are gone, their numbers stay"


def test_no_more_mock_exams_are_planned_than_are_new() -> None:
    every = [day for week in plan(30, days=20).weeks for day in week.exam_days]
    assert len(every) == 4
    few = plan(30, days=20, unused=2)
    assert [day for week in few.weeks for day in week.exam_days] == [every[1], every[3]]
    assert (few.exams_open, few.exams_beyond) == (2, 2)
    assert every[0] in {topic.day for topic in few.open}, "a day without an exam has topics"
    none = plan(30, days=20, unused=0)
    assert (none.exams_open, none.exams_beyond) == (0, 4)


@pytest.mark.parametrize(("taken", "left"), [([], 4), ([TODAY], 3), ([TODAY - timedelta(days=1)], 4)])
def test_the_mock_exams_that_are_still_scheduled(taken: list[date], left: int) -> None:
    goal = StudyGoal(target_date=TODAY + timedelta(days=20), planned_on=TODAY)
    assert scheduled_exams(goal, TODAY, taken) == left
    assert scheduled_exams(StudyGoal(target_date=TODAY), TODAY, taken) is None


def test_a_plan_that_is_done() -> None:
    result = plan(2, {"t0": TODAY, "t1": TODAY}, 9)
    assert (result.open, result.n_worked, result.todays, result.next, result.of_week) == ((), 1, 1, (), ())


@pytest.mark.slow
@given(n=st.integers(1, 60), days=st.integers(1, 120))
def test_the_days_shown_are_those_on_which_topics_become_due(n: int, days: int) -> None:
    shown = {entry.slug: entry.day for entry in plan(n, days=days).open}
    done: dict[str, date] = {}
    for offset in range(days):
        today = TODAY + timedelta(days=offset)
        slugs = due(n, done, days, today)
        assert {slug for slug, day in shown.items() if day == today} == set(slugs)
        done |= dict.fromkeys(slugs, today)
    assert done.keys() == shown.keys()


def answer(question: int, hours: int, *, correct: bool = True, confidence: int | None = SURE) -> Answer:
    at = NOON + timedelta(hours=hours)
    return Answer(question, 1, "X", 7, 1, 70, 1, correct, confidence, False, at)


def state(answers: Sequence[Answer], mark: TopicMark | None = None, available: int = 9) -> PlanTopic:
    (topic,) = plan_topics(
        [TopicMastery(7, "t", "T", 1, None)], {}, answers, {"t": mark} if mark else {}, {"t": range(available)}, UTC
    )
    return topic


def test_a_topic_is_done_by_three_questions_answered_well_on_two_days() -> None:
    well = [answer(1, 0), answer(2, 1), answer(3, 24)]
    done = state(well)
    assert (done.done_at, done.is_ticked, done.in_plan) == (well[2].at, False, "done")
    assert state(well[:2]).done_at is None
    assert state([*well[:2], answer(3, 24, confidence=GUESS)]).done_at is None, "a guess is not answered well"
    assert state([*well[:2], answer(3, 24, correct=False)]).done_at is None
    assert state([*well[:2], answer(3, 2)]).done_at is None, "on one day"
    assert state(well[:1], available=1).done_at, "it has one question"
    assert state([], available=0).done_at is None


def test_a_tick_is_enough_and_a_topic_comes_back_when_two_of_its_questions_are_missed_after_that() -> None:
    mark = TopicMark(done_at=NOON)
    assert state([], mark).is_ticked
    missed = [answer(1, 2, correct=False), answer(2, 3, correct=False)]
    assert state(missed[:1], mark).done_at == NOON
    back = state(missed, mark)
    assert (back.done_at, back.came_back, back.in_plan) == (None, True, "back")
    assert state([answer(1, -2, correct=False), missed[1]], mark).done_at == NOON, "one was missed before"
    by_answers = [answer(3, 0), answer(4, 1), answer(5, 24)]
    assert state([*by_answers, answer(1, 25, correct=False), answer(2, 26, correct=False)]).came_back


def test_a_question_may_be_asked_again_a_day_after_a_miss_or_a_guess_and_a_week_after_a_right_answer() -> None:
    right, missed = answer(0, 0), answer(1, 0, correct=False)
    assert state([right, missed], available=3).ready_on is None, "one is new"
    assert state([right], available=1).ready_on == TODAY + timedelta(days=7)
    assert state([right, missed], available=2).ready_on == TODAY + timedelta(days=1)
    assert state([answer(0, 0, confidence=GUESS)], available=1).ready_on == TODAY + timedelta(days=1)


def test_what_was_practiced_today_says_when_a_question_of_it_comes_back_before_the_target_date() -> None:
    missed = state([answer(1, 0, correct=False), answer(2, 0, correct=False), answer(3, 0)])
    goal = StudyGoal(target_date=TODAY + timedelta(days=9), planned_on=TODAY)
    (entry,) = make_plan([missed], goal, TODAY, UTC, (), 0).due
    assert (entry.is_practiced, entry.back_on) == (True, TODAY + timedelta(days=1))
    (entry,) = make_plan([missed], StudyGoal(target_date=TODAY + timedelta(days=1)), TODAY, UTC, (), 0).due
    assert (entry.is_practiced, entry.back_on) == (True, None), "the exam comes first"
    due_before = replace(missed, back_on=TODAY - timedelta(days=2))
    for topic in (missed, due_before):
        (entry,) = make_plan([topic], StudyGoal(), TODAY, UTC, (), 0).due
        assert entry.back_on == TODAY + timedelta(days=1)


def test_topics_with_the_most_points_to_gain_come_first() -> None:
    entries = [TopicMastery(number, f"t{number}", "T", 1, None) for number in range(3)]
    found = plan_topics(entries, {"t0": 0.1, "t1": 0.5, "t2": 0.3}, [], {}, {}, UTC)
    assert [topic.slug for topic in found] == ["t1", "t2", "t0"]


def test_the_course_has_each_topic_in_its_first_week_and_those_without_a_week_last() -> None:
    entries = tuple(
        Topic(f"t{n}", f"Topic {n}", "", week, (), ()) for n, week in enumerate([(3,), (), (1, 3), (2,), (1,)])
    )
    parts = (PlanPart((1, 2), "First things"), PlanPart((3,), "Second things"))
    book = Syllabus((ExamDomain(1, "One", (Task("1.1", "Do it", entries),)),), parts)
    assert [(week.number, week.focus, week.slugs) for week in course(book)] == [
        (1, "First things", ("t2", "t4")),
        (2, "First things", ("t3",)),
        (3, "Second things", ("t0",)),
        (0, "", ("t1",)),
    ]
    assert course_week(book, []) == 1
    assert course_week(book, ["t2", "t4"]) == 2
    assert course_week(book, ["t2", "t4", "t3", "t0"]) is None, "what is left is of no week"
