"""Which questions a candidate gets: one plan, drawn from the pool by a randomised greedy search.

What is asked of a plan: the counts of each exam domain and no two enemies, always; then questions new to this
candidate, a pass line within half a question of the target, and no topic more than twice, given up in this
order when the bank has no more to give, each time on record. (An integer program finds no better plans, and
takes a thousand times as long.)
"""

import random
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter

from exams.psychometrics import quotas
from exams.psychometrics.form_builder import FormBuilder, Item, Supply
from exams.psychometrics.scaling import half_up

__all__ = ["Exposures", "Item", "Plan", "Recipe", "Relaxation", "Shortage", "Slot", "draw"]

KAPPA_BANDS = (50, 100, 200)  # hundredths of a question to each side of the target
TOPIC_LIMITS = (2, 3)  # questions of one topic in the whole paper
RESTARTS = 20
EXPOSURE_LIMIT = Fraction(1, 4)  # of all forms, for a scored question ...
EXPOSURE_POOL = 400  # ... once the pool has so many live questions


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the blueprint asks for. `target_100` is its pass line in hundredths; None is the pool's mean."""

    scored: int
    unscored: int
    weights: Mapping[int, int]
    target_100: int | None = None


@dataclass(frozen=True, slots=True)
class Exposures:
    """In how many of all `forms` each question stood as a scored one."""

    forms: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of the paper. `repeat`: this candidate has seen the question before."""

    revision: int
    scored: bool
    repeat: bool


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A rule that the plan could not keep, and how far it went.

    repeats: how many questions · kappa: the band kept, in hundredths of a question, or the distance itself
    beyond the widest band · topics: the most questions of one topic · exposure: how many scored questions.
    """

    rule: str
    value: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A paper, position by position. `unscored_live`: unscored places that no pilot was there to fill."""

    slots: tuple[Slot, ...]
    kappa_100: int
    target_100: int
    relaxations: tuple[Relaxation, ...]
    unscored_live: int
    seed: str


class Shortage(Exception):
    """The bank cannot fill the paper: how many places stay empty, by exam domain, where any do."""

    def __init__(self, scored: Mapping[int, int], unscored: Mapping[int, int]) -> None:
        super().__init__(f"Missing questions by exam domain: scored {dict(scored)}, unscored {dict(unscored)}.")
        self.scored = dict(scored)
        self.unscored = dict(unscored)


def draw(
    recipe: Recipe,
    pool: Iterable[Item],
    seen: Mapping[int, int],
    exposures: Exposures,
    enemies: Iterable[Collection[int]],
    seed: str,
) -> Plan:
    """The plan of one paper; the same arguments give the same plan, in whatever order the pool comes.

    `pool` holds each question once. `seen` maps the questions this candidate has been shown to any number
    that grows with time; live ones return oldest first when nothing else is left, pilots never. `enemies`
    are pairs of questions that may not meet. Raises Shortage.
    """
    rng = random.Random(seed)
    items = sorted((item for item in pool if item.domain in recipe.weights), key=attrgetter("question"))
    scored = quotas.split(recipe.scored, recipe.weights)
    target = _mean_line(items, scored) if recipe.target_100 is None else recipe.target_100
    worn = _worn(items, exposures)
    enmity = _enmity(enemies)
    # Where questions exclude each other in chains, the tries that take the links last find room.
    links = {question for question, others in enmity.items() if len(others) > 1}

    plain = Supply(items, seen, exposures.counts, worn, set(), rng)
    careful = Supply(items, seen, exposures.counts, worn, links, rng) if links else plain
    drafts: list[FormBuilder] = []
    for limit in TOPIC_LIMITS:
        for restart in range(RESTARTS):
            draft = FormBuilder(plain if restart < RESTARTS // 2 else careful, enmity, limit, rng)
            draft.fill(scored, quotas.split(recipe.unscored, recipe.weights), pilots_first=restart % 2 == 0)
            if not draft.missing:
                draft.steer(target, KAPPA_BANDS[0])
            drafts.append(draft)
            if not (draft.missing or draft.repeats or _band(draft, target)):
                break
        best = min(drafts, key=lambda draft: _cost(draft, target))
        if not best.missing and _band(best, target) < len(KAPPA_BANDS):
            break
    if best.missing:
        raise Shortage(best.missing_scored, best.missing_unscored)
    return _plan(best, target, worn, seen, rng, seed)


def _mean_line(items: Iterable[Item], scored: Mapping[int, int]) -> int:
    """The pass line, in hundredths, of the average paper that the live questions give."""
    ratings: dict[int, list[int]] = {}
    for item in items:
        if not item.pilot:
            ratings.setdefault(item.domain, []).append(item.rating)
    return half_up(sum((Fraction(scored[d] * sum(r), len(r)) for d, r in ratings.items()), Fraction(0)))


def _worn(items: Sequence[Item], exposures: Exposures) -> set[int]:
    """The questions which one more scored place would take over the exposure limit."""
    if sum(not item.pilot for item in items) < EXPOSURE_POOL:
        return set()
    most = EXPOSURE_LIMIT * (exposures.forms + 1)
    return {question for question, count in exposures.counts.items() if count and count + 1 > most}


def _enmity(pairs: Iterable[Collection[int]]) -> dict[int, set[int]]:
    enmity: dict[int, set[int]] = {}
    for one, other in pairs:
        enmity.setdefault(one, set()).add(other)
        enmity.setdefault(other, set()).add(one)
    return enmity


def _band(draft: FormBuilder, target: int) -> int:
    """The index of the narrowest kappa band that holds the draft's pass line; their number if none does."""
    return bisect_left(KAPPA_BANDS, abs(draft.kappa_100 - target))


def _cost(draft: FormBuilder, target: int) -> tuple[int, int, int, int]:
    """What is given up last weighs most; without any band the closest plan is the best."""
    band, distance = _band(draft, target), abs(draft.kappa_100 - target)
    return draft.missing, band, distance if band == len(KAPPA_BANDS) else 0, draft.repeats


def _plan(
    draft: FormBuilder, target: int, worn: Set[int], seen: Mapping[int, int], rng: random.Random, seed: str
) -> Plan:
    band, distance = _band(draft, target), abs(draft.kappa_100 - target)
    crowd = max((count for topic, count in draft.topics.items() if topic is not None), default=0)
    exposed = sum(item.question in worn for item in draft.scored)
    relaxations = (
        ("repeats", draft.repeats, draft.repeats > 0),
        ("kappa", KAPPA_BANDS[band] if band < len(KAPPA_BANDS) else distance, band > 0),
        ("topics", crowd, crowd > TOPIC_LIMITS[0]),
        ("exposure", exposed, exposed > 0),
    )
    slots = [Slot(item.revision, True, item.question in seen) for item in draft.scored]
    slots += [Slot(item.revision, False, item.question in seen) for item in draft.unscored]
    rng.shuffle(slots)
    return Plan(
        slots=tuple(slots),
        kappa_100=draft.kappa_100,
        target_100=target,
        relaxations=tuple(Relaxation(rule, value) for rule, value, given_up in relaxations if given_up),
        unscored_live=sum(not item.pilot for item in draft.unscored),
        seed=seed,
    )
