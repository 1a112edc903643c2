"""The chart of a score on its scale, for the report and the front page. Positions are in percent of the width."""

from dataclasses import dataclass

from exams.models import ScoreReport
from exams.services.results.report import count_open, is_hollow, is_repetitive
from questions.content.blueprint import Scale

# Of a typical exam just below the pass mark, in parts of the scale.
EXAMPLE_GAP, EXAMPLE_BAND = 11 / 900, (-65 / 900, 51 / 900)


@dataclass(frozen=True, slots=True)
class ScaleChart:
    """A scaled score with its 68% band and the pass mark, all in scaled points. An unreliable score has no band."""

    minimum: int
    passing: int
    maximum: int
    scaled: int
    band: tuple[int, int] | None

    @classmethod
    def of(cls, report: ScoreReport, scale: Scale, *, is_hasty: bool) -> "ScaleChart":
        """Return the chart of a report, on the scale of its exam, which may have been answered in haste."""
        is_unreliable = is_hasty or is_repetitive(report.repeats, report.n) or is_hollow(count_open(report), report.n)
        return cls(
            minimum=scale.min,
            passing=report.pass_mark,
            maximum=scale.max,
            scaled=report.scaled,
            band=None if is_unreliable else (report.band_lo, report.band_hi),
        )

    @classmethod
    def example(cls, scale: Scale) -> "ScaleChart":
        """Return the chart of a score a little below the pass mark of an exam, with a band as wide as usual."""
        span = scale.max - scale.min
        scaled = max(scale.min, scale.passing - max(1, round(span * EXAMPLE_GAP)))
        lo, hi = (round(scaled + span * part) for part in EXAMPLE_BAND)
        return cls(scale.min, scale.passing, scale.max, scaled, (max(scale.min, lo), min(scale.max, hi)))

    @property
    def missing(self) -> int:
        """The points from the score to the pass mark."""
        return self.passing - self.scaled

    def _percent(self, points: int) -> float:
        return round(100 * (points - self.minimum) / (self.maximum - self.minimum), 2)

    @property
    def ticks(self) -> list[float]:
        """The positions of the hundreds of the scale."""
        return [self._percent(points) for points in range(self.minimum, self.maximum + 1, 100)]

    @property
    def score_at(self) -> float:
        return self._percent(self.scaled)

    @property
    def pass_at(self) -> float:
        return self._percent(self.passing)

    @property
    def band_at(self) -> float:
        return self._percent(self.band[0]) if self.band else 0

    @property
    def band_width(self) -> float:
        return round(self._percent(self.band[1]) - self._percent(self.band[0]), 2) if self.band else 0

    @property
    def right_half(self) -> bool:
        """Whether the dot is in the right half, where its label has to end at the dot."""
        return self.score_at > 50

    @property
    def label_shift(self) -> int:
        """The pixels by which the label reaches beyond the dot; none at an end of the scale, which it would leave."""
        return 0 if not 3 <= self.score_at <= 97 else 6 if self.right_half else -6
