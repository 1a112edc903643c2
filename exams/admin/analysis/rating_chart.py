"""The chart of ratings against what the answers say: x in percent of the width, y in pixels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exams.psychometrics.item_flags import MAX_RATING_DISTANCE
from exams.psychometrics.scaling import chance, difficulty
from exams.services.analysis.bank_statistics import QuestionRow

TOP, BOTTOM = 12, 312
HEIGHT = 348
GRID = (0, 25, 50, 75, 100)  # percent
BASE_RADIUS, MAX_RADIUS = 2.5, 7.0


def y_of(percent: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * percent / 100, 1)


@dataclass(frozen=True, slots=True)
class RatingDot:
    """The questions with one rating and one share at the standard; a larger dot is more of them."""

    x: int
    y: float
    radius: float
    disagrees: bool


@dataclass(frozen=True, slots=True)
class RatingChart:
    """Ratings to the right, the share of right answers at the standard upwards, both in percent."""

    rows: Sequence[QuestionRow]

    height = HEIGHT

    @property
    def grid(self) -> list[tuple[int, float]]:
        return [(percent, y_of(percent)) for percent in GRID]

    @property
    def dots(self) -> list[RatingDot]:
        """Return one dot for each place, however many questions are there."""
        places = Counter((row.rating or 0, row.at_standard or 0, row.rating_disagrees) for row in self.rows)
        return [
            RatingDot(rating, y_of(percent), round(min(BASE_RADIUS * n**0.5, MAX_RADIUS), 1), disagrees)
            for (rating, percent, disagrees), n in sorted(places.items())
        ]

    @property
    def upper(self) -> str:
        """The line above which questions are much easier than rated, in a box of 100 by HEIGHT."""
        return self._limit(-MAX_RATING_DISTANCE)

    @property
    def lower(self) -> str:
        """The line below which questions are much harder than rated."""
        return self._limit(MAX_RATING_DISTANCE)

    def _limit(self, distance: float) -> str:
        ratings = (1, *range(5, 100, 5), 99)
        places = (f"{rating} {y_of(100 * chance(0, difficulty(rating) + distance)):g}" for rating in ratings)
        return "M" + "L".join(places)
