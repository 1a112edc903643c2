"""The chart of scores over time: x in percent of the width, y in pixels. Exams are evenly spaced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from exams.models import Attempt, Candidate
from exams.services.progress.trend import TrendPoint, scored_exams, trend
from exams.services.results.shown_scores import ShownScores
from questions.content.blueprint import Scale

MIN_TREND_EXAMS = 2  # results, for a chart outside of the page of progress
TOP, BOTTOM = 12, 198
HEIGHT, HEIGHT_WITH_CHANGES = 230, 254
LEFT, RIGHT = 5.0, 92.0  # leaves room for half a date on a phone
MAX_WITH_WORDS = 4  # exams; with more, the words would overlap where the chart has half a page, and changes are signs
MAX_WITH_SIGNS = 12  # with more, dots are small and changes are in the table only
MAX_DATES = 7
SIGNS = {"up": "▲", "down": "▼", "chance": "≈"}


@dataclass(frozen=True, slots=True)
class Dot:
    """An exam of the chart. `date` is None where the label would not fit."""

    x: float
    y: float
    band_y: float
    band_end: float
    repeats: bool
    date: datetime | None
    hidden_on_phones: bool


@dataclass(frozen=True, slots=True)
class Link:
    """The line between two reliable exams, and what its change means: chance, up or down."""

    x1: float
    y1: float
    x2: float
    y2: float
    direction: str

    @property
    def middle(self) -> float:
        return round((self.x1 + self.x2) / 2, 2)


@dataclass(frozen=True)
class TrendChart:
    """The geometry of the chart, and the exams it shows."""

    points: Sequence[TrendPoint]
    scale: Scale

    @cached_property
    def bottom(self) -> int:
        """The lowest score of the axis: a third of the scale is left out unless a band needs it."""
        lowest = self.scale.min + (self.scale.max - self.scale.min) // 3
        return self.scale.min if any(point.exam.band_lo < lowest for point in self.points) else lowest

    def _y(self, score: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (score - self.bottom) / (self.scale.max - self.bottom), 1)

    def _x(self, index: int) -> float:
        if len(self.points) == 1:
            return 50.0
        return round(LEFT + (RIGHT - LEFT) * index / (len(self.points) - 1), 2)

    @property
    def pass_y(self) -> float:
        return self._y(self.scale.passing)

    @property
    def grid(self) -> list[tuple[int, float]]:
        """The labeled scores with their lines, without the pass mark."""
        middle = round((self.bottom + self.scale.passing) / 200) * 100
        between = [middle] if self.bottom < middle < self.scale.passing else []
        return [(score, self._y(score)) for score in (self.bottom, *between, self.scale.max)]

    @property
    def compact(self) -> bool:
        return len(self.points) > MAX_WITH_SIGNS

    @property
    def words(self) -> bool:
        return len(self.points) <= MAX_WITH_WORDS

    @property
    def has_repeats(self) -> bool:
        return any(point.exam.unreliable for point in self.points)

    @property
    def height(self) -> int:
        return HEIGHT_WITH_CHANGES if self.links and not self.compact else HEIGHT

    @property
    def dots(self) -> list[Dot]:
        step = -(-len(self.points) // MAX_DATES)
        dots = []
        for index, point in enumerate(self.points):
            from_last = len(self.points) - 1 - index  # the last exam has a label
            labeled = from_last % step == 0
            dots.append(
                Dot(
                    x=self._x(index),
                    y=self._y(point.exam.scaled),
                    band_y=self._y(point.exam.band_hi),
                    band_end=self._y(point.exam.band_lo),
                    repeats=point.exam.unreliable,
                    date=point.exam.started_at if labeled else None,
                    hidden_on_phones=from_last // step % 2 == 1,
                )
            )
        return dots

    @property
    def marks(self) -> SafeString:
        """The lines with their changes and the dots with their bands and days, joined here for speed."""
        return mark_safe("\n".join([*_links(self), *_dots(self)]))

    @cached_property
    def links(self) -> list[Link]:
        reliable = [(index, point) for index, point in enumerate(self.points) if not point.exam.unreliable]
        return [
            Link(
                self._x(first),
                self._y(before.exam.scaled),
                self._x(second),
                self._y(after.exam.scaled),
                after.direction,
            )
            for (first, before), (second, after) in pairwise(reliable)
        ]


def _links(chart: TrendChart) -> Iterable[str]:
    words = {"chance": _("within chance")}
    other = _("more than chance")
    for link in chart.links:
        yield (
            f'<line class="link" x1="{link.x1}%" y1="{link.y1}" x2="{link.x2}%" y2="{link.y2}" stroke="currentColor"/>'
        )
        if not chart.compact:
            word = f' <tspan class="words">{words.get(link.direction, other)}</tspan>' if chart.words else ""
            yield _sign(link, word)


def _sign(link: Link, word: str) -> str:
    return f'<text class="change" x="{link.middle}%" y="248" text-anchor="middle">{SIGNS[link.direction]}{word}</text>'


def _dots(chart: TrendChart) -> Iterable[str]:
    large, small = ("3", "2.5") if chart.compact else ("5", "5")
    ink = 'fill="none" stroke="currentColor"/>'
    for dot in chart.dots:
        if dot.repeats:
            yield f'<circle class="repeat" cx="{dot.x}%" cy="{dot.y}" r="{large}" {ink}'
        else:
            yield (
                f'<line class="bar-line" x1="{dot.x}%" x2="{dot.x}%" y1="{dot.band_y}" y2="{dot.band_end}" '
                'stroke="currentColor"/>'
                f'<circle class="dot" cx="{dot.x}%" cy="{dot.y}" r="{small}" {ink}'
            )
        if dot.date:
            yield _day(dot)


def _day(dot: Dot) -> str:
    assert dot.date
    alternate = ' class="alt"' if dot.hidden_on_phones else ""
    day = date_format(localtime(dot.date), "MONTH_DAY_FORMAT")
    return f'<text{alternate} x="{dot.x}%" y="226" text-anchor="middle">{day}</text>'


def trend_to(candidate: Candidate, newest: Attempt, shown: ShownScores) -> TrendChart | None:
    """Return the chart of the exam that the candidate took last, None before there are two results of it."""
    blueprint = newest.form.blueprint
    exams = scored_exams(candidate, blueprint.code, shown, percent=blueprint.exam.is_percent)
    return TrendChart(trend(exams), blueprint.exam.scale) if len(exams) >= MIN_TREND_EXAMS else None
