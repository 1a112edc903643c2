"""Decide how questions work in a simulation, whatever their ratings and keys say: the truth that estimates should find.

Ratings and keys can be wrong on purpose, so that one can see whether item analysis finds it.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from exams.psychometrics import scaling
from exams.services.attempt import question_pool
from exams.services.attempt.question_pool import FrozenQuestion
from questions.models import Blueprint, Question


@dataclass(frozen=True, slots=True)
class SimulatedItem:
    """The true difficulty in logits, and the options that candidates tick who know the answer, as a mask.

    A dead question is answered correctly as often by the weak as by the strong.
    """

    code: str
    b: float
    answer: int
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Faults:
    """Codes of the questions whose key is wrong, and of those that are dead.

    `rating_error` is the standard deviation, in logits, of the true difficulties around those of the ratings. Together,
    the questions stay as difficult at the standard as they are rated.
    """

    miskeyed: Collection[str] = ()
    dead: Collection[str] = ()
    rating_error: float = 0.0


class UnknownQuestionsError(Exception):
    """The exam draws no questions with these codes."""

    def __init__(self, codes: Collection[str]) -> None:
        super().__init__(", ".join(sorted(codes)))


def simulated_items(
    blueprint: Blueprint, seed: int = 0, difficulties: Mapping[str, float] | None = None, faults: Faults | None = None
) -> dict[int, SimulatedItem]:
    """Return the items of a blueprint by revision. `difficulties` has true b by code; the others follow the ratings.

    Raise UnknownQuestionsError.
    """
    difficulties, faults = difficulties or {}, faults or Faults()
    pool = question_pool.pool_for(blueprint)
    codes = dict(Question.objects.filter(pk__in=[item.question for item in pool.items]).values_list("pk", "code"))
    unknown = {*faults.miskeyed, *faults.dead}.difference(codes.values())
    # A file of difficulties may know questions that have been retired since it was written.
    other = set(difficulties).difference(codes.values())
    unknown |= other.difference(Question.objects.filter(code__in=other).values_list("code", flat=True))
    if unknown:
        raise UnknownQuestionsError(unknown)
    items = {}
    erring = _erring_difficulties(
        [(codes[item.question], pool.frozen[item.revision].rating) for item in pool.items], seed, faults
    )
    for item in pool.items:
        code, frozen = codes[item.question], pool.frozen[item.revision]
        rng = random.Random(f"{seed}:{code}")
        items[item.revision] = SimulatedItem(
            code=code,
            b=difficulties.get(code, erring[code]),
            answer=_another_mask(frozen, rng) if code in faults.miskeyed else frozen.key,
            dead=code in faults.dead,
        )
    return items


def _erring_difficulties(rated: Sequence[tuple[str, int]], seed: int, faults: Faults) -> dict[str, float]:
    """Return a true difficulty for each code and its rating."""
    b = {code: scaling.difficulty(rating) for code, rating in rated}
    if not faults.rating_error:
        return b
    for code in b:
        b[code] += random.Random(f"{seed}:error:{code}").gauss(0, faults.rating_error)
    # Errors that are symmetric in logits are not so in percent: without this, the standard would move.
    level = scaling.ability_at(scaling.rated_line([rating for _code, rating in rated]).exact, list(b.values()))
    return {code: value - level for code, value in b.items()}


def _another_mask(frozen: FrozenQuestion, rng: random.Random) -> int:
    """Return the key with one correct option replaced by a wrong one."""
    bits = range(frozen.n_options)
    right = rng.choice([bit for bit in bits if frozen.key >> bit & 1])
    wrong = rng.choice([bit for bit in bits if not frozen.key >> bit & 1])
    return frozen.key ^ (1 << right) ^ (1 << wrong)
