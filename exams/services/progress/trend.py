"""Read the scored exams of a candidate, and how the score changes from one to the next."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Max

from exams.models import Attempt, Candidate
from exams.psychometrics.readiness import ExamResult
from exams.services.results.history import MAX_EXAMS
from exams.services.results.report import is_hasty, is_hollow, is_repetitive, n_unanswered
from exams.services.results.shown_scores import ShownScores

SIGNIFICANT_Z = 1.96  # a difference of fewer standard errors is within chance


@dataclass(frozen=True, slots=True)
class ScoredExam:
    """A scored exam with the figures of its newest report. `key` is that of the attempt."""

    key: int
    uuid: UUID
    started_at: datetime
    submitted_at: datetime
    deadline: datetime
    questions: int  # scored or not
    predicted: float | None
    raw: int
    n: int
    pass_line: Decimal | None  # None in percent
    scaled: int
    band_lo: int
    band_hi: int
    pass_mark: int
    passed: bool
    repeats: int
    unanswered: int

    @property
    def hollow(self) -> bool:
        return is_hollow(self.unanswered, self.n)

    @property
    def repetitive(self) -> bool:
        return is_repetitive(self.repeats, self.n)

    @property
    def hasty(self) -> bool:
        return is_hasty(self.submitted_at - self.started_at, self.deadline - self.started_at, self.unanswered, self.n)

    @property
    def unreliable(self) -> bool:
        """Whether repeats, unanswered questions or haste leave the score out of the trend and of readiness."""
        return self.hollow or self.repetitive or self.hasty

    @property
    def result(self) -> ExamResult | None:
        return None if self.pass_line is None else ExamResult(self.raw, self.n, float(self.pass_line))

    @property
    def standard_error(self) -> float:
        """Half the 68% band: one standard error to each side."""
        return (self.band_hi - self.band_lo) / 2


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """An exam and, from the second reliable one on, the change since the reliable exam before it."""

    exam: ScoredExam
    change: int | None = None
    within_chance: bool | None = None

    @property
    def direction(self) -> str:
        """The change as one word: none, chance, up or down."""
        if self.change is None:
            return "none"
        if self.within_chance:
            return "chance"
        return "up" if self.change > 0 else "down"


def exam_codes(candidate: Candidate) -> list[str]:
    """Return the codes of the exams that the candidate has taken or practiced, the newest first: one query."""
    rows = Attempt.objects.filter(candidate=candidate).order_by().values_list("blueprint_code")
    return [code for code, _newest in rows.annotate(newest=Max("started_at")).order_by("-newest")]


def scored_exams(
    candidate: Candidate, blueprint_code: str, shown: ShownScores, *, percent: bool = False
) -> list[ScoredExam]:
    """Return the newest scored exams of a blueprint that may be shown, oldest first: one query.

    Only those that are scored in `percent`, or only equated ones: the two cannot be compared.
    """
    rows = (
        shown.reported_exams(candidate)
        .filter(blueprint_code=blueprint_code, report__pass_line__isnull=percent)
        .order_by("-started_at")
        .values_list(
            *("pk", "uuid", "started_at", "submitted_at", "deadline"),
            F("form__n_scored") + F("form__n_unscored"),
            "predicted",
            *("report__raw", "report__n", "report__pass_line", "report__scaled", "report__band_lo", "report__band_hi"),
            *("report__pass_mark", "report__passed", "report__repeats"),
            n_unanswered(),
        )
    )
    return [ScoredExam(*row) for row in reversed(rows[:MAX_EXAMS])]


def trend(exams: Sequence[ScoredExam]) -> list[TrendPoint]:
    """Return the points of the trend for exams in the order of time."""
    points = []
    before: ScoredExam | None = None
    for exam in exams:
        if exam.unreliable:
            points.append(TrendPoint(exam))
            continue
        if before is None:
            points.append(TrendPoint(exam))
        else:
            change = exam.scaled - before.scaled
            error = math.hypot(exam.standard_error, before.standard_error)
            points.append(TrendPoint(exam, change, abs(change) < SIGNIFICANT_Z * error))
        before = exam
    return points
