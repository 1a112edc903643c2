"""Test the order of a quiz, the parts of Today, and the mock exams that practice leaves."""

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from exams.psychometrics.quiz_order import (
    Group,
    LastAnswer,
    Records,
    in_order,
    planned_first,
    reserved_exams,
    todays,
    without_reserve,
)
from exams.psychometrics.study_plan import QUESTIONS_A_TOPIC

TODAY = 100.0


@dataclass(frozen=True)
class Item:
    question: int
    topic: str = "plain"
    in_exams: bool = True
    domain: int = 1


def order(items: list[Item], seed: int = 1, **records: object) -> list[tuple[Group, Item]]:
    return in_order(items, Records(**records), TODAY, random.Random(seed))  # type: ignore[arg-type]


def questions(pairs: list[tuple[Group, Item]]) -> list[int]:
    return [item.question for _group, item in pairs]


def test_the_order_is_due_weak_new_missed_right_and_last_what_was_right_within_a_week() -> None:
    items = [Item(number, "weak" if number == 5 else "plain") for number in range(1, 8)]
    answers = {
        1: LastAnswer(True, TODAY - 6.9),
        2: LastAnswer(True, TODAY - 7),
        3: LastAnswer(False, TODAY - 0.1),
        6: LastAnswer(False, TODAY - 1),
    }
    ordered = order(items, answers=answers, weak_topics=["weak"], due={6}, open_elsewhere={7})
    assert questions(ordered)[:5] == [6, 5, 4, 3, 2]
    assert set(questions(ordered)[5:]) == {1, 7}
    assert [group for group, _item in ordered] == [*list(Group)[:6], Group.RESTING]


def test_what_was_asked_today_comes_after_all_others_right_or_wrong_unless_it_is_due() -> None:
    answers = {
        1: LastAnswer(False, TODAY - 0.1),
        2: LastAnswer(True, TODAY - 0.2),
        3: LastAnswer(True, TODAY - 3),
        4: LastAnswer(False, TODAY - 0.1),  # due at once, since its key has changed
        5: LastAnswer(False, TODAY - 0.8),
    }
    items = [Item(number) for number in range(1, 6)]
    ordered = order(items, answers=answers, due={4}, day_began=TODAY - 0.75)
    assert questions(ordered) == [4, 5, 3, 2, 1]
    assert [group for group, _item in ordered][3:] == [Group.ASKED_TODAY] * 2


def test_today_asks_nothing_of_today_again_unless_nothing_else_is_left() -> None:
    answers = {number: LastAnswer(False, TODAY) for number in range(4)}
    ordered = order([Item(number) for number in range(10)], answers=answers, day_began=TODAY)
    assert len(todays(ordered, 20)) == 6
    assert {group for group, _item in todays(ordered, 20)} == {Group.NEW}
    assert len(todays(ordered[6:], 20)) == 4


def test_with_many_topics_of_the_day_each_gets_fewer_questions_so_that_none_is_left_out() -> None:
    items = [Item(number, f"t{number // 10}") for number in range(100)]
    planned = [f"t{number}" for number in range(9)]
    asked = Counter(item.topic for _group, item in todays(order(items), 40, planned)[:40])
    assert min(asked[topic] for topic in planned) == 4
    due = order(items, answers={n: LastAnswer(False, TODAY - 3) for n in range(90, 100)}, due=set(range(90, 100)))
    asked = Counter(item.topic for _group, item in todays(due, 40, planned)[:40])
    assert min(asked[topic] for topic in planned) == 3


def test_a_short_session_practices_the_first_topics_of_the_day_and_begins_no_others() -> None:
    items = [Item(number, f"t{number // 10}") for number in range(100)]
    planned, due = [f"t{number}" for number in range(9)], set(range(90, 100))
    ordered = order(items, answers={n: LastAnswer(False, TODAY - 3) for n in due}, due=due, weak_topics=planned)
    for size, shares in ((5, [4]), (10, [4, 3]), (12, [4, 4]), (14, [4, 3, 3])):
        chosen = todays(ordered, size, planned)[:size]
        asked = Counter(item.topic for group, item in chosen if group != Group.DUE)
        assert [asked[topic] for topic in planned if asked[topic]] == shares, size
        assert sum(group == Group.DUE for group, _item in chosen) == size // 3
    few = [pair for pair in ordered if pair[1].topic != "t0" or pair[1].question == 0]
    asked = Counter(item.topic for group, item in todays(few, 10, planned)[:10] if group != Group.DUE)
    assert asked == {"t0": 1, "t1": 3, "t2": 3}, "one that has no more makes room for the next"


