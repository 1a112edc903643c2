"""Read the questions that a blueprint may draw from, and give each draw as many of them as it needs."""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import attrgetter

from exams.psychometrics import scaling
from exams.psychometrics.drawing import PoolItem, enmity_of, mean_ratings
from exams.services.attempt import active_scale
from exams.services.attempt.effective_keys import second_keys
from questions.models import Blueprint, Enemy, Option, Question
from questions.services.bank_version import bank_version
from questions.services.drawn_questions import drawn_by

# A draw chooses from this many questions for each position of an exam domain, but at least from MIN_SAMPLE.
SAMPLED_FORMS = 16
MIN_SAMPLE = 250
ORDER_DIGITS = "0123456789abcdefghijklmnopqrstuv"  # an order of options has one digit for each bit


@dataclass(frozen=True, slots=True)
class FrozenQuestion:
    """What of a question and its revision a response freezes.

    `b` is its difficulty on the active scale, if it has one; `also` a second key (0: none); `worth` is in
    hundredths of a point; `fixed_order` is the order of its options if they are not shuffled.
    """

    exam_domain: int
    rating: int
    key: int
    choose: int
    n_options: int
    b: float | None = None
    also: int = 0
    worth: int = 100
    partial: bool = False
    fixed_order: str = ""


@dataclass(frozen=True)
class QuestionPool:
    """The questions that a blueprint may draw from, at one version of the bank. `scale` is its active scale.

    What takes a look at all of them is computed once: a bank of 100,000 questions must not slow down a start.
    """

    version: int
    items: tuple[PoolItem, ...]
    frozen: Mapping[int, FrozenQuestion]
    enemies: tuple[tuple[int, int], ...]
    scale: int | None = None

    @cached_property
    def questions(self) -> Mapping[int, int]:
        """The question of each revision."""
        return {item.revision: item.question for item in self.items}

    @cached_property
    def live(self) -> Counter[int]:
        """The number of live questions by exam domain."""
        return Counter(item.domain for item in self.items if not item.pilot)

    @cached_property
    def pilots(self) -> Counter[int]:
        """The number of pilots by exam domain."""
        return Counter(item.domain for item in self.items if item.pilot)

    @cached_property
    def topics(self) -> Mapping[str | None, Counter[int]]:
        """The number of questions by topic and exam domain: the exam may draw a topic for another one than its own."""
        topics: dict[str | None, Counter[int]] = defaultdict(Counter)
        for item in self.items:
            topics[item.topic][item.domain] += 1
        return topics

    @cached_property
    def calibrated(self) -> int:
        """The number of questions with a difficulty on the active scale."""
        return sum(frozen.b is not None for frozen in self.frozen.values())

    @cached_property
    def kinds_of_credit(self) -> frozenset[tuple[int, bool, int]]:
        """The different triples of worth, partial credit and number of keys of the questions."""
        return frozenset((frozen.worth, frozen.partial, frozen.choose) for frozen in self.frozen.values())

    @cached_property
    def mean_ratings(self) -> Mapping[int, Fraction]:
        return mean_ratings(self.items)

    @cached_property
    def _by_question(self) -> Mapping[int, PoolItem]:
        return {item.question: item for item in self.items}

    @cached_property
    def _enemies_of(self) -> Mapping[int, set[int]]:
        return enmity_of(self.enemies)

    @cached_property
    def _shelves(self) -> Sequence[Sequence[PoolItem]]:
        """The questions by exam domain, live ones and pilots apart, in a fixed order."""
        shelves: dict[tuple[int, bool], list[PoolItem]] = {}
        for item in sorted(self.items, key=attrgetter("question")):
            shelves.setdefault((item.domain, item.pilot), []).append(item)
        return [shelves[key] for key in sorted(shelves)]

    def count_new(self, shown: Iterable[int]) -> int:
        """Return how many of the questions are not among these."""
        return len(self.items) - sum(question in self._by_question for question in shown)

    def new_by_domain(self, shown: Iterable[int]) -> tuple[Counter[int], Counter[int]]:
        """Return the numbers of live questions and of pilots that are not among these, by exam domain."""
        live, pilots = self.live.copy(), self.pilots.copy()
        for item in (self._by_question[question] for question in shown if question in self._by_question):
            (pilots if item.pilot else live)[item.domain] -= 1
        return live, pilots

    @cached_property
    def _pairs(self) -> Counter[int]:
        """The number of pairs of enemies by exam domain; a pair of two exam domains counts in both."""
        pairs: Counter[int] = Counter()
        for low, high in self.enemies:
            if low in self._by_question and high in self._by_question:
                pairs.update({self._by_question[low].domain, self._by_question[high].domain})
        return pairs

    def new_pairs(self, shown: Collection[int]) -> Counter[int]:
        """Return the number of pairs of enemies of which neither is among these, by exam domain."""
        pairs, known, items, enemies_of = self._pairs.copy(), frozenset(shown), self._by_question, self._enemies_of
        for question in known:
            for enemy in enemies_of.get(question, ()) if question in items else ():
                # A pair of two that were shown is broken once.
                if enemy in items and (enemy > question or enemy not in known):
                    for domain in {items[question].domain, items[enemy].domain}:
                        pairs[domain] -= 1
        return pairs

    def sample(
        self, wanted: Mapping[int, int], used: Container[int], closed: Container[int], seed: str
    ) -> list[PoolItem]:
        """Return the questions that a form may be drawn from, without closed ones: all of a bank of usual size.

        Of a large one, a random part that is sufficient for the numbers `wanted` by exam domain; all, if the candidate
        has used up half of that part.
        """
        rng = random.Random(f"{seed}:sample")
        items: list[PoolItem] = []
        for shelf in self._shelves:
            size = max(MIN_SAMPLE, SAMPLED_FORMS * wanted.get(shelf[0].domain, 0))
            part = rng.sample(shelf, size) if size < len(shelf) else shelf
            if part is not shelf and 2 * sum(item.question not in used for item in part) < size:
                part = shelf
            items += [item for item in part if item.question not in closed]
        return items

    def enemies_of(self, items: Iterable[PoolItem]) -> Iterator[tuple[int, int]]:
        """Yield the pairs of enemies in which one of these questions is."""
        return ((item.question, other) for item in items for other in self._enemies_of.get(item.question, ()))


