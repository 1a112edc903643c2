"""Compute the statistics of one class: discrimination with its interval, and internal consistency. Plain Python.

They hold at any size: the interval says what few people say. Sources: Fisher, Metron 1 (1921) (interval of a
correlation); Lord & Novick, Statistical Theories of Mental Test Scores (1968), chapter 15 (item-rest correlation).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

MIN_FOR_INTERVAL = 4  # people; the standard error of Fisher's z is 1 / sqrt(n - 3)
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Discrimination:
    """The correlation of a question with the rest of the exam, from -1 to 1, and its 95% interval.

    The interval is None for fewer than MIN_FOR_INTERVAL people.
    """

    r: float
    low: float | None
    high: float | None


def discrimination(right: Sequence[bool], rest: Sequence[float]) -> Discrimination | None:
    """Return how a question goes with the `rest` of the exam of the same people; None where nobody differs in one."""
    r = correlation([float(value) for value in right], rest)
    if r is None:
        return None
    low, high = interval(r, len(rest)) or (None, None)
    return Discrimination(r, low, high)


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Return Pearson's correlation; None where one of them does not vary."""
    if len(xs) < 2:
        return None
    x_mean, y_mean = fmean(xs), fmean(ys)
    x_lead, y_lead = [x - x_mean for x in xs], [y - y_mean for y in ys]
    spread = math.sqrt(math.fsum(x * x for x in x_lead) * math.fsum(y * y for y in y_lead))
    if spread < 1e-12:
        return None
    return math.fsum(x * y for x, y in zip(x_lead, y_lead, strict=True)) / spread


def interval(r: float, n: int) -> tuple[float, float] | None:
    """Return the 95% interval of a correlation of n pairs, by Fisher's z; None for too few."""
    if n < MIN_FOR_INTERVAL:
        return None
    z, error = math.atanh(max(-1 + 1e-9, min(1 - 1e-9, r))), _Z / math.sqrt(n - 3)
    return math.tanh(z - error), math.tanh(z + error)