def test_of_what_is_due_today_first_repeats_topics_of_the_day_that_have_nothing_else_to_ask() -> None:
    """A topic that came back had its missed questions behind a hundred others that were due."""
    items = [Item(number, f"t{number % 10}") for number in range(100) if number < 50 or number % 10 != 7]
    answers = {number: LastAnswer(correct=False, day=number / 2) for number in range(50)}
    ordered = order(items, answers=answers, due=set(range(50)))
    repeated = [item for group, item in todays(ordered, 20, ["t7", "t8"])[:6] if group == Group.DUE]
    assert [item.question for item in repeated] == [7, 17, 27, 0, 1, 2], "then what is due longest"


def test_a_topic_of_the_day_gets_its_questions_though_some_are_enemies_of_what_is_asked() -> None:
    """A topic had four questions, two of which were enemies of the others: it got two and was not practiced."""
    items = [Item(number, "a") for number in range(8)] + [Item(number, "b") for number in range(8, 16)]
    enemies = {n: [n ^ 1] for n in range(8)}
    for seed in range(9):
        asked = todays(order(items, seed, due={0}), 20, ["a", "b"], enemies)[:9]
        chosen = {item.question for _group, item in asked if item.topic == "a"}
        assert len(chosen) >= 4
        assert not {enemy for question in chosen for enemy in enemies[question]} & chosen


def test_a_topic_of_the_day_with_few_questions_gets_its_new_ones_before_what_is_due_and_too_much_like_them() -> None:
    """One was left to ask of a topic for five days: it was an enemy of what was missed, and due, each day."""
    items = [Item(number, "a") for number in range(4)] + [Item(number, "b") for number in range(10, 60)]
    answers = {n: LastAnswer(correct=False, day=TODAY - 2) for n in (0, 1, *range(10, 40))}
    enemies = {0: [2], 2: [0], 1: [3], 3: [1], 10: [50], 50: [10]}
    for seed in range(9):
        asked = questions(todays(order(items, seed, answers=answers, due=set(answers)), 20, ["a", "b"], enemies)[:20])
        assert {2, 3} <= set(asked)
        assert not {0, 1} & set(asked)
        assert len(set(asked) & set(answers)) == 6, "another question is repeated in its place"
        assert not {10, 50} <= set(asked)


def test_what_mock_exams_leave_makes_the_first_topics_of_the_day_practiced_and_not_each_begun() -> None:
    """Four topics had one question each, of three that they need."""
    items = [Item(number, f"t{number % 4}") for number in range(20)]
    planned = [f"t{number}" for number in range(4)]
    ordered = planned_first(order(items, weak_topics=[*planned]), planned)
    for spare, shares in ((5, [3, 2, 0, 0]), (12, [3, 3, 3, 3])):
        allowed = without_reserve(ordered, {1: spare}, lambda item: item.domain)
        counts = Counter(item.topic for _group, item in allowed)
        assert [counts[topic] for topic in planned] == shares


@pytest.mark.parametrize("correct", [True, False])
def test_answered_questions_come_longest_ago_first(correct: bool) -> None:
    answers = {number: LastAnswer(correct, TODAY - 10 - number) for number in (1, 2, 3)}
    assert questions(order([Item(1), Item(2), Item(3)], answers=answers)) == [3, 2, 1]
    assert questions(order([Item(1), Item(2), Item(3)], answers=answers, due={1, 2, 3})) == [3, 2, 1]


def test_new_questions_of_weak_topics_take_turns_and_of_a_topic_workouts_come_first() -> None:
    items = [Item(10 * topic + number, f"t{topic}", number < 2) for topic in (1, 2) for number in range(3)]
    ordered = order(items, weak_topics=["t2", "t1"])
    assert [item.topic for _group, item in ordered] == ["t2", "t1"] * 3
    assert questions(ordered)[:2] == [22, 12]


