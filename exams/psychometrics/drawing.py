"""Draw the plan of one form from the question pool by a randomized greedy search.

A plan always has the counts of each exam domain and no two enemies. It also aims for questions that are new to the
candidate, a pass line within half a question of the target, and at most two questions of a topic. When the bank is
too small, these goals are relaxed in this order, and each relaxation is recorded. A syllabus with a few topics fills a
form with more questions of each. (An integer program finds no
better plans and takes a thousand times as long.)
"""

import random
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter

from exams.psychometrics import quotas
from exams.psychometrics.form_builder import FormBuilder, PoolItem, Supply
from exams.psychometrics.scaling import half_up

__all__ = [
    "Exposures",
    "FormPlan",
    "FormSlot",
    "PoolItem",
    "Recipe",
    "Relaxation",
    "ShortageError",
    "draw_plan",
    "mean_line",
    "mean_ratings",
]

PASS_LINE = "kappa"  # its name in the relaxations of a form, as stored
PASS_LINE_BANDS = (50, 100, 200)  # tolerances around the target, in hundredths of a question
TOPIC_LIMITS = (2, 3)  # questions of one topic in a form: the goal, and the limit when relaxed
RESTARTS = 20
EXPOSURE_LIMIT = Fraction(1, 4)  # largest share of all forms in which a question may be scored
MIN_POOL_FOR_EXPOSURE_LIMIT = 400  # live questions; in a smaller pool exposure has no limit


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a blueprint requires. `target_100` is the target pass line in hundredths; None for the mean of the pool."""

    scored: int
    unscored: int
    weights: Mapping[int, int]
    target_100: int | None = None


@dataclass(frozen=True, slots=True)
class Exposures:
    """How often each question was scored, out of all `forms`."""

    forms: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormSlot:
    """One position of a form. `repeat`: the candidate was shown this question before."""

    revision: int
    scored: bool
    repeat: bool


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A goal that the plan does not meet, and by how much.

    repeats: the number of questions. PASS_LINE: the tolerance that holds, in hundredths of a question, or the distance
    if it exceeds all tolerances. topics: the most questions of one topic. exposure: the number of scored questions.
    """

    rule: str
    value: int


@dataclass(frozen=True, slots=True)
class FormPlan:
    """The questions of a form by position. `unscored_live`: unscored positions without a pilot to fill them."""

    slots: tuple[FormSlot, ...]
    pass_line_100: int
    target_100: int
    relaxations: tuple[Relaxation, ...]
    unscored_live: int
    seed: str


class ShortageError(Exception):
    """The bank cannot fill the form. `scored` and `unscored` map exam domains to the numbers of missing questions."""

    def __init__(self, scored: Mapping[int, int], unscored: Mapping[int, int]) -> None:
        super().__init__(f"Missing questions by exam domain: scored {dict(scored)}, unscored {dict(unscored)}.")
        self.scored = dict(scored)
        self.unscored = dict(unscored)


def draw_plan(
    recipe: Recipe,
    pool: Iterable[PoolItem],
    last_shown: Mapping[int, int],
    exposures: Exposures,
    enemies: Iterable[Collection[int]],
    seed: str,
) -> FormPlan:
    """Return the plan of one form. The same arguments give the same plan, in any order of the pool.

    `pool` contains each question once. `last_shown` maps the questions that the candidate was shown to a number
    that increases with time: live questions are repeated only when nothing else is left, the oldest first; pilots
    are never repeated. `enemies` are pairs of questions that must not be in one form. Raise ShortageError.
    """
    rng = random.Random(seed)
    items = sorted((item for item in pool if item.domain in recipe.weights), key=attrgetter("question"))
    scored = quotas.split(recipe.scored, recipe.weights)
    target = mean_line(mean_ratings(items), scored) if recipe.target_100 is None else recipe.target_100
    worn = _worn(items, exposures)
    enmity = enmity_of(enemies)
    # Half of the restarts take questions with several enemies last: they block many others.
    links = {question for question, others in enmity.items() if len(others) > 1}

    supply = plain = Supply(items, last_shown, exposures.counts, worn, set(), rng)
    careful: Supply | None = None if links else plain
    builders: list[FormBuilder] = []
    for limit in (*TOPIC_LIMITS, recipe.scored + recipe.unscored):
        if limit > TOPIC_LIMITS[-1] and not min(builder.missing for builder in builders):
            break  # three of a topic fill the form, if not on the pass line
        for restart in range(RESTARTS):
            if restart < RESTARTS // 2:
                supply = plain
            else:
                supply = careful = careful or Supply(items, last_shown, exposures.counts, worn, links, rng)
            builder = FormBuilder(supply, enmity, limit, rng)
            builder.fill(scored, quotas.split(recipe.unscored, recipe.weights), pilots_first=restart % 2 == 0)
            if not builder.missing:
                builder.steer(target, PASS_LINE_BANDS[0])
            builders.append(builder)
            if not (builder.missing or builder.repeats or _band(builder, target)):
                break
        best = min(builders, key=lambda builder: _cost(builder, target))
        if not best.missing and _band(best, target) < len(PASS_LINE_BANDS):
            break
    if best.missing:
        raise ShortageError(best.missing_scored, best.missing_unscored)
    return _plan(best, target, worn, last_shown, rng, seed)


