"""The drawing of one score on its scale: places in per cent of the width, computed once for report and front page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScaleChart:
    """A scaled score with its 68 % band and the pass mark, all in scaled points."""

    minimum: int
    passing: int
    maximum: int
    scaled: int
    band_lo: int
    band_hi: int

    def _at(self, points: int) -> float:
        return round(100 * (points - self.minimum) / (self.maximum - self.minimum), 2)

    @property
    def ticks(self) -> list[float]:
        """The hundreds of the scale."""
        return [self._at(points) for points in range(self.minimum, self.maximum + 1, 100)]

    @property
    def score_at(self) -> float:
        return self._at(self.scaled)

    @property
    def pass_at(self) -> float:
        return self._at(self.passing)

    @property
    def band_at(self) -> float:
        return self._at(self.band_lo)

    @property
    def band_width(self) -> float:
        return round(self._at(self.band_hi) - self._at(self.band_lo), 2)

    @property
    def right_half(self) -> bool:
        """The label of a dot in the right half ends at the dot, or it would leave the page."""
        return self.score_at > 50
