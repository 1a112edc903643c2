"""Read what the answers say about pilots and about live questions that no longer measure; promote and drop pilots.

A human decides, with a reason in the history of the question.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from exams.psychometrics.item_flags import (
    MIN_N_FIT,
    Difficulty,
    Flag,
    ItemFigures,
    Obstacle,
    OptionFigures,
    promotion_obstacles,
)
from exams.services.attempt import active_scale
from exams.services.attempt.effective_keys import EffectiveKey, keys_in_force
from questions.models import Blueprint, ItemStatistics, OptionStatistics, Question, ScaleVersion
from questions.services import lifecycle
from questions.services.errors import EditConflictError, ReasonRequiredError

RETIREMENT_FLAGS = (Flag.KEY, Flag.LOW_R, Flag.TOO_EASY)  # of a question that measures nothing, from MIN_N_FIT on


@dataclass(frozen=True, slots=True)
class PilotRow:
    """A pilot and what keeps it from being proposed for promotion: nothing if `obstacles` is empty.

    `in_exams` is whether an exam draws such questions from its collection.
    """

    question: Question
    row: ItemStatistics | None
    obstacles: tuple[Obstacle, ...]
    in_exams: bool

    @property
    def n(self) -> int:
        return self.row.n if self.row else 0

    @property
    def is_proposed(self) -> bool:
        return not self.obstacles


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A question whose difficulty has changed: b on the scale and b by the newest answers, in logits."""

    question: Question
    scale_b: float
    b: float
    n: int

    @property
    def change(self) -> float:
        return self.b - self.scale_b


@dataclass(frozen=True, slots=True)
class RetirementRow:
    """A live question that is proposed for retirement, and why."""

    question: Question
    row: ItemStatistics
    flags: tuple[Flag, ...]


def pilot_rows() -> list[PilotRow]:
    """Return all pilots: proposed ones, then those in exams, by number of answers. Four queries with rulings."""
    exams = [blueprint.exam for blueprint in Blueprint.objects.newest()]
    drawn = {(collection, kind) for exam in exams for collection in exam.collections for kind in exam.kinds}
    questions = list(_in_use(Question.Status.PILOT).prefetch_related("current__statistics__options"))
    keys = keys_in_force([question.current for question in questions if question.current])
    rows = []
    for question in questions:
        assert question.current is not None, "a constraint"
        key = keys[question.current.pk]
        row = getattr(question.current, "statistics", None)
        in_exams = (question.collection, question.current.kind) in drawn
        rows.append(PilotRow(question, row, _obstacles(row, key), in_exams))
    return sorted(rows, key=lambda row: (not row.is_proposed, not row.in_exams, -row.n, row.question.code))


def drift_rows() -> list[DriftRow]:
    """Return the live questions that have drifted from the scales of real exams, the most first."""
    scales = ScaleVersion.objects.filter(active=True, synthetic=False).values_list("pk", flat=True)
    fixed = active_scale.difficulties_on(*scales)
    if not fixed:
        return []
    rows = []
    for question, row in _flagged_live():
        b = fixed.get(row.revision_id)
        if Flag.DRIFT in row.flags and b is not None and row.b is not None:
            rows.append(DriftRow(question, b, row.b, row.n))
    return sorted(rows, key=lambda found: -abs(found.change))


def retirement_rows() -> list[RetirementRow]:
    """Return the live questions that measure nothing, as enough answers show. The most urgent come first."""
    rows = []
    for question, row in _flagged_live():
        flags = tuple(flag for flag in RETIREMENT_FLAGS if flag in row.flags)
        if flags and row.n >= MIN_N_FIT:
            rows.append(RetirementRow(question, row, flags))
    return sorted(rows, key=lambda found: (RETIREMENT_FLAGS.index(found.flags[0]), found.question.code))


def promote(question: int, lock_version: int, *, reason: str, by: Any, now: datetime) -> Question:
    """Let a pilot count from the next form on. Without a proposal it needs a reason. Raise RefusedError."""
    found = _pilot(question, lock_version)
    if not (found.is_proposed or reason.strip()):
        raise ReasonRequiredError(_("Say why this question should count before its answers propose it."))
    done = lifecycle.promote(found.question, now=now, by=by, reason=reason.strip(), evidence=_evidence(found))
    if not done:
        raise _changed()
    return found.question


def drop(question: int, lock_version: int, *, reason: str, by: Any, now: datetime) -> Question:
    """Retire a pilot for a reason. Raise RefusedError."""
    found = _pilot(question, lock_version)
    if not reason.strip():
        raise ReasonRequiredError(_("Say why this question is dropped."))
    if not lifecycle.retire([found.question], now=now, by=by, reason=reason.strip(), evidence=_evidence(found)):
        raise _changed()
    return found.question


def _pilot(question: int, lock_version: int) -> PilotRow:
    for found in pilot_rows():
        if found.question.pk == question and found.question.lock_version == lock_version:
            return found
    raise _changed()


def _changed() -> EditConflictError:
    return EditConflictError(_("Somebody else has changed this question since you opened the page. Look at it again."))


def _evidence(found: PilotRow) -> dict[str, Any]:
    """Return the figures on which a decision is based."""
    row = found.row
    figures = {name: getattr(row, name) for name in ("n", "p", "r", "b", "se", "infit", "synthetic")} if row else {}
    return figures | {"obstacles": [obstacle.value for obstacle in found.obstacles]}


def _in_use(status: str) -> QuerySet[Question]:
    rows = Question.objects.filter(status=status).select_related("current__statistics").order_by("code")
    columns = (
        "code",
        "status",
        "lock_version",
        "rating",
        "raters",
        "collection",
        "current__kind",
        "current__key",
        "current__accepted",
        "current__number",
    )
    return rows.only(
        *columns, *(f"current__statistics__{field.name}" for field in ItemStatistics._meta.concrete_fields)
    )


def _flagged_live() -> Iterator[tuple[Question, ItemStatistics]]:
    """Yield the live questions with flags: one query."""
    rows = _in_use(Question.Status.LIVE).filter(current__statistics__isnull=False)
    for question in rows.exclude(current__statistics__flags=[]):
        assert question.current is not None, "a constraint"
        yield question, question.current.statistics


def _obstacles(row: ItemStatistics | None, key: EffectiveKey) -> tuple[Obstacle, ...]:
    if row is None:
        return (Obstacle.N,)
    figures = ItemFigures(
        n=row.n,
        p=row.p,
        se=None,
        r=row.r,
        upper_lower=row.upper_lower,
        omit=row.omit,
        not_reached=row.not_reached,
        median_seconds=row.median_seconds,
        options=tuple(_option(option, row.n) for option in row.options.all()),
    )
    known = row.b is not None and row.se is not None
    difficulty = Difficulty(row.b or 0.0, row.se or 0.0, infit=row.infit) if known else None
    return promotion_obstacles(figures, key.key, difficulty, key.also)


def _option(option: OptionStatistics, n: int) -> OptionFigures:
    share = option.count / n if n else None
    return OptionFigures(option.bit, option.count, share, option.mean, option.r, option.low, option.mid, option.high)
