"""Test the plan: what is due with and without a target date, what is done by answers, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.models import Response, StudyGoal, TopicMark
from exams.services.practice.plan import NEXT_TOPICS, Plan, course, course_week, make_plan, scheduled_exams
from exams.services.practice.plan_schedule import Morning
from exams.services.practice.plan_topics import PlanTopic, plan_topics
from exams.services.progress.answers import Answer
from exams.services.progress.mastery import TopicMastery
from questions.content.syllabus import ExamDomain, PlanPart, Syllabus, Task, Topic

TODAY = date(2026, 4, 1)
NOON = datetime.combine(TODAY, time(12), tzinfo=UTC)
GUESS, UNSURE, SURE = Response.Confidence.GUESS, Response.Confidence.UNSURE, Response.Confidence.SURE


def topics(
    n: int, done: Mapping[str, date] | None = None, practiced: Mapping[str, date] | None = None
) -> list[PlanTopic]:
    def evening(days: Mapping[str, date] | None, slug: str) -> datetime | None:
        return datetime.combine(days[slug], time(20), tzinfo=UTC) if days and slug in days else None

    return [
        PlanTopic(
            slug,
            slug,
            done_at=evening(done, slug),
            practiced_at=evening(practiced, slug),
            answered_at=evening(practiced, slug),
            back_on=practiced[slug] + timedelta(days=1) if practiced and slug in practiced else None,
        )
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
    daily: int | None = None,
    practiced: Mapping[str, date] | None = None,
) -> Plan:
    target = None if days is None else TODAY + timedelta(days=days)
    goal = StudyGoal(target_date=target, planned_on=start if target else None, daily_questions=daily)

    def morning(day: date) -> Morning:
        known = ({slug: at for slug, at in (given or {}).items() if at < day} for given in (done, practiced))
        return Morning(tuple(topics(n, *known)), kept_exams=unused)

    return make_plan(topics(n, done, practiced), goal, today, UTC, exams, unused, morning)


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
    made = make_plan(every, StudyGoal(), TODAY, UTC, (), 0, lambda _day: Morning(tuple(every), "t4"))
    assert [entry.slug for entry in made.due] == ["t4", "t0", "t1"]


@given(st.data())
def test_whatever_is_done_today_the_topics_of_today_and_the_days_of_the_others_stay(data: st.DataObject) -> None:
    """What is answered or ticked in the course of the day changes their order, their states and the unused exams."""
    days = data.draw(st.integers(1, 40))
    before = data.draw(st.dictionaries(st.sampled_from([f"t{n}" for n in range(30)]), st.integers(1, 9), max_size=20))
    earlier = {slug: TODAY - timedelta(days=ago) for slug, ago in before.items()}
    goal = StudyGoal(target_date=TODAY + timedelta(days=days), planned_on=TODAY)
    morning = Morning(tuple(topics(30, earlier)), kept_exams=data.draw(st.integers(0, 6)))
    first = make_plan(morning.topics, goal, TODAY, UTC, (), morning.kept_exams, lambda _day: morning)
    states = []
    for topic in data.draw(st.permutations(morning.topics)):
        done_at = topic.done_at or data.draw(st.sampled_from([None, NOON]))
        states.append(replace(topic, done_at=done_at, practiced_at=data.draw(st.sampled_from([None, NOON]))))
    later = make_plan(states, goal, TODAY, UTC, (), data.draw(st.integers(0, 6)), lambda _day: morning)
    assert [topic.slug for topic in later.due] == [topic.slug for topic in first.due]
    planned = {topic.slug: topic.day for topic in first.open}
    assert all(topic.day == planned[topic.slug] for topic in later.open)
    assert [[topic.slug for topic in week.topics] for week in later.weeks] == [
        [topic.slug for topic in week.topics] for week in first.weeks
    ]
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
    later = make_plan([every[0], answered], goal, TODAY, UTC, (), 9, lambda _day: Morning(tuple(every)))
    assert later.due[0].is_worked, "its questions are used up for today"


def slugs(entries: Sequence[PlanTopic]) -> list[str]:
    return [entry.slug for entry in entries]


def days_of(*numbers: int) -> dict[str, date]:
    """Return the days of t0, t1 and so on, as numbers of days after the first one."""
    return {f"t{number}": TODAY + timedelta(days=day) for number, day in enumerate(numbers)}


def test_each_day_takes_its_share_of_what_is_left() -> None:
    assert due(20, days=14) == ["t0", "t1"], "eleven days without a mock exam"
    assert due(20, days_of(0), 14) == ["t1"], "one of today's two"
    assert due(20, {"t0": TODAY, "t1": TODAY, "t5": TODAY}, 14) == [], "more than today's share"
    assert due(20, days_of(0, 0), 14, TODAY + timedelta(days=1)) == ["t2", "t3"]


@pytest.mark.parametrize(("daily", "today", "week"), [(10, 1, 6), (20, 3, 18), (40, 7, 42), (None, 7, 42)])
def test_the_questions_a_day_decide_how_many_topics_a_day_and_a_week_have(
    daily: int | None, today: int, week: int
) -> None:
    made = plan(117, days=21, daily=daily)
    assert (len(made.due), len(made.weeks[0].topics)) == (today, week)
    assert made.questions == (daily or 40)


def test_a_week_keeps_its_topics_whatever_is_practiced_and_done_in_it() -> None:
    first = slugs(plan(117, days=21, daily=20).weeks[0].topics)
    practiced = days_of(0, 0, 0, 1, 1, 1, 2) | {"t40": TODAY + timedelta(days=2)}
    for day in range(7):
        made = plan(
            117, {"t9": TODAY + timedelta(days=3)}, 21, TODAY + timedelta(days=day), daily=20, practiced=practiced
        )
        assert slugs(made.weeks[0].topics) == first
    assert made.weeks[0].n_worked == 8
    assert slugs(made.earlier) == ["t40"], "practiced ahead"


def test_what_was_left_at_the_end_of_a_week_moves_on_and_the_plan_says_so() -> None:
    practiced = days_of(*[0] * 15)
    made = plan(117, days=21, today=TODAY + timedelta(days=7), daily=20, practiced=practiced)
    assert slugs(made.moved) == ["t15", "t16", "t17"]
    assert slugs(made.weeks[0].topics)[:4] == ["t15", "t16", "t17", "t18"]
    assert plan(117, days=21, today=TODAY + timedelta(days=6), daily=20, practiced=practiced).moved == ()
    again = [slug for slug in slugs(made.weeks[0].topics) if slug in practiced]
    assert again == [f"t{number}" for number in range(6)], "one a day comes back"


def test_what_was_left_of_a_week_comes_later_if_others_have_more_points_to_gain_by_then() -> None:
    every, goal = topics(60), StudyGoal(target_date=TODAY + timedelta(days=14), planned_on=TODAY, daily_questions=20)
    second = TODAY + timedelta(days=7)

    def morning(day: date) -> Morning:
        return Morning(tuple(every if day < second else every[::-1]), kept_exams=9)

    made = make_plan(every, goal, second, UTC, (), 9, morning)
    assert (made.moved, made.n_put_off) == ((), 18)
    assert slugs(made.weeks[0].topics)[0] == "t59"


def test_behind_is_what_does_not_fit_into_the_week_any_more() -> None:
    practiced = days_of(0, 0, 0)
    late = plan(117, days=21, today=TODAY + timedelta(days=3), daily=20, practiced=practiced)
    assert late.behind == 6, "two days were missed"
    last = slugs(late.weeks[0].topics)[-6:]
    assert all(topic.day in late.weeks[1].week for topic in late.weeks[0].topics if topic.slug in last)  # type: ignore[operator]
    assert not {*last} & {*slugs(late.weeks[1].topics)}, "they stand in one week"
    more = plan(117, days=21, today=TODAY + timedelta(days=3), daily=40, start=TODAY + timedelta(days=3))
    assert more.behind == 0
    in_time = plan(117, days=21, today=TODAY + timedelta(days=1), daily=20, practiced=practiced)
    assert in_time.behind == 0
    assert plan(20, days=14, today=TODAY + timedelta(days=3)).behind == 0, "the days that are left have room"


@pytest.mark.parametrize(
    ("daily", "reached", "more"), [(10, 17, None), (20, 51, 40), (40, 117, None), (None, 117, None)]
)
def test_the_plan_says_how_many_topics_its_questions_reach_and_lists_the_others_as_beyond(
    daily: int | None, reached: int, more: int | None
) -> None:
    made = plan(117, days=21, daily=daily)
    assert made.reach
    assert (made.reach.topics, made.reach.more) == (reached, 40 if daily == 10 else more)
    assert len(made.beyond) == 117 - reached
    assert slugs(made.beyond) == [f"t{number}" for number in range(reached, 117)], "the lightest ones"
    if made.reach.all_on:
        assert made.reach.all_on < TODAY + timedelta(days=21)
        last = max(day for week in made.weeks for day in week.week.study_days)
        assert made.reach.all_on == last or daily, "with a number, the topics are through before"


def test_a_few_days_before_the_exam_the_plan_has_what_fits() -> None:
    made = plan(117, days=4, daily=20)
    assert [len(week.topics) for week in made.weeks] == [6]
    assert made.reach
    assert (made.reach.topics, made.reach.more, len(made.beyond)) == (6, None, 111)
    assert made.reach.later
    goal = plan(117, days=(made.reach.later - TODAY).days, daily=20)
    assert goal.reach
    assert goal.reach.topics == 117


def test_the_day_of_a_mock_exam_that_was_taken_before_it_came_has_the_topics_of_the_day_it_took() -> None:
    """A learner began with a mock exam, and was behind by the topics of that day on the next one."""
    taken = plan(117, days=21, today=TODAY + timedelta(days=1), daily=20, exams=[TODAY])
    assert taken.behind == 0
    assert {topic.day for topic in taken.weeks[0].topics} == {TODAY + timedelta(days=n) for n in range(1, 7)}
    assert plan(117, days=21, today=TODAY + timedelta(days=1), daily=20).behind


@pytest.mark.parametrize("day", [0, 2, 6])
def test_the_day_on_which_a_mock_exam_was_taken_has_no_topics_and_those_of_it_move_on(day: int) -> None:
    """After 65 questions of an exam the plan had seven new topics for the same day."""
    today = TODAY + timedelta(days=day)
    practiced = {f"t{n}": TODAY + timedelta(days=n // 3) for n in range(3 * day)}
    before = plan(117, days=21, today=today, daily=20, practiced=practiced)
    taken = plan(117, days=21, today=today, daily=20, practiced=practiced, exams=[today], unused=98)
    assert bool(before.due) == (day < 6), "the last day of the week has the mock exam of the plan"
    assert not taken.due
    assert taken.behind == 0
    assert slugs(taken.weeks[0].topics) == slugs(before.weeks[0].topics), "the week keeps its topics"
    left = [topic for topic in taken.weeks[0].topics if topic.is_new]
    assert all(topic.day and topic.day > today for topic in left)
    assert taken.exams_open == before.exams_open - 1


@pytest.mark.parametrize("day", [2, 3])
def test_after_a_mock_exam_the_rest_of_its_week_is_chosen_again_and_then_stays(day: int) -> None:
    """What was missed in a mock exam waited for the next week."""
    exam = TODAY + timedelta(days=1)
    practiced = {"t0": TODAY, "t1": TODAY}
    before = topics(60, practiced=practiced)
    missed = [topic for topic in before if topic.slug in ("t50", "t51")]
    others = [topic for topic in before if topic not in missed]

    def morning(at: date) -> Morning:
        if at <= TODAY:
            return Morning(tuple(topics(60)), kept_exams=9)
        return Morning(tuple([*missed, *others] if at == exam + timedelta(days=1) else before), kept_exams=9)

    goal = StudyGoal(target_date=TODAY + timedelta(days=21), planned_on=TODAY, daily_questions=20)

    def of_week(*taken: date) -> list[str]:
        made = make_plan(before, goal, TODAY + timedelta(days=day), UTC, taken, 9, morning)
        assert made.week_planned_on == (exam + timedelta(days=1) if taken else TODAY)
        return slugs(made.weeks[0].topics)

    kept, chosen = of_week(), of_week(exam)
    assert not {"t50", "t51"} & set(kept)
    assert chosen[:4] == ["t0", "t1", "t50", "t51"], "what was practiced stays, then those with more points to gain"
    assert len(chosen) == len(kept)
    assert set(chosen[4:]) < set(kept)


def test_who_is_ahead_goes_on_with_the_topics_of_later_weeks() -> None:
    practiced = days_of(*[0] * 17)
    made = plan(117, days=21, today=TODAY + timedelta(days=2), daily=20, practiced=practiced)
    assert [slug for slug in slugs(made.due) if slug not in practiced] == ["t17", "t18", "t19"]
    assert len(made.weeks[0].topics) == 18


@given(st.data())
def test_whatever_was_practiced_the_counts_add_up_and_no_week_has_more_than_its_days_hold(data: st.DataObject) -> None:
    n, days = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 40))
    daily, today = data.draw(st.sampled_from([None, 10, 20, 40])), data.draw(st.integers(0, days - 1))
    places = st.dictionaries(st.integers(0, n - 1), st.integers(0, today), max_size=n)
    practiced = {f"t{place}": TODAY + timedelta(days=day - 1) for place, day in data.draw(places).items()}
    made = plan(n, days=days, today=TODAY + timedelta(days=today), daily=daily, practiced=practiced)
    stands = [*(topic for week in made.weeks for topic in week.topics), *made.beyond, *made.earlier]
    extra = {topic.slug for topic in made.due} - {*slugs(stands)}
    assert len({*slugs(stands)}) == len(stands), "each topic stands in one place"
    assert {*slugs(stands)} | extra == {f"t{number}" for number in range(n)}
    assert made.reach
    behind = n - made.reach.topics - len(made.beyond)  # stands in this week, and does not fit into any
    assert 0 <= behind <= made.behind
    assert (made.reach.all_on is None) == (made.reach.topics < n)
    assert all(any(topic.day in week.week for week in made.weeks) for topic in made.open if topic.day)
    assert {topic.slug for topic in made.open if topic.day == TODAY + timedelta(days=today)} == {*slugs(made.due)}


def test_a_topic_that_was_practiced_today_is_not_wanted_again_today_and_comes_back() -> None:
    practiced = days_of(0, 0)
    today = plan(20, days=14, practiced=practiced)
    assert (slugs(today.due), today.n_worked, today.todays) == (["t0", "t1"], 2, 2)
    assert slugs(today.next) == ["t2"]
    later = plan(20, days=14, today=TODAY + timedelta(days=1), practiced=practiced)
    assert slugs(later.due) == ["t0", "t2", "t3"], "one that was practiced before"
    next_week = plan(20, days=14, today=TODAY + timedelta(days=7), practiced=practiced)
    assert "t0" in slugs(next_week.due)


def test_a_topic_whose_questions_are_kept_for_mock_exams_is_practiced_by_reading_its_page() -> None:
    (kept,) = plan_topics(
        [TopicMastery(7, "t", "T", 1, None)], {}, [], {"t": TopicMark(read_at=NOON)}, {"t": range(9)}, UTC, kept=["t"]
    )
    assert (kept.is_kept, kept.practiced_at, kept.is_new) == (True, NOON, False)
    assert state([], TopicMark(read_at=NOON)).is_new, "its questions can be asked"


@pytest.mark.parametrize("days", [0, -1])
def test_on_and_after_the_target_date_nothing_is_due_by_a_day(days: int) -> None:
    result = plan(2, days=days, start=None)
    assert [entry.day for entry in result.open] == [None, None]
    assert [entry.slug for entry in result.due] == ["t0", "t1"]
    assert result.weeks == ()


def test_weeks_have_their_topics_and_mock_exams() -> None:
    done = {"t0": TODAY, "t1": TODAY - timedelta(days=9)}
    result = plan(30, done, 20, TODAY + timedelta(days=2), exams=[TODAY + timedelta(days=1)])
    weeks = [(week.week.number, week.n_worked, len(week.exam_days), week.exams_taken) for week in result.weeks]
    assert weeks == [(1, 1, 0, 1), (2, 0, 1, 0), (3, 0, 2, 0)]
    assert slugs(result.earlier) == ["t1"], "each topic in one place"
    assert sum(len(week.topics) for week in result.weeks) == 29
    assert (len(result.open), len(result.done), result.total) == (28, 2, 30)
    assert result.exams_open == 3
    later = plan(30, done, 20, TODAY + timedelta(days=8))
    assert [week.week.number for week in later.weeks] == [2, 3], "past weeks are gone, their numbers stay"


def test_no_more_mock_exams_are_planned_than_are_kept_those_of_the_last_week_first() -> None:
    every = [day for week in plan(30, days=20).weeks for day in week.exam_days]
    assert len(every) == 4
    few = plan(30, days=20, unused=2)
    assert [day for week in few.weeks for day in week.exam_days] == every[2:]
    later = plan(30, days=20, unused=3, today=every[0] + timedelta(days=1))
    assert [day for week in later.weeks for day in week.exam_days] == every[1:], "a day that passes moves none"
    assert (few.exams_open, few.exams_beyond) == (2, 2)
    assert plan(60, days=20, unused=2, today=every[0]).due, "a day without an exam has topics"
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
@given(n=st.integers(1, 60), days=st.integers(1, 30), daily=st.sampled_from([None, 10, 20, 40]))
def test_who_practices_what_is_due_reaches_what_the_plan_has_said_and_is_never_behind(
    n: int, days: int, daily: int | None
) -> None:
    first, practiced = plan(n, days=days, daily=daily), dict[str, date]()
    for offset in range(days):
        today = TODAY + timedelta(days=offset)
        made = plan(n, days=days, today=today, daily=daily, practiced=practiced)
        assert made.behind == 0
        practiced |= dict.fromkeys(slugs(made.due), today)
    assert first.reach
    assert len(practiced) >= first.reach.topics


def answer(
    question: int, hours: float, *, correct: bool = True, confidence: int | None = SURE, topic: int = 7, exam: int = 0
) -> Answer:
    at = NOON + timedelta(hours=hours)
    return Answer(question, 1, "X", topic, 1, 70, 1, correct, confidence, False, at, exam=exam)


def rapid(question: int, hours: float, *, correct: bool = True, topic: int = 7) -> Answer:
    return answer(question, hours, correct=correct, topic=topic, exam=8)._replace(is_rapid=True)


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
    assert state([], available=0).done_at is None


def test_a_topic_with_fewer_questions_is_done_by_all_of_them_answered_well_on_two_days() -> None:
    """One right answer in a mock exam made it done."""
    one, again = answer(1, 0), answer(1, 24 * 8)
    assert state([one], available=1).done_at is None
    assert state([one, again], available=1).done_at == again.at
    assert state([one, again], available=2).done_at is None
    assert state([one, answer(2, 24)], available=2).done_at == NOON + timedelta(days=1)
    assert state([one, answer(1, 24 * 8, confidence=GUESS)], available=1).done_at is None


def test_a_topic_with_a_question_that_was_missed_the_last_time_is_not_done_by_answers() -> None:
    """It was done, and listed as weak the same day."""
    well, missed = [answer(1, 0), answer(2, 1), answer(3, 24)], answer(4, 48, correct=False)
    back = state([*well, missed])
    assert (back.done_at, back.came_back) == (None, True)
    assert state([answer(4, -24, correct=False), *well]).came_back is False, "it was not done before"
    repaired = answer(4, 73)
    assert state([*well, missed, repaired]).done_at == repaired.at
    assert state([*well, answer(99, 25, correct=False)]).done_at, "a retired question cannot be put right"


def test_a_topic_that_was_done_only_between_two_answers_of_a_quiz_does_not_come_back() -> None:
    """It "came back" at the end of the quiz in which it had been done for a minute."""
    well, missed = [answer(1, 0), answer(2, 1), answer(3, 24)], answer(4, 24.1, correct=False)
    assert state(well).in_plan == "done"
    assert (state([*well, missed]).done_at, state([*well, missed]).in_plan) == (None, "")
    repaired, again = answer(4, 48), answer(4, 72, correct=False)
    assert state([*well, missed, repaired, again]).in_plan == "back", "it was done for a day"


def test_a_right_answer_on_the_day_of_the_miss_of_its_question_makes_no_topic_done() -> None:
    """Five questions that were missed, asked again after a few minutes, made four topics done."""
    well, missed, at_once = [answer(1, 0), answer(2, 1), answer(3, 24)], answer(4, 48, correct=False), answer(4, 49)
    assert (state([*well, missed, at_once]).done_at, state([*well, missed, at_once]).came_back) == (None, True)
    next_day = answer(4, 72)
    assert state([*well, missed, at_once, next_day]).done_at == next_day.at
    guess = answer(3, 23, confidence=GUESS)
    assert state([*well[:2], guess, answer(3, 23.5)]).done_at is None, "nor after a guess"
    mark = TopicMark(done_at=NOON)
    assert state([missed, at_once], mark).done_at is None, "nor in place of the tick"
    assert state([missed, at_once, next_day], mark).done_at == NOON


def test_a_question_on_trial_that_was_missed_in_a_mock_exam_keeps_no_topic_open_since_practice_never_asks_it() -> None:
    """Two topics stayed open until the exam, whatever was answered."""
    answers = [answer(1, 0), answer(2, 1), answer(3, 24), answer(99, 25, correct=False)]
    topics = [TopicMastery(7, "t", "T", 1, None)]
    (done,) = plan_topics(topics, {}, answers, {}, {"t": range(9)}, UTC)
    assert (done.done_at, done.missed) == (answers[2].at, 0)
    ticked = {"t": TopicMark(done_at=NOON)}
    (kept,) = plan_topics(topics, {}, answers[3:], ticked, {"t": range(9)}, UTC)
    assert (kept.in_plan, kept.missed) == ("done", 0), "nor does it bring a topic back"


def test_a_tick_is_enough_and_a_topic_comes_back_when_a_question_of_it_is_missed_after_that() -> None:
    mark = TopicMark(done_at=NOON)
    assert state([], mark).is_ticked
    back = state([answer(1, 2, correct=False)], mark)
    assert (back.done_at, back.came_back, back.in_plan) == (None, True, "back")
    assert state([answer(1, -2, correct=False)], mark).done_at == NOON, "it was missed before"
    assert state([answer(1, 2, correct=False), answer(1, 30)], mark).done_at == NOON, "it was put right"


def test_a_question_may_be_asked_again_a_day_after_a_miss_or_a_doubt_and_a_week_after_a_right_answer() -> None:
    right, missed = answer(0, 0), answer(1, 0, correct=False)
    assert state([right, missed], available=3).ready_on is None, "one is new"
    assert state([right], available=1).ready_on == TODAY + timedelta(days=7)
    assert state([right, missed], available=2).ready_on == TODAY + timedelta(days=1)
    for doubt in (GUESS, UNSURE):
        assert state([answer(0, 0, confidence=doubt)], available=1).ready_on == TODAY + timedelta(days=1)


def test_what_was_practiced_today_says_when_a_question_of_it_comes_back_before_the_target_date() -> None:
    missed = state([answer(1, 0, correct=False), answer(2, 0, correct=False), answer(3, 0)])
    goal = StudyGoal(target_date=TODAY + timedelta(days=9), planned_on=TODAY)
    before = Morning((replace(missed, practiced_at=None, answered_at=None, ready_on=None),))

    def morning(day: date) -> Morning:
        return before if day <= TODAY else Morning((missed,))

    (entry,) = make_plan([missed], goal, TODAY, UTC, (), 0, morning).due
    assert (entry.is_practiced, entry.back_on) == (True, TODAY + timedelta(days=1))
    goal = StudyGoal(target_date=TODAY + timedelta(days=1))
    (entry,) = make_plan([missed], goal, TODAY, UTC, (), 0, morning).due
    assert (entry.is_practiced, entry.back_on) == (True, None), "the exam comes first"
    due_before = replace(missed, back_on=TODAY - timedelta(days=2))
    for topic in (missed, due_before):
        (entry,) = make_plan([topic], StudyGoal(), TODAY, UTC, (), 0).due
        assert entry.back_on == TODAY + timedelta(days=1)


@given(st.data())
def test_what_is_said_to_come_back_on_a_day_is_among_the_topics_of_that_day(data: st.DataObject) -> None:
    """The page said 'Comes back on 2 Dec', and on that day 'Comes back on 3 Dec'."""
    n, days = data.draw(st.integers(4, 40)), data.draw(st.integers(3, 20))
    daily = data.draw(st.sampled_from([None, 10, 20, 40]))
    goal = StudyGoal(target_date=TODAY + timedelta(days=days), planned_on=TODAY, daily_questions=daily)
    practiced, said, known = dict[str, date](), set[str](), dict[date, Morning]()

    def made(today: date) -> Plan:
        now = Morning(tuple(topics(n, None, practiced)), kept_exams=9)
        return make_plan(now.topics, goal, today, UTC, (), 9, lambda day: known.get(day, now))

    for offset in range(days):
        today = TODAY + timedelta(days=offset)
        known[today] = Morning(tuple(topics(n, None, practiced)), kept_exams=9)
        due = slugs(made(today).due)
        assert said <= {*due}
        practiced |= dict.fromkeys(data.draw(st.lists(st.sampled_from(due), unique=True)) if due else (), today)
        evening = made(today)
        assert slugs(evening.due) == due
        said = {topic.slug for topic in evening.open if topic.back_on == today + timedelta(days=1)}


def test_a_day_has_one_topic_that_was_practiced_before() -> None:
    first = plan(117, days=21, daily=20, practiced=days_of(0, 0, 0))
    assert [topic.slug for topic in first.due if topic.back_on] == ["t0"]
    second = plan(117, days=21, daily=20, practiced=days_of(0, 0, 0), today=TODAY + timedelta(days=1))
    assert slugs(second.due) == ["t0", "t3", "t4", "t5"]
    done = plan(117, days_of(0), 21, daily=20, practiced=days_of(0, 0, 0), today=TODAY + timedelta(days=1))
    assert "t1" in slugs(done.due), "what is done does not come back"


def test_a_topic_that_an_answer_of_today_completes_is_practiced_today() -> None:
    """Its other answers were of a mock exam a day earlier, and the page counted 0 of 3 topics."""
    before, now = [answer(1, -24)], [answer(1, -24), answer(2, 0), answer(3, 0)]
    goal = StudyGoal(target_date=TODAY + timedelta(days=9), planned_on=TODAY)
    made = make_plan([state(now)], goal, TODAY, UTC, (), 0, lambda _day: Morning((state(before),)))
    assert [topic.is_worked for topic in made.due] == [True]


def test_answers_faster_than_they_can_be_read_make_no_topic_practiced_done_or_missed() -> None:
    well = [answer(1, 0), answer(2, 1), answer(3, 24)]
    assert state([*well[:2], rapid(3, 24)]).practiced_at is None
    assert state([*well, rapid(4, 48, correct=False)]).in_plan == "done"
    missed = state([answer(1, 0), rapid(2, 1, correct=False)])
    assert (missed.missed, missed.answered_at) == (0, NOON + timedelta(hours=1))


@pytest.mark.parametrize("correct", [True, False])
def test_an_answer_faster_than_it_can_be_read_undoes_nothing_that_its_question_has_shown(correct: bool) -> None:
    well = [answer(1, 0), answer(2, 1), answer(3, 24)]
    clicked = state([*well, rapid(3, 48, correct=correct)])
    done = state(well)
    assert (clicked.done_at, clicked.came_back, clicked.practiced_at) == (done.done_at, False, done.practiced_at)
    assert clicked.done_at
    assert clicked.answered_at == NOON + timedelta(hours=48)

    one_missed = [*well, answer(4, 25, correct=False)]
    clicked = state([*one_missed, rapid(4, 48, correct=correct)])
    assert (clicked.in_plan, clicked.missed) == (state(one_missed).in_plan, 1)
    assert clicked.done_at is None, "the miss stays"


def test_topics_with_the_most_points_to_gain_come_first() -> None:
    entries = [TopicMastery(number, f"t{number}", "T", 1, None) for number in range(3)]
    found = plan_topics(entries, {"t0": 0.1, "t1": 0.5, "t2": 0.3}, [], {}, {}, UTC)
    assert [topic.slug for topic in found] == ["t1", "t2", "t0"]


def test_a_topic_that_was_missed_in_the_newest_mock_exam_comes_first_until_it_is_practiced() -> None:
    """One with few questions in the exam, missed the day before, was in week 3."""
    entries = [TopicMastery(number, f"t{number}", "T", 1, None) for number in range(4)]
    gains, asked = {"t0": 0.1, "t1": 0.5, "t2": 0.3, "t3": 0.2}, {f"t{n}": range(10 * n, 10 * n + 9) for n in range(4)}
    exam = [
        answer(0, 0, correct=False, topic=0, exam=2),
        answer(1, 0.1, correct=False, topic=0, exam=2),
        answer(10, 0.2, correct=False, topic=1, exam=2),
        answer(11, 0.3, topic=1, exam=2),
        answer(99, 0.4, correct=False, topic=2, exam=2),
    ]

    def found(answers: Sequence[Answer]) -> list[tuple[str, date | None]]:
        return [(topic.slug, topic.failed_on) for topic in plan_topics(entries, gains, answers, {}, asked, UTC)]

    first = [("t0", TODAY), ("t1", None), ("t2", None), ("t3", None)]
    rested = [("t1", None), ("t2", None), ("t3", None), ("t0", None)]
    earlier = answer(30, -48, correct=False, topic=3, exam=1)
    assert found([earlier, *exam]) == first, "half missed, on trial, and in an earlier one: those do not"
    assert found([*exam, answer(5, 24, correct=False, topic=0)]) == first
    assert found([*exam, answer(5, 24, topic=0), answer(5, 25, topic=0)]) == first, "the same question twice"
    assert found([*exam, answer(5, 24, topic=0), answer(6, 24, correct=False, topic=0)]) == rested
    assert found([*exam, answer(30, 48, topic=3, exam=3)]) == rested, "the newest one tells"
    clicked = [rapid(question, 48, correct=False, topic=question // 10) for question in (5, 6, 10, 20, 30)]
    assert found([*exam, *clicked]) == first, "the newest one that was read"


def test_a_topic_that_was_practiced_and_then_missed_in_a_mock_exam_is_among_those_of_the_next_day() -> None:
    """It counted as practiced and waited for its turn among those that come back."""
    failed = replace(topics(117, practiced=days_of(*[-9] * 117))[80], failed_on=TODAY - timedelta(days=1))
    every = [failed, *(topic for topic in topics(117) if topic.slug != failed.slug)]
    for daily in (10, 20, None):
        goal = StudyGoal(target_date=TODAY + timedelta(days=40), planned_on=TODAY, daily_questions=daily)
        made = make_plan(every, goal, TODAY, UTC, (), 9)
        assert made.due[0].slug == "t80", daily
        assert made.n_practiced == 1, "it stays practiced"
    now = [replace(failed, failed_on=None, answered_at=NOON), *every[1:]]
    made = make_plan(now, goal, TODAY, UTC, (), 9, lambda _day: Morning(tuple(every), kept_exams=9))
    assert (made.due[0].slug, made.due[0].is_worked) == ("t80", True)


def test_the_topics_of_a_day_are_in_the_order_of_the_plan_also_the_one_that_comes_back() -> None:
    earlier = {"t2": TODAY - timedelta(days=3)}
    made = plan(40, days=10, practiced=earlier, start=TODAY - timedelta(days=5))
    assert "t2" in slugs(made.due)
    assert slugs(made.due) == sorted(slugs(made.due), key=lambda slug: int(slug[1:]))


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
