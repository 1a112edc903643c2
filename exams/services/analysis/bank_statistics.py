"""Read the statistics of the whole bank for people: what they say about exams, and what is missing to say more.

This module writes nothing and imports no numpy: pages use it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db.models import Q

from exams.models import Attempt
from exams.psychometrics import scaling
from exams.psychometrics.drawing import EXPOSURE_LIMIT
from exams.psychometrics.item_flags import MAX_RATING_DISTANCE, MIN_N_FIT, MIN_N_FLAGS, MIN_N_KEY_CHECK, Flag
from exams.services.analysis import analysis_runs, scale_versions
from exams.services.attempt import active_scale, question_pool
from questions.content.schema import ASKABLE_STATUSES
from questions.content.worth import POINT
from questions.models import AnalysisRun, Blueprint, ItemStatistics, Question, ScaleVersion
from questions.models.question import rating_known
from questions.models.statistics import left_open
from questions.services.drawn_questions import of_syllabus

_LARGE_TEXTS = [f"current__{name}" for name in ("stem", "stem_html", "explanation", "explanation_html", "references")]


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """The statistics of the revision that exams use now. `rating` is None if the reader must not see it."""

    question: int
    code: str
    status: str
    revision: int
    rating: int | None
    n: int
    exposures: int
    p: float | None
    r: float | None
    upper_lower: float | None
    b: float | None
    se: float | None
    infit: float | None
    median_seconds: float | None
    omit: float | None
    not_reached: float | None
    flags: tuple[Flag, ...]
    worth: int = POINT

    @property
    def has_figures(self) -> bool:
        return self.n >= MIN_N_FLAGS

    @property
    def left_open(self) -> int:
        """How many of the n saw it and gave no answer."""
        return left_open(self.n, self.omit)

    @property
    def at_standard(self) -> int | None:
        """How many of 100 candidates at the standard answer correctly, as the answers say."""
        return scaling.percent_at_standard(self.b) if self.has_figures and self.b is not None else None

    @property
    def rating_distance(self) -> float | None:
        """How far the rating is from the answers, in logits; above 0, it is harder than rated."""
        if self.rating is None or self.b is None or not self.has_figures:
            return None
        return self.b - scaling.difficulty(self.rating)

    @property
    def rating_disagrees(self) -> bool:
        return abs(self.rating_distance or 0) > MAX_RATING_DISTANCE


@dataclass(frozen=True, slots=True)
class Stage:
    """What `responses` answers to a question allow: the `ready` of `of` questions that have them, the exams for all."""

    responses: int
    ready: int
    of: int
    exams: int


@dataclass(frozen=True, slots=True)
class BankStatistics:
    """The rows by code, the exams they come from, the last run, and the stages to come.

    `live` is the number of scored questions of the exam, `synthetic` whether the exams are simulated. `pilots` is the
    stage at which pilots are proposed; None if the exam asks none.
    """

    rows: tuple[QuestionRow, ...]
    synthetic: bool
    exams: int
    live: int
    run: AnalysisRun | None
    stages: tuple[Stage, ...]
    scale: Stage
    pilots: Stage | None

    @property
    def flagged(self) -> list[QuestionRow]:
        """The questions in use that have flags, the most urgent flag first."""
        order = list(Flag)
        rows = (row for row in self.rows if row.flags and row.status in ASKABLE_STATUSES)
        return sorted(rows, key=lambda row: (order.index(row.flags[0]), row.code))

    @property
    def rated(self) -> list[QuestionRow]:
        """The rows whose rating can be compared with the answers."""
        return [row for row in self.rows if row.rating_distance is not None]

    @property
    def exposed(self) -> list[tuple[QuestionRow, float]]:
        """The scored questions with the share of exams that contained them, the largest first."""
        rows = [row for row in self.rows if row.status == Question.Status.LIVE]
        shares = ((row, row.exposures / self.exams if self.exams else 0.0) for row in rows)
        return sorted(shares, key=lambda pair: (-pair[1], pair[0].code))

    @property
    def n_over_exposed(self) -> int:
        return sum(share > EXPOSURE_LIMIT for _row, share in self.exposed)


def bank_statistics(reader: int | None, exam: str) -> BankStatistics:
    """Return the statistics of an exam that this user may see.

    `exam` is the code of a syllabus. Without an answer of real candidates they are of simulated ones.
    """
    ours = of_syllabus(exam)
    of_exam = ItemStatistics.objects.filter(revision__question__in=Question.objects.filter(ours))
    synthetic = not of_exam.filter(synthetic=False).exists() and of_exam.exists()
    run = analysis_runs.last_finished(exam, synthetic=synthetic)
    rows = tuple(question_rows(reader, ours))
    exams = count_exams(exam, synthetic=synthetic, until=run.finished_at if run else None)
    blueprint = Blueprint.objects.of_syllabus(exam)
    items = question_pool.pool_for(blueprint).items if blueprint else ()
    answers = {row.question: row.n for row in rows}
    live = [answers.get(item.question, 0) for item in items if not item.pilot]
    pilots = [answers.get(item.question, 0) for item in items if item.pilot]
    scored, unscored = (blueprint.exam.scored, blueprint.exam.unscored) if blueprint else (0, 0)
    return BankStatistics(
        rows=rows,
        synthetic=synthetic,
        exams=exams,
        live=len(live),
        run=run,
        stages=tuple(_stage(n, live, scored) for n in (MIN_N_KEY_CHECK, MIN_N_FLAGS, MIN_N_FIT)),
        scale=_stage(scale_versions.MIN_RESPONSES, live, scored),
        pilots=_stage(MIN_N_FIT, pilots, unscored) if pilots and unscored else None,
    )


def question_rows(reader: int | None, ours: Q) -> list[QuestionRow]:
    """Return those of these questions, as `of_syllabus` finds them, that have statistics, by code: one query."""
    rows = Question.objects.filter(ours, current__statistics__isnull=False).order_by("code")
    found = rows.annotate(is_rating_known=rating_known(reader)).select_related("current__statistics")
    return [
        _row(question)
        for question in found.defer("search_text", "base", "conflict", "current__statistics__curve", *_LARGE_TEXTS)
    ]


def _row(question: Any) -> QuestionRow:
    row = question.current.statistics
    return QuestionRow(
        question=question.pk,
        code=question.code,
        status=question.status,
        revision=question.current.number,
        rating=question.rating if question.is_rating_known else None,
        n=row.n,
        exposures=row.exposures,
        p=row.p,
        r=row.r,
        upper_lower=row.upper_lower,
        b=row.b,
        se=row.se,
        infit=row.infit,
        median_seconds=row.median_seconds,
        omit=row.omit,
        not_reached=row.not_reached,
        flags=tuple(flag for flag in Flag if flag.value in row.flags),
        worth=question.worth,
    )


def count_exams(exam: str, *, synthetic: bool = False, until: datetime | None = None) -> int:
    """Return the number of finished attempts at an exam, at the time of an analysis or now."""
    exams = Attempt.objects.finished_exams().of_exam(exam).filter(synthetic=synthetic)
    return (exams.filter(submitted_at__lte=until) if until else exams).count()


def _stage(responses: int, answers: Sequence[int], positions: int) -> Stage:
    """Return a stage of the questions with so many answers each, of which an exam has `positions`, all alike."""
    exams = ceil(responses * len(answers) / positions) if positions else 0
    return Stage(responses, sum(n >= responses for n in answers), len(answers), exams)


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """The scale and the last analysis of an exam, each None if there is none.

    `calibrated` of the `questions` that an exam draws from are on the scale. `reference_line` is the pass line of the
    reference form, in questions. `exams` counts finished exams.
    """

    exams: int
    questions: int
    calibrated: int
    scale: ScaleVersion | None
    reference_line: float | None
    run: AnalysisRun | None


def live_figures(blueprint: Blueprint) -> LiveFigures:
    """Return the figures for an exam: three queries beside those of its pool."""
    pool, exam = question_pool.pool_for(blueprint), blueprint.exam.syllabus_code
    scale = active_scale.find(exam, real=True)
    line = scaling.calibrated_line([item["b"] for item in scale.reference]).exact if scale else None
    runs = AnalysisRun.objects.filter(
        exam=exam, synthetic=False, finished_at__isnull=False, exams__gte=MIN_N_KEY_CHECK, reliability__isnull=False
    )
    return LiveFigures(
        exams=count_exams(exam),
        questions=len(pool.items),
        calibrated=pool.calibrated,
        scale=scale,
        reference_line=None if line is None else float(line),
        run=runs.first(),
    )
