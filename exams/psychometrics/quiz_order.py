"""The order in which every quiz takes questions, and how many unused mock exams it leaves.

A quiz that is built takes due repetitions first, then new questions of weak topics, other new ones, those answered
wrong, and those answered right last. A question that was answered right within REST_DAYS is taken only if nothing else
is left, and one that was asked today after all others: what was missed comes back tomorrow. What Today asks is taken
from the same order, with a share for each of its parts.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from operator import itemgetter
from types import MappingProxyType
from typing import Protocol

from exams.psychometrics.study_plan import DUE_SHARE, QUESTIONS_A_TOPIC, WELL_ANSWERED, topics_in

REST_DAYS = 7  # after a right answer
DRILL_SHARE = 4  # of what Today asks: a quarter drills one topic
MIN_RESERVED_EXAMS = 2  # also without a target date


class Group(IntEnum):
    """Why a question is taken, in the order of taking."""

    DUE = 1
    WEAK = 2  # new, of a weak topic
    NEW = 3
    MISSED = 4
    RIGHT = 5
    RESTING = 6  # right within REST_DAYS, or in another open quiz
    ASKED_TODAY = 7


NEW_GROUPS = Group.WEAK, Group.NEW


class Item(Protocol):
    """A question that can be asked. `in_exams` is whether mock exams draw on it too."""

    @property
    def question(self) -> int: ...
    @property
    def topic(self) -> str: ...
    @property
    def in_exams(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The newest answer to a question that counts. `day` is a number of days on any scale."""

    correct: bool
    day: float


@dataclass(frozen=True, slots=True)
class Records:
    """What is known of a candidate: the questions due, the newest answers, and the weak topics, weakest first.

    `open_elsewhere` are the questions of other open quizzes; `day_began` is the start of today on the scale of answers.
    """

    due: Collection[int] = frozenset()
    answers: Mapping[int, LastAnswer] = field(default_factory=dict)
    weak_topics: Sequence[str] = ()
    open_elsewhere: Collection[int] = frozenset()
    day_began: float = math.inf


def group_of(item: Item, records: Records, weak: Collection[str], today: float) -> Group:
    """Return why this question would be taken. `weak` are the weak topics."""
    if item.question in records.open_elsewhere:
        return Group.RESTING
    if item.question in records.due:
        return Group.DUE
    answer = records.answers.get(item.question)
    if answer is None:
        return Group.WEAK if item.topic in weak else Group.NEW
    if answer.day >= records.day_began:
        return Group.ASKED_TODAY
    if not answer.correct:
        return Group.MISSED
    return Group.RESTING if today - answer.day < REST_DAYS else Group.RIGHT


def in_order[T: Item](items: Iterable[T], records: Records, today: float, rng: random.Random) -> list[tuple[Group, T]]:
    """Return all items with their groups, in the order in which a quiz takes them.

    New questions of weak topics take turns: one of each topic, the weakest first. Of other new ones each stretch has
    the shares of the topics. Of a topic, the new questions that no mock exam draws on come first. Answered questions
    come longest ago first. Chance decides the rest.
    """
    weak = {topic: place for place, topic in enumerate(records.weak_topics)}
    groups: dict[Group, list[T]] = {group: [] for group in Group}
    everything = list(items)
    for item in rng.sample(everything, len(everything)):
        groups[group_of(item, records, weak, today)].append(item)
    groups[Group.WEAK] = _in_turns(sorted(groups[Group.WEAK], key=_used_by_exams), weak)
    groups[Group.NEW] = _mixed(sorted(groups[Group.NEW], key=_used_by_exams), rng)
    for group in (Group.DUE, Group.MISSED, Group.RIGHT, Group.RESTING, Group.ASKED_TODAY):
        groups[group].sort(key=lambda item: _last_day(item, records))
    return [(group, item) for group in Group for item in groups[group]]


def _used_by_exams(item: Item) -> bool:
    return item.in_exams


def _last_day(item: Item, records: Records) -> float:
    answer = records.answers.get(item.question)
    return answer.day if answer else 0


def _in_turns[T: Item](items: Iterable[T], places: Mapping[str, int]) -> list[T]:
    """Return one item of each topic, then a second one of each, and so on."""
    turns: Counter[str] = Counter()
    keyed = []
    for item in items:
        keyed.append((turns[item.topic], places[item.topic], item))
        turns[item.topic] += 1
    return [item for *_key, item in sorted(keyed, key=lambda entry: entry[:2])]