def test_other_new_questions_go_through_the_topics_in_their_shares_and_differ_with_the_seed() -> None:
    items = [Item(number, f"t{number % 4}") for number in range(40)]
    ordered = order(items)
    for start in (0, 12, 24):
        stretch = Counter(item.topic for _group, item in ordered[start : start + 12])
        assert set(stretch) == {"t0", "t1", "t2", "t3"}
        assert max(stretch.values()) - min(stretch.values()) <= 2
    assert questions(ordered) == questions(order(items))
    assert questions(ordered) != questions(order(items, seed=2))


def test_today_asks_what_is_due_first_up_to_a_third_then_a_quarter_of_one_weak_topic_and_new_ones() -> None:
    items = [Item(number, f"t{number // 10}") for number in range(60)]
    answers = {number: LastAnswer(False, TODAY - 3) for number in range(10)}
    ordered = order(items, answers=answers, due=set(range(10)), weak_topics=["t1", "t2"])
    asked = todays(ordered, 20)[:20]
    assert [item.topic for _group, item in asked[:11]] == ["t0"] * 6 + ["t1"] * 5
    assert {group for group, _item in asked[11:]} == {Group.NEW}
    assert sorted(questions(todays(ordered, 20))) == list(range(60))  # nothing is lost or asked twice
    assert [group for group, _item in todays(order(items[:10], answers=answers, due=set(range(10))), 8)] == [
        Group.DUE
    ] * 10


@pytest.mark.parametrize(
    ("unused", "scheduled", "kept"),
    [(7, None, 2), (1, None, 1), (0, None, 0), (7, 9, 3), (12, 4, 4), (12, 1, 2), (3, 5, 2), (5, 0, 2), (1, 9, 1)],
)
def test_the_reserve_is_what_the_plan_schedules_at_most_half_and_at_least_two(
    unused: int, scheduled: int | None, kept: int
) -> None:
    assert reserved_exams(unused, scheduled) == kept


@pytest.mark.parametrize(
    ("unused", "scheduled", "taken", "kept"),
    [(8, 4, 0, 4), (7, 4, 0, 4), (4, 4, 0, 4), (3, 4, 0, 3), (7, 3, 1, 3), (6, 3, 2, 3), (5, 1, 3, 2)],
)
def test_the_reserve_of_a_plan_stays_while_practice_uses_up_the_others(
    unused: int, scheduled: int, taken: int, kept: int
) -> None:
    """A plan of four mock exams was one of three when practice had taken the questions of the first."""
    assert reserved_exams(unused, scheduled, 8, taken) == kept


def test_without_the_reserve_new_questions_of_exams_are_taken_as_far_as_they_are_spare() -> None:
    items = [Item(number, domain=1 + number % 2, in_exams=number < 8) for number in range(10)]
    answers = {0: LastAnswer(False, TODAY)}
    allowed = without_reserve(order(items, answers=answers), {1: 2}, lambda item: item.domain)
    assert Counter((item.in_exams, item.domain) for _group, item in allowed) == {
        (True, 1): 3,  # two new ones and the missed one
        (False, 1): 1,
        (False, 2): 1,
    }


def test_with_a_plan_today_drills_its_topics_then_those_of_the_week_then_the_syllabus() -> None:
    topics = {"first": range(1, 8), "second": range(11, 13), "week": range(21, 24), "plain": range(31, 34)}
    items = [Item(number, topic) for topic, numbers in topics.items() for number in numbers]
    missed = {12: LastAnswer(correct=False, day=TODAY - 1)}
    ordered = order(items, answers=missed, weak_topics=["first", "second", "week"], due={7})
    asked = [item.topic for _group, item in todays(ordered, 20, ["first", "second"])]
    assert asked[:1] == ["first"], "due"
    assert asked[1:6] == ["first"] * QUESTIONS_A_TOPIC
    assert asked[6:8] == ["second"] * 2, "a new one, then the one that was missed"
    assert asked[8:] == [*(topic for topic in asked[8:] if topic != "plain"), *["plain"] * 3]
    assert len(asked) == len(items), "each question once"