def mean_ratings(items: Iterable[PoolItem]) -> dict[int, Fraction]:
    """Return the mean rating of the live questions of each exam domain."""
    ratings: dict[int, list[int]] = {}
    for item in items:
        if not item.pilot:
            ratings.setdefault(item.domain, []).append(item.rating)
    return {domain: Fraction(sum(values), len(values)) for domain, values in ratings.items()}


def mean_line(means: Mapping[int, Fraction], scored: Mapping[int, int]) -> int:
    """Return the pass line, in hundredths, of an average form of questions with these mean ratings."""
    return half_up(sum((scored[domain] * mean for domain, mean in means.items()), Fraction(0)))


def _worn(items: Sequence[PoolItem], exposures: Exposures) -> set[int]:
    """Return the questions that one more scored position would take over the exposure limit."""
    if sum(not item.pilot for item in items) < MIN_POOL_FOR_EXPOSURE_LIMIT:
        return set()
    max_count = int(
        EXPOSURE_LIMIT * (exposures.forms + 1)
    )  # whole counts: comparing fractions takes half a millisecond
    return {question for question, count in exposures.counts.items() if count and count + 1 > max_count}


def enmity_of(pairs: Iterable[Collection[int]]) -> dict[int, set[int]]:
    """Return the enemies of each question that has some."""
    enmity: dict[int, set[int]] = {}
    for low, high in pairs:
        enmity.setdefault(low, set()).add(high)
        enmity.setdefault(high, set()).add(low)
    return enmity


def _band(builder: FormBuilder, target: int) -> int:
    """Return the index of the narrowest of PASS_LINE_BANDS that contains the pass line; their number if none does."""
    return bisect_left(PASS_LINE_BANDS, abs(builder.pass_line_100 - target))


def _cost(builder: FormBuilder, target: int) -> tuple[int, int, int, int]:
    """Return a sort key: goals that are relaxed last weigh most. Outside of all bands the closest plan wins."""
    band, distance = _band(builder, target), abs(builder.pass_line_100 - target)
    return builder.missing, band, distance if band == len(PASS_LINE_BANDS) else 0, builder.repeats


def _plan(
    builder: FormBuilder, target: int, worn: Set[int], last_shown: Mapping[int, int], rng: random.Random, seed: str
) -> FormPlan:
    band, distance = _band(builder, target), abs(builder.pass_line_100 - target)
    crowd = max((count for topic, count in builder.topics.items() if topic is not None), default=0)
    exposed = sum(item.question in worn for item in builder.scored)
    relaxations = (
        ("repeats", builder.repeats, builder.repeats > 0),
        (PASS_LINE, PASS_LINE_BANDS[band] if band < len(PASS_LINE_BANDS) else distance, band > 0),
        ("topics", crowd, crowd > TOPIC_LIMITS[0]),
        ("exposure", exposed, exposed > 0),
    )
    slots = [FormSlot(item.revision, True, item.question in last_shown) for item in builder.scored]
    slots += [FormSlot(item.revision, False, item.question in last_shown) for item in builder.unscored]
    rng.shuffle(slots)
    return FormPlan(
        slots=tuple(slots),
        pass_line_100=builder.pass_line_100,
        target_100=target,
        relaxations=tuple(Relaxation(rule, value) for rule, value, applies in relaxations if applies),
        unscored_live=sum(not item.pilot for item in builder.unscored),
        seed=seed,
    )
