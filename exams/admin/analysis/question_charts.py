"""The charts of a question's statistics: x in percent of the width, y in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

from exams.psychometrics.scaling import chance
from exams.services.analysis.question_statistics import CurvePoint, OptionAnswers

TOP, BOTTOM = 12, 196
HEIGHT = 232
GRID = (0, 25, 50, 75, 100)  # percent
THIRDS_X = (12.0, 46.0, 80.0)
LETTER_HEIGHT = 15
MAX_ABILITY = 3  # logits, on both sides of the standard
CURVE_STEPS = 60


def y_of(share: float) -> float:
    """Return the y of a share between 0 and 1."""
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)


def x_of_ability(ability: float) -> float:
    """Return the x of an ability in logits; those beyond the chart are at its edge."""
    return round(50 + 50 * max(-1.0, min(ability / MAX_ABILITY, 1.0)), 2)


@dataclass(frozen=True, slots=True)
class OptionLine:
    """The shares of one option in the three thirds, and the y of its letter beside the last one."""

    letter: str
    is_key: bool
    dots: tuple[tuple[float, float], ...]
    letter_y: float

    @property
    def links(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        return list(zip(self.dots, self.dots[1:], strict=False))


@dataclass(frozen=True, slots=True)
class ThirdsChart:
    """Who chose which option: the lowest, the middle and the highest third of the candidates."""

    options: Sequence[OptionAnswers]

    height = HEIGHT
    weakest_x, middle_x, best_x = THIRDS_X

    @property
    def grid(self) -> list[tuple[int, float]]:
        return [(percent, y_of(percent / 100)) for percent in GRID]

    @property
    def lines(self) -> list[OptionLine]:
        """Return the wrong options first, so that the key is drawn above them."""
        shown = sorted(self.options, key=lambda option: option.is_key)
        ends = [y_of(option.high or 0) for option in shown]
        return [
            OptionLine(
                option.option.letter,
                option.is_key,
                tuple(
                    (x, y_of(share or 0))
                    for x, share in zip(THIRDS_X, (option.low, option.mid, option.high), strict=True)
                ),
                letter_y,
            )
            for option, letter_y in zip(shown, _apart(ends), strict=True)
        ]


def _apart(ends: Sequence[float]) -> list[float]:
    """Move the letters so far up from their lines that none covers another."""
    order = sorted(range(len(ends)), key=lambda index: -ends[index])
    places, limit = list(ends), float(BOTTOM + LETTER_HEIGHT)
    for index in order:
        places[index] = round(min(ends[index], limit - LETTER_HEIGHT), 1)
        limit = places[index]
    return places


@dataclass(frozen=True, slots=True)
class CurveDot:
    """A group of candidates: its share of right answers and the interval, as places in the chart."""

    x: float
    y: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class CurveChart:
    """The share of right answers by ability, against the curve of the Rasch model with difficulty `b`."""

    points: Sequence[CurvePoint]
    b: float

    height = HEIGHT

    @property
    def grid(self) -> list[tuple[int, float]]:
        return [(percent, y_of(percent / 100)) for percent in GRID]

    @property
    def abilities(self) -> list[tuple[str, float]]:
        """The labels of the axis; the standard at 0 has none."""
        marks = range(1 - MAX_ABILITY, MAX_ABILITY)
        return [(f"{mark:+d}".replace("-", "−") if mark else "", x_of_ability(mark)) for mark in marks]

    @property
    def path(self) -> str:
        """The model in a box of 100 by HEIGHT."""
        steps = [2 * MAX_ABILITY * step / CURVE_STEPS - MAX_ABILITY for step in range(CURVE_STEPS + 1)]
        return "M" + "L".join(f"{x_of_ability(theta):g} {y_of(chance(theta, self.b)):g}" for theta in steps)

    @property
    def dots(self) -> list[CurveDot]:
        return [
            CurveDot(
                x_of_ability(point.group.ability), y_of(point.share), y_of(point.interval.hi), y_of(point.interval.lo)
            )
            for point in self.points
        ]
