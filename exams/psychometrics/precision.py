"""Compute how precise a score is: its band, and the results by exam domain. `outlook` has two probabilities."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from exams.psychometrics.scaling import (
    PassLine,
    ScoreScale,
    chance,
    chance_at_standard,
    expected_at_standard,
    half_up,
    on_the_lines,
)

BAND_Z = 1.0  # a 68% interval
DOMAIN_Z = 1.2815515655446004  # an 80% interval
MAX_VERDICT_PROBABILITY = 0.15  # a result this rare at the standard is below or above it
PROBABILITY_TOLERANCE = 1e-12  # one missed question rated 85 is exactly .15, slightly more in floats
MAX_LOGIT = 12.0  # beyond any level at which a result of a few questions is not rare
BISECTION_STEPS = 18  # to a ten-thousandth of a logit, finer than a pixel of the chart

Verdict = Literal["below", "near", "above"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A share between 0 and 1, from `lo` to `hi`."""

    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Band:
    """The scaled scores between which the candidate's level probably is."""

    lo: int
    hi: int


class ScoredAnswer(NamedTuple):
    """One scored answer. `difficulty` is the b of the question, in logits."""

    domain: int
    difficulty: float
    correct: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class DomainFigures:
    """One exam domain: counts, percent correct, 80% interval, points expected at the standard, and the verdict."""

    domain: int
    n: int
    correct: int
    unanswered: int
    percent: int
    interval: Interval
    expected: float
    verdict: Verdict


def percent(part: int, whole: int) -> int:
    """Return `part` of `whole` in whole percent, half up; 0 of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def wilson(correct: float, n: int, z: float) -> Interval:
    """Return the Wilson score interval of `correct` of `n` (n >= 1), `z` standard errors to each side."""
    center = correct + z * z / 2
    reach = z * math.sqrt(correct * (n - correct) / n + z * z / 4)
    return Interval(
        lo=0.0 if correct == 0 else (center - reach) / (n + z * z),
        hi=1.0 if correct == n else (center + reach) / (n + z * z),
    )


def band(raw: int, form: PassLine, scale: ScoreScale) -> Band:
    """Return the 68% band of `raw` correct answers in scaled points, on the lines of the form."""

    def scaled(share: float) -> int:
        right = Fraction(share) * form.n
        return half_up(on_the_lines(right, form.n, form.exact, right >= form.exact, scale))

    interval = wilson(raw, form.n, BAND_Z)
    return Band(scaled(interval.lo), scaled(interval.hi))


def poisson_binomial(chances: Iterable[float]) -> list[float]:
    """Return the probabilities of 0, 1, ... n successes in independent trials with these chances."""
    masses = [1.0]
    for p in chances:
        q = 1 - p
        between = [below * p + here * q for below, here in pairwise(masses)]
        masses = [masses[0] * q, *between, masses[-1] * p]
    return masses


def verdict(correct: int, difficulties: Sequence[float]) -> Verdict:
    """Return "below" or "above" if a candidate at the standard would rarely score like this, else "near"."""
    masses = poisson_binomial(map(chance_at_standard, difficulties))
    if _is_rare(masses[: correct + 1]):
        return "below"
    if _is_rare(masses[correct:]):
        return "above"
    return "near"


def plausible_shares(correct: int, difficulties: Sequence[float]) -> Interval:
    """Return the shares that candidates can expect for whom `correct` is neither rarely so low nor rarely so high.

    This is the rule of `verdict`, applied to every level instead of the standard only: the interval contains the share
    expected at the standard exactly when the verdict is "near". It covers the true share in at least 70% of the cases.
    """

    def expected_share(theta: float) -> float:
        return math.fsum(chance(theta, b) for b in difficulties) / len(difficulties)

    lo, hi = 0.0, 1.0
    if correct > 0:
        lo = expected_share(_boundary(lambda theta: _is_rarely_so_high(correct, difficulties, theta)))
    if correct < len(difficulties):
        hi = expected_share(_boundary(lambda theta: not _is_rarely_so_low(correct, difficulties, theta)))
    return Interval(lo, hi)


def _is_rarely_so_low(correct: int, difficulties: Sequence[float], theta: float) -> bool:
    return _is_rare(poisson_binomial(chance(theta, b) for b in difficulties)[: correct + 1])


def _is_rarely_so_high(correct: int, difficulties: Sequence[float], theta: float) -> bool:
    return _is_rare(poisson_binomial(chance(theta, b) for b in difficulties)[correct:])


def _is_rare(masses: Sequence[float]) -> bool:
    return math.fsum(masses) <= MAX_VERDICT_PROBABILITY + PROBABILITY_TOLERANCE


def _boundary(holds: Callable[[float], bool]) -> float:
    """Return the theta up to which `holds` is true, by bisection."""
    low, high = -MAX_LOGIT, MAX_LOGIT
    for _ in range(BISECTION_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2


def by_exam_domain(answers: Iterable[ScoredAnswer]) -> tuple[DomainFigures, ...]:
    """Return the figures of each exam domain with answers, by number. Pass no withdrawn questions."""
    groups: dict[int, list[ScoredAnswer]] = {}
    for answer in answers:
        groups.setdefault(answer.domain, []).append(answer)
    return tuple(_figures(domain, groups[domain]) for domain in sorted(groups))


def _figures(domain: int, answers: Sequence[ScoredAnswer]) -> DomainFigures:
    n, correct = len(answers), sum(answer.correct for answer in answers)
    difficulties = [answer.difficulty for answer in answers]
    return DomainFigures(
        domain=domain,
        n=n,
        correct=correct,
        unanswered=sum(not answer.answered for answer in answers),
        percent=percent(correct, n),
        interval=wilson(correct, n, DOMAIN_Z),
        expected=float(expected_at_standard(difficulties)),
        verdict=verdict(correct, difficulties),
    )
