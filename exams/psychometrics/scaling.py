"""Convert correct answers to a scaled score: the pass line of a form, equating, and the two lines of the scale.

The pass line of a form is the raw score expected of a candidate exactly at the standard (theta = 0).
Uncalibrated forms take it from the ratings, as exact hundredths. Calibrated forms take it from the difficulties b,
and their raw score is first equated to the reference form. Both use exact rationals: fifty ratings of 60% added as
floats make slightly more than 30 and would require 31.

Equating through the test characteristic curve: Kolen & Brennan, true-score equating.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache, lru_cache

HALF = Fraction(1, 2)
THETA_LIMIT = 30.0
THETA_TOLERANCE = 1e-12
EASY_FROM, HARD_BELOW = 80, 65  # percent right at the standard; a quarter of a bank is easy, a quarter is hard
EVERYBODY = -math.inf  # the difficulty of a question for which everybody has the point


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """The reporting scale of a blueprint: its two ends and the pass mark."""

    minimum: int
    passing: int
    maximum: int


@dataclass(frozen=True, slots=True)
class PassLine:
    """The pass line of a form, in questions, and the difficulty b of each scored question, in logits.

    Raise ValueError unless 0 < exact < n: otherwise no score could fail, or none could pass.
    """

    exact: Fraction
    difficulties: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 0 < self.exact < self.n:
            raise ValueError(f"A pass line of {float(self.exact)} is impossible with {self.n} scored questions.")

    @property
    def n(self) -> int:
        """The number of scored questions."""
        return len(self.difficulties)

    @property
    def decimal(self) -> Decimal:
        """The pass line as it is stored: hundredths by ratings, four decimals by difficulties, both exact."""
        return Decimal(self.exact.numerator) / self.exact.denominator

    @property
    def raw_cut(self) -> int:
        """The lowest raw score that passes."""
        return math.ceil(self.exact)

    def passes(self, raw: int) -> bool:
        return raw >= self.exact


@dataclass(frozen=True, slots=True)
class ScaledScore:
    """A score on the reporting scale, and whether it passes."""

    scaled: int
    passed: bool


@cache
def difficulty(rating: int) -> float:
    """Return the b, in logits, of a question that `rating` of 100 candidates at the standard answer correctly."""
    if not 1 <= rating <= 99:
        raise ValueError(f"A rating must be a whole percent from 1 to 99, not {rating}.")
    return -math.log(rating / (100 - rating))


def percent_at_standard(b: float) -> int:
    """Return how many of 100 candidates at the standard answer a question of difficulty `b`: the rating it earned."""
    return min(99, max(1, half_up(Fraction(100 * chance(0, b)))))


def difficulty_level(b: float) -> str:
    """Return "easy", "medium" or "hard" for a difficulty in logits."""
    percent = percent_at_standard(b)
    return "easy" if percent >= EASY_FROM else "hard" if percent < HARD_BELOW else "medium"


def chance(theta: float, b: float) -> float:
    """Return the Rasch probability that ability `theta` answers a question of difficulty `b` correctly."""
    return 1 / (1 + math.exp(b - theta))


@lru_cache(maxsize=4096)
def chance_at_standard(b: float) -> float:
    """Return the same at the standard. Kept for the difficulties in use: a score needs each of them three times."""
    return chance(0, b)


def expected_raw(theta: float, difficulties: Sequence[float]) -> float:
    """Return T(theta) of the test characteristic curve: the number of correct answers expected at ability `theta`."""
    return math.fsum(chance(theta, b) for b in difficulties)


def expected_at_standard(difficulties: Sequence[float]) -> Fraction:
    """Return T(0), half up to four decimals."""
    return _decimals(math.fsum(map(chance_at_standard, difficulties)), "0.0001")


def rated_line(ratings: Sequence[int], credited: int = 0) -> PassLine:
    """Return the exact pass line of an uncalibrated form: the sum of its ratings in whole percent.

    `credited` more questions count 100: everybody has the point for them, a candidate at the standard too.
    """
    difficulties = (*(difficulty(rating) for rating in ratings), *[EVERYBODY] * credited)
    return PassLine(Fraction(sum(ratings) + 100 * credited, 100), difficulties)


def calibrated_line(difficulties: Sequence[float]) -> PassLine:
    """Return the pass line of a calibrated form. Pass `difficulty(rating)` for a b not yet known."""
    return PassLine(expected_at_standard(difficulties), tuple(difficulties))


def equate(raw: int, form: PassLine, reference: PassLine) -> Fraction:
    """Return the score on `reference` for the same ability as `raw` on `form`, half up to six decimals.

    The ends have no finite ability: 0 maps to 0 and all correct maps to all correct.
    """
    if raw <= 0:
        return Fraction(0)
    if raw >= form.n:
        return Fraction(reference.n)
    ability = ability_at(raw, form.difficulties)
    return _decimals(expected_raw(ability, reference.difficulties), "0.000001")


def ability_at(raw: float | Fraction, difficulties: Sequence[float]) -> float:
    """Return the theta with T(theta) = `raw`, strictly between none and all of the questions."""
    # T as in `expected_raw`, with one exponential in each step instead of one for each question.
    factors = [math.exp(b) for b in difficulties]
    low, high = -THETA_LIMIT, THETA_LIMIT
    while high - low > THETA_TOLERANCE:
        middle = (low + high) / 2
        decay = math.exp(-middle)
        if math.fsum([1 / (1 + factor * decay) for factor in factors]) < raw:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def on_the_lines(right: Fraction, n: int, pass_line: Fraction, passed: bool, scale: ScoreScale) -> Fraction:
    """Return the unrounded scaled score: a straight line from the minimum to the pass line, another to the maximum."""
    if passed:
        return scale.passing + (scale.maximum - scale.passing) * (right - pass_line) / (n - pass_line)
    return scale.minimum + (scale.passing - scale.minimum) * right / pass_line


def half_up(value: Fraction) -> int:
    """Round to the nearest integer, halves up (`round` would give 812 for 812.5)."""
    return math.floor(value + HALF)


def score(raw: int, form: PassLine, scale: ScoreScale, reference: PassLine | None = None) -> ScaledScore:
    """Return the scaled score of `raw` correct answers on `form`; with a `reference`, equate to that form first.

    The form itself decides, exactly, whether the score passes; rounding cannot move it across the pass mark.
    """
    if not 0 <= raw <= form.n:
        raise ValueError(f"{raw} correct answers are impossible with {form.n} scored questions.")
    passed = form.passes(raw)
    right, line = (Fraction(raw), form) if reference is None else (equate(raw, form, reference), reference)
    rounded = half_up(on_the_lines(right, line.n, line.exact, passed, scale))
    return ScaledScore(max(scale.passing, rounded) if passed else min(scale.passing - 1, rounded), passed)


def _decimals(value: float, unit: str) -> Fraction:
    return Fraction(Decimal(value).quantize(Decimal(unit), ROUND_HALF_UP))