# Cached pools by blueprint, for real and simulated exams, valid while the version of the bank stays the same: read at
# every start.
_pools: dict[tuple[int, bool], QuestionPool] = {}


def pool_for(blueprint: Blueprint, *, synthetic: bool = False) -> QuestionPool:
    """Return the live and pilot questions of the blueprint's collections and kinds."""
    return pool_at(bank_version(), blueprint, synthetic=synthetic)


def pools_for(blueprints: Iterable[Blueprint]) -> list[QuestionPool]:
    """Return the pools of these blueprints in their order: one query, as long as the bank has not changed."""
    version = bank_version()
    return [pool_at(version, blueprint) for blueprint in blueprints]


def pool_at(version: int, blueprint: Blueprint, *, synthetic: bool = False) -> QuestionPool:
    """Return the same as `pool_for`, where the version of the bank was just read: no query while it stays."""
    if blueprint.pk is None:  # a trial blueprint that is not stored
        return _read_pool(blueprint, version, synthetic)
    pool = _pools.get((blueprint.pk, synthetic))
    if pool is None or pool.version != version:
        pool = _pools[blueprint.pk, synthetic] = _read_pool(blueprint, version, synthetic)
    return pool


def _read_pool(blueprint: Blueprint, version: int, synthetic: bool) -> QuestionPool:
    exam = blueprint.exam
    rows = (
        drawn_by(blueprint)
        .askable()
        .filter(current__kind__in=exam.kinds)
        .values_list(
            "pk",
            "status",
            "drawn_for",
            "topic__slug",
            "rating",
            "current_id",
            "current__key",
            "current__choose",
            "current__n_options",
            "worth",
            "partial",
            "shuffle",
        )
    )
    scale = active_scale.find(exam.syllabus_code, real=not synthetic)
    difficulties = active_scale.difficulties_on(scale.pk) if scale else {}
    seconds = second_keys()
    fixed = fixed_orders()
    items, frozen = [], {}
    for question, status, domain, topic, rating, revision, key, choose, n_options, worth, partial, shuffle in rows:
        assert rating is not None  # held by a constraint for live and pilot questions
        b = difficulties.get(revision)
        # A form aims for a pass line: what is measured says more about it than a rating.
        percent = rating if b is None else scaling.percent_at_standard(b)
        items.append(PoolItem(revision, question, domain, topic, percent, pilot=status == Question.Status.PILOT))
        frozen[revision] = FrozenQuestion(
            *(domain, rating, key, choose, n_options, b, seconds.get(revision, 0), worth, partial),
            fixed_order="" if shuffle else fixed[revision],
        )
    enemies = tuple(Enemy.objects.values_list("low_id", "high_id"))
    return QuestionPool(version, tuple(items), frozen, enemies, scale.pk if scale else None)


def order_of(options: Iterable[Option]) -> str:
    """Return the order of these options, as in `Response.order`."""
    return "".join(ORDER_DIGITS[option.bit] for option in options)


def fixed_orders() -> dict[int, str]:
    """Return the authored order of the options, by revision, of all questions that keep it."""
    kept = Question.objects.filter(shuffle=False).order_by().values("current")
    orders: dict[int, str] = defaultdict(str)
    for revision, bit in Option.objects.filter(revision__in=kept).order_by("ordinal").values_list("revision", "bit"):
        orders[revision] += ORDER_DIGITS[bit]
    return orders
