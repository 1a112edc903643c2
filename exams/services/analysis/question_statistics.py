"""Read the statistics of a question for people: what its number of answers allows to say. This module writes nothing.

With few answers, shares and correlations are chance. Below MIN_N_KEY_CHECK there are counts only, up to MIN_N_FLAGS
shares of the options and the check of the key, from there on everything but fit and promotion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from exams.psychometrics import scaling
from exams.psychometrics.item_curve import AbilityGroup, merge
from exams.psychometrics.item_flags import MIN_N_FIT, MIN_N_FLAGS, MIN_N_KEY_CHECK, Flag
from exams.psychometrics.precision import Interval, wilson
from exams.services.attempt.effective_keys import EffectiveKey, effective_key
from questions.models import ItemStatistics, Option, OptionStatistics, Question, Revision

Z = 1.959963984540054  # a 95% interval


@dataclass(frozen=True, slots=True)
class OptionAnswers:
    """An option, and who chose it: a count, the share, the shares by third of ability, and r. None: not to be said."""

    option: Option
    is_key: bool
    count: int
    share: float | None = None
    low: float | None = None
    mid: float | None = None
    high: float | None = None
    r: float | None = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A group of candidates: its share of right answers with a 95% interval, and the share that the model expects."""

    group: AbilityGroup
    share: float
    interval: Interval
    expected: float


@dataclass(frozen=True, slots=True)
class AtStandard:
    """How many of 100 candidates at the standard answer correctly, by the answers, with a 95% interval in percent."""

    percent: int
    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class RevisionStatistics:
    """One revision with its answers. `effective` is what counts now; `row` is None before the first analysis."""

    revision: Revision
    effective: EffectiveKey
    row: ItemStatistics | None
    options: tuple[OptionAnswers, ...]

    @property
    def n(self) -> int:
        return self.row.n if self.row else 0

    @property
    def has_shares(self) -> bool:
        return self.n >= MIN_N_KEY_CHECK

    @property
    def has_figures(self) -> bool:
        return self.n >= MIN_N_FLAGS

    @property
    def has_fit(self) -> bool:
        return self.n >= MIN_N_FIT

    @property
    def next_step(self) -> int | None:
        """The number of answers at which more can be said; None if all is said."""
        return next((n for n in (MIN_N_KEY_CHECK, MIN_N_FLAGS, MIN_N_FIT) if self.n < n), None)

    @property
    def right(self) -> int:
        """The number of candidates who answered correctly."""
        return round((self.row.p or 0) * self.n) if self.row else 0

    @property
    def p_interval(self) -> Interval | None:
        return wilson(self.right, self.n, Z) if self.has_figures else None

    @property
    def at_standard(self) -> AtStandard | None:
        if not self.row or not self.has_figures or self.row.b is None or self.row.se is None:
            return None
        b, reach = self.row.b, Z * self.row.se
        return AtStandard(*(scaling.percent_at_standard(value) for value in (b, b + reach, b - reach)))

    @property
    def curve(self) -> list[CurvePoint]:
        """The groups of candidates, the weakest first; none without enough answers."""
        row = self.row
        if not row or not self.has_figures or row.b is None:
            return []
        groups = merge([AbilityGroup(*group) for group in row.curve])
        return [
            CurvePoint(
                group, group.right / group.n, wilson(group.right, group.n, Z), scaling.chance(group.ability, row.b)
            )
            for group in groups
        ]

    @property
    def flags(self) -> tuple[Flag, ...]:
        return tuple(flag for flag in Flag if self.row and flag.value in self.row.flags)


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One published revision in the list of a question's revisions."""

    pk: int
    number: int
    published_at: datetime
    row: ItemStatistics | None

    @property
    def has_figures(self) -> bool:
        return self.row is not None and self.row.n >= MIN_N_FLAGS


def published_revisions(question: Question) -> list[RevisionRow]:
    """Return the published revisions of a question, the newest first, with their statistics: one query."""
    revisions = Revision.objects.filter(question=question, published_at__isnull=False).order_by("-number")
    rows = revisions.select_related("statistics").defer("stem_html", "explanation", "explanation_html", "references")
    return [
        RevisionRow(row.pk, row.number, row.published_at, getattr(row, "statistics", None))
        for row in rows
        if row.published_at
    ]


def revision_statistics(revision: int) -> RevisionStatistics:
    """Return what the answers to a published revision say: five queries."""
    rows = Revision.objects.select_related("question").prefetch_related(
        Prefetch("options", Option.objects.order_by("ordinal"))
    )
    found = rows.get(pk=revision)
    counts = OptionStatistics.objects.order_by("bit")
    row = ItemStatistics.objects.filter(revision=found).prefetch_related(Prefetch("options", counts)).first()
    effective = effective_key(found)
    options = tuple(_options(found, effective.key | effective.also, row))
    return RevisionStatistics(found, effective, row, options)


def _options(revision: Revision, key: int, row: ItemStatistics | None) -> Sequence[OptionAnswers]:
    by_bit = {option.bit: option for option in row.options.all()} if row else {}
    n = row.n if row else 0
    answers = []
    for option in revision.options.all():
        is_key, chosen = bool(key >> option.bit & 1), by_bit.get(option.bit)
        if chosen is None:
            answers.append(OptionAnswers(option, is_key, 0))
        elif n < MIN_N_KEY_CHECK:
            answers.append(OptionAnswers(option, is_key, chosen.count))
        else:
            r = chosen.r if n >= MIN_N_FLAGS else None
            answers.append(
                OptionAnswers(option, is_key, chosen.count, chosen.count / n, chosen.low, chosen.mid, chosen.high, r)
            )
    return answers
