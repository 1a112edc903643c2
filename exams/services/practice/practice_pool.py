"""Read the questions that practice may draw under a blueprint: those of the collections that it names for practice."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from exams.psychometrics.drawing import enmity_of
from exams.services.attempt.effective_keys import second_keys
from exams.services.attempt.question_pool import FrozenQuestion, fixed_orders
from questions.models import Blueprint, Enemy, Question
from questions.services import collections
from questions.services.bank_version import bank_version
from questions.services.drawn_questions import drawn_by


@dataclass(frozen=True, slots=True)
class PracticeItem:
    """A live question. `in_exams` is whether mock exams of the blueprint draw on it too."""

    question: int
    revision: int
    frozen: FrozenQuestion
    task: str
    topic: str
    ask: str
    collection: str
    in_exams: bool


@dataclass(frozen=True)
class PracticePool:
    """The questions that practice may draw, by key, at one version of the bank."""

    version: int
    items: Mapping[int, PracticeItem]
    enemies: Mapping[int, frozenset[int]]
    exam_questions: Counter[int]  # that mock exams draw on too, by exam domain
    by_topic: Mapping[str, list[PracticeItem]]
    on_trial: frozenset[int]  # pilots: questions of mock exams that practice leaves out

    @cached_property
    def questions_by_topic(self) -> dict[str, list[int]]:
        return {topic: [item.question for item in items] for topic, items in self.by_topic.items()}

    def of_topics(self, topics: Iterable[str]) -> list[PracticeItem]:
        """Return the questions of these topics, in the order of all questions."""
        found = [item for topic in dict.fromkeys(topics) for item in self.by_topic.get(topic, ())]
        return sorted(found, key=attrgetter("question"))

    def allowed(self, questions: Iterable[int], hidden: Collection[int]) -> list[int]:
        """Return those of these questions that may be asked together, in their order: none hidden, no enemies."""
        chosen: dict[int, None] = {}
        for question in questions:
            enemies = self.enemies.get(question, frozenset())
            # Asked the other way round, `isdisjoint` would look at all that is chosen.
            if question in self.items and question not in hidden and chosen.keys().isdisjoint(enemies):
                chosen[question] = None
        return list(chosen)


# Cached by blueprint, valid while the version of the bank stays the same.
_pools: dict[int, PracticePool] = {}


def practice_pool(blueprint: Blueprint) -> PracticePool:
    """Return the live questions of the collections that the blueprint names for practice; none unless it names some.

    Pilots are left out: they are for exams, and nobody knows yet whether they are good.
    """
    version = bank_version()
    pool = _pools.get(blueprint.pk)
    if pool is None or pool.version != version:
        pool = _pools[blueprint.pk] = _read(blueprint, version)
    return pool


def _read(blueprint: Blueprint, version: int) -> PracticePool:
    exam = blueprint.exam
    rows = (
        drawn_by(blueprint, collections.practicable(exam.practice))
        .filter(status=Question.Status.LIVE, current__kind__in=exam.kinds)
        .select_related("current", "topic__task")
        .only(
            *("collection", "ask", "rating", "shuffle", "topic__slug", "topic__task__code"),
            *("current__key", "current__choose", "current__n_options"),
        )
        .order_by("pk")
    )
    seconds = second_keys()
    fixed = fixed_orders()
    items = {}
    for row in rows:
        wording = row.current
        assert wording is not None  # held by constraints for live questions
        assert row.rating is not None
        items[row.pk] = PracticeItem(
            question=row.pk,
            revision=wording.pk,
            frozen=FrozenQuestion(
                *(row.drawn_for, row.rating, wording.key, wording.choose, wording.n_options),
                also=seconds.get(wording.pk, 0),
                fixed_order="" if row.shuffle else fixed[wording.pk],
            ),
            task=row.topic.task.code if row.topic else "",
            topic=row.topic.slug if row.topic else "",
            ask=row.ask,
            collection=row.collection,
            in_exams=row.collection in exam.collections,
        )
    by_topic: dict[str, list[PracticeItem]] = {}
    for item in items.values():
        by_topic.setdefault(item.topic, []).append(item)
    enemies = enmity_of(Enemy.objects.values_list("low_id", "high_id"))
    return PracticePool(
        version,
        items,
        {question: frozenset(others) for question, others in enemies.items()},
        Counter(item.frozen.exam_domain for item in items.values() if item.in_exams),
        by_topic,
        frozenset(
            drawn_by(blueprint)
            .filter(status=Question.Status.PILOT, current__kind__in=exam.kinds)
            .order_by()
            .values_list("pk", flat=True)
        ),
    )
