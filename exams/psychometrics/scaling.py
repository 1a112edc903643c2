"""From right answers to the scaled score: the pass line of a form, equating, and the two lines of the scale.

A form's pass line kappa is the raw score expected of a candidate exactly at the standard (theta = 0).
Uncalibrated forms take it from the ratings, as exact hundredths; calibrated forms from the difficulties b,
and their raw score is first equated to the reference form. From there on both are the same arithmetic, in
exact rationals: fifty ratings of 60 % added as floats make a little more than 30, and would ask for 31.

Equating through the test characteristic curve: Kolen & Brennan, true-score equating.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

HALF = Fraction(1, 2)
THETA_LIMIT = 30.0
THETA_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Scale:
    """The reporting scale of a blueprint: its two ends and the score that passes."""

    minimum: int
    passing: int
    maximum: int


@dataclass(frozen=True, slots=True)
class PassLine:
    """What a form asks for: kappa, in questions, and the difficulty b of each scored question (logits).

    Raises ValueError unless 0 < kappa < n: outside it no score could fail, or none could pass.
    """

    kappa: Fraction
    difficulties: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 0 < self.kappa < self.n:
            raise ValueError(f"A pass line of {float(self.kappa)} is impossible with {self.n} scored questions.")

    @property
    def n(self) -> int:
        """The number of scored questions."""
        return len(self.difficulties)

    @property
    def raw_cut(self) -> int:
        """The lowest raw score that passes."""
        return math.ceil(self.kappa)

    def passes(self, raw: int) -> bool:
        return raw >= self.kappa


@dataclass(frozen=True, slots=True)
class ScaledScore:
    """What a raw score is worth on the scale."""

    scaled: int
    passed: bool


def difficulty(rating: int) -> float:
    """The b, in logits, that a candidate at the standard gets right `rating` (1..99) times in 100."""
    if not 1 <= rating <= 99:
        raise ValueError(f"A rating is a whole per cent from 1 to 99, not {rating}.")
    return -math.log(rating / (100 - rating))


def chance(theta: float, b: float) -> float:
    """The Rasch probability that ability `theta` answers a question of difficulty `b` correctly."""
    return 1 / (1 + math.exp(b - theta))


def expected_raw(theta: float, difficulties: Sequence[float]) -> float:
    """The test characteristic curve T(theta): the number of right answers expected at ability `theta`."""
    return math.fsum(chance(theta, b) for b in difficulties)


def expected_at_standard(difficulties: Sequence[float]) -> Fraction:
    """T(0), half up to four decimals."""
    return _decimals(expected_raw(0, difficulties), "0.0001")


def rated_line(ratings: Sequence[int]) -> PassLine:
    """The pass line of an uncalibrated form: the sum of its ratings (whole per cents), exact."""
    return PassLine(Fraction(sum(ratings), 100), tuple(difficulty(rating) for rating in ratings))


def calibrated_line(difficulties: Sequence[float]) -> PassLine:
    """The pass line of a calibrated form; `difficulty(rating)` stands in for a b not yet known."""
    return PassLine(expected_at_standard(difficulties), tuple(difficulties))


def equate(raw: int, form: PassLine, reference: PassLine) -> Fraction:
    """The score on `reference` that shows the same ability as `raw` on `form`, half up to six decimals.

    The ends have no finite ability: nothing right stays nothing, everything right stays everything.
    """
    if raw <= 0:
        return Fraction(0)
    if raw >= form.n:
        return Fraction(reference.n)
    low, high = -THETA_LIMIT, THETA_LIMIT
    while high - low > THETA_TOLERANCE:
        middle = (low + high) / 2
        if expected_raw(middle, form.difficulties) < raw:
            low = middle
        else:
            high = middle
    return _decimals(expected_raw((low + high) / 2, reference.difficulties), "0.000001")


def on_the_lines(right: Fraction, n: int, kappa: Fraction, passed: bool, scale: Scale) -> Fraction:
    """The unrounded scaled score: one straight line from the minimum to kappa, another to the maximum."""
    if passed:
        return scale.passing + (scale.maximum - scale.passing) * (right - kappa) / (n - kappa)
    return scale.minimum + (scale.passing - scale.minimum) * right / kappa


def half_up(value: Fraction) -> int:
    """The nearest integer, halves upwards (`round` would send 812.5 to 812)."""
    return math.floor(value + HALF)


def score(raw: int, form: PassLine, scale: Scale, reference: PassLine | None = None) -> ScaledScore:
    """The scaled score of `raw` right answers on `form`; with a `reference`, equated to that form first.

    Whether it passes is decided on the form itself, exactly; rounding may not carry it across.
    """
    if not 0 <= raw <= form.n:
        raise ValueError(f"{raw} right answers are impossible with {form.n} scored questions.")
    passed = form.passes(raw)
    right, line = (Fraction(raw), form) if reference is None else (equate(raw, form, reference), reference)
    rounded = half_up(on_the_lines(right, line.n, line.kappa, passed, scale))
    return ScaledScore(max(scale.passing, rounded) if passed else min(scale.passing - 1, rounded), passed)


def _decimals(value: float, unit: str) -> Fraction:
    return Fraction(Decimal(value).quantize(Decimal(unit), ROUND_HALF_UP))
