"""Score an exam by points: what each answer earns, the percent of all points, and whether it reaches the pass mark.

Points are whole hundredths. What partly right answers earn is summed exactly and rounded once, half up: fifty thirds of
a point add up to 16.67, not to fifty times 0.33.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from exams.psychometrics.precision import BAND_Z, DOMAIN_Z, Band, Interval, wilson
from exams.psychometrics.scaling import ScaledScore, half_up

MAX_PERCENT = 100


class PointAnswer(NamedTuple):
    """One scored answer: bits of options, `also` a second key (0: none). `credited` earns all points for everybody."""

    worth: int
    partial: bool
    key: int
    also: int
    credited: bool
    ticked: int


@dataclass(frozen=True, slots=True)
class Points:
    """What some answers earned of what they could, in hundredths of a point, and their number."""

    earned: int
    possible: int
    n: int

    @property
    def share(self) -> Fraction:
        """The earned share of the points; 0 of nothing."""
        return Fraction(self.earned, self.possible) if self.possible else Fraction(0)

    def interval(self, z: float) -> Interval:
        """Return the Wilson interval of the share, as if each question were worth the same and right or wrong."""
        return wilson(float(self.share * self.n), self.n, z)


def earned(answer: PointAnswer) -> Fraction:
    """Return what an answer earns, in hundredths of a point.

    With two accepted keys, a partly right answer earns what it does by the key that it is closer to.
    """
    keys = [key for key in (answer.key, answer.also) if key]
    if answer.credited or answer.ticked in keys:
        return Fraction(answer.worth)
    if not answer.partial:
        return Fraction(0)
    return answer.worth * max(_partly_right(answer.ticked, key) for key in keys)


def _partly_right(ticked: int, key: int) -> Fraction:
    """Return the share of the keys that are ticked, less one for each wrong option that is; 0 at least."""
    right, wrong = (ticked & key).bit_count(), (ticked & ~key).bit_count()
    return Fraction(max(0, right - wrong), key.bit_count())


def total(answers: Iterable[PointAnswer]) -> Points:
    """Return the points of these answers. Pass no withdrawn questions."""
    rows = list(answers)
    return Points(half_up(sum(map(earned, rows), Fraction(0))), sum(row.worth for row in rows), len(rows))


def needed(pass_percent: int, possible: int, unit: int = 1) -> int:
    """Return the fewest points, in hundredths, that pass. All answers earn a multiple of `unit`."""
    return -(-pass_percent * possible // (MAX_PERCENT * unit)) * unit


def score(points: Points, pass_percent: int) -> ScaledScore:
    """Return the score in whole percent, half up; one that fails is never shown as the pass mark."""
    passed = MAX_PERCENT * points.earned >= pass_percent * points.possible
    rounded = half_up(MAX_PERCENT * points.share)
    return ScaledScore(rounded if passed else min(pass_percent - 1, rounded), passed)


def band(points: Points) -> Band:
    """Return the 68% band of the score, in whole percent. It is rough: partly right answers vary less."""
    interval = points.interval(BAND_Z)
    return Band(half_up(MAX_PERCENT * Fraction(interval.lo)), half_up(MAX_PERCENT * Fraction(interval.hi)))


def domain_interval(points: Points) -> Interval:
    """Return the 80% interval of the share of an exam domain."""
    return points.interval(DOMAIN_Z)