def _mixed[T: Item](items: Sequence[T], rng: random.Random) -> list[T]:
    """Return the items in an order of which each stretch has the shares of the topics."""
    sizes = Counter(item.topic for item in items)
    place = {topic: rng.random() for topic in sizes}
    ordered = []
    for item in items:
        ordered.append((place[item.topic] / sizes[item.topic], item))
        place[item.topic] += 1
    return [item for _place, item in sorted(ordered, key=lambda pair: pair[0])]


def reserved_exams(unused: int, scheduled: int | None, at_first: int | None = None, taken: int = 0) -> int:
    """Return how many of the unused mock exams practice leaves alone, which are those that the plan has.

    As many as there is time for until the target date (None without one), but at most half of those left, and never
    fewer than two: all if fewer are left. With a plan, those left are those that were unused `at_first`, when it began,
    but for the exams `taken` since: else practice would make them fewer each day.
    """
    left = unused if at_first is None else at_first - taken
    wanted = MIN_RESERVED_EXAMS if scheduled is None else min(scheduled, left // 2)
    return min(unused, max(MIN_RESERVED_EXAMS, wanted))


def without_reserve[T: Item](
    ordered: Iterable[tuple[Group, T]], spare: Mapping[int, int], domain_of: Callable[[T], int]
) -> list[tuple[Group, T]]:
    """Return the items without those that are kept for mock exams: new ones beyond the spare of their exam domain."""
    left = defaultdict(int, spare)
    allowed = []
    for group, item in ordered:
        if group in NEW_GROUPS and item.in_exams:
            if left[domain_of(item)] < 1:
                continue
            left[domain_of(item)] -= 1
        allowed.append((group, item))
    return allowed


def planned_first[T: Item](ordered: Iterable[tuple[Group, T]], planned: Sequence[str]) -> list[tuple[Group, T]]:
    """Return the same with new questions of the topics of the day before those of other weak ones.

    First come as many of each topic as make it practiced: where mock exams leave few, the first topics have them.
    """
    place = {topic: number for number, topic in enumerate(planned)}
    turns: Counter[str] = Counter()
    keyed = []
    for group, item in ordered:
        key = 0
        if group == Group.WEAK:
            key = place.get(item.topic, len(planned) + 1)
            if turns[item.topic] >= WELL_ANSWERED:
                key = max(key, len(planned))
            turns[item.topic] += 1
        keyed.append(((group, key), (group, item)))
    return [pair for _key, pair in sorted(keyed, key=itemgetter(0))]


def beside_due[T: Item](
    ordered: Iterable[tuple[Group, T]], planned: Collection[str], enemies: Mapping[int, Collection[int]]
) -> tuple[set[int], set[int]]:
    """Return what is due and waits for another day, and what waits for what is due: questions that are `enemies`.

    What is due comes first; but a topic of the day that has too few others gets its new questions.
    """
    ordered, due_by_enemy = list(ordered), defaultdict[int, list[int]](list)
    for group, item in ordered:
        for enemy in enemies.get(item.question, ()) if group == Group.DUE else ():
            due_by_enemy[enemy].append(item.question)
    waits, blocked = set[int](), set(due_by_enemy)
    free = Counter(item.topic for group, item in ordered if _is_other(group) and item.question not in blocked)
    for group, item in ordered:
        is_needed = item.topic in planned and free[item.topic] < WELL_ANSWERED
        if item.question in blocked and group in NEW_GROUPS and is_needed:
            free[item.topic] += 1
            blocked.remove(item.question)
            waits.update(due_by_enemy[item.question])
    return waits, blocked


def _is_other(group: Group) -> bool:
    """Return whether a topic of the day is drilled with such questions."""
    return Group.DUE < group < Group.RESTING


def _is_known(group: Group) -> bool:
    return group in (Group.MISSED, Group.RIGHT)


def _needed_first[T: Item](
    due: Iterable[tuple[Group, T]], ordered: Iterable[tuple[Group, T]], planned: Iterable[str]
) -> list[tuple[Group, T]]:
    """Return what is due: first what topics of the day need to be practiced that have too little else to ask."""
    others = Counter(item.topic for group, item in ordered if _is_other(group))
    needed = {topic: WELL_ANSWERED - others[topic] for topic in planned}
    first: list[tuple[Group, T]] = []
    rest: list[tuple[Group, T]] = []
    for pair in due:
        is_needed = needed.get(pair[1].topic, 0) > 0
        (first if is_needed else rest).append(pair)
        if is_needed:
            needed[pair[1].topic] -= 1
    return first + rest


def todays[T: Item](
    ordered: Sequence[tuple[Group, T]],
    size: int,
    planned: Sequence[str] = (),
    enemies: Mapping[int, Collection[int]] = MappingProxyType({}),
    new: int | None = None,
    needed: Mapping[str, int] = MappingProxyType({}),
) -> list[tuple[Group, T]]:
    """Return what Today asks first, in an order of its own: repetition, one weak topic, then new questions of all.

    At most a third of `size` is repetition while there are enough new ones: what is missed today is due tomorrow, and
    would leave no room for anything new; with half, learners gain less than by random quizzes
    (tests/benchmarks/learner.py). A quarter drills the weakest topic, the rest is new and goes through the syllabus.
    With a plan, its topics of today are drilled (`planned`) in their order, each with QUESTIONS_A_TOPIC questions
    that are no `enemies`, or with fewer if those that `size` suffices for have no room for so many, new ones first.
    Of a topic with fewer than WELL_ANSWERED of them, what is due is repeated first, but what would keep out its new
    questions waits. The other weak topics, which are those of the week, come before the syllabus. What was asked
    today comes in only if nothing else is left.

    Where new questions are spread over the days until an exam, `new` of them come before what else is due or was missed
    (None: all), and those beyond only before what rests. A topic of the day has its share of them then, but as many as
    are `needed` to make it practiced.
    """
    ordered = [pair for pair in ordered if pair[0] != Group.ASKED_TODAY] or ordered
    waits, _blocked = beside_due(ordered, planned, enemies)
    every_due = _needed_first([pair for pair in ordered if pair[0] == Group.DUE], ordered, planned)
    due = [pair for pair in every_due if pair[1].question not in waits]
    waiting = [pair for pair in every_due if pair[1].question in waits]
    weak = [pair for pair in ordered if pair[0] == Group.WEAK]
    repeated = max(1, size // DUE_SHARE)
    if planned:
        askable = {pair[1].topic for pair in ordered if _is_other(pair[0])}
        n = min(topics_in(size), max(1, sum(topic in askable for topic in planned)))
        left = size - min(len(due), repeated)
        share, more = divmod(left if new is None else min(left, new), n)
        least = {} if new is None or new >= left else needed
        room = {
            topic: max(least.get(topic, WELL_ANSWERED), min(QUESTIONS_A_TOPIC, share + (place < more)))
            for place, topic in enumerate(planned)
        }
        by_topic: dict[str, list[tuple[Group, T]]] = {topic: [] for topic in planned}
        taken = {pair[1].question for pair in due[:repeated]}
        for pair in ordered:
            found, question = by_topic.get(pair[1].topic), pair[1].question
            if found is None or len(found) == room[pair[1].topic] or not _is_other(pair[0]):
                continue
            if taken.isdisjoint(enemies.get(question, ())):
                found.append(pair)
                taken.add(question)
        drill = [pair for found in by_topic.values() for pair in found]
    else:
        drill = [pair for pair in weak if pair[1].topic == weak[0][1].topic][: max(1, size // DRILL_SHARE)]
    drilled = {pair[1].question for pair in drill}
    others = [pair for pair in ordered if pair[0] == Group.NEW]
    weak = [pair for pair in weak if pair[1].question not in drilled]
    fresh = weak + others if planned else others + weak
    n_fresh = len(fresh) if new is None else max(0, new - sum(pair[0] in NEW_GROUPS for pair in drill))
    known = [pair for pair in ordered if _is_known(pair[0]) and pair[1].question not in drilled]
    resting = [pair for pair in ordered if pair[0] > Group.RIGHT]
    return [*due[:repeated], *drill, *fresh[:n_fresh], *due[repeated:], *waiting, *known, *fresh[n_fresh:], *resting]
