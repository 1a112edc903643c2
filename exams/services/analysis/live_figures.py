"""Read what the page about scoring says of this installation: the scale in use, its answers, and the reliability.

Simulated exams are not among them.
"""

from dataclasses import dataclass

from exams.psychometrics import scaling
from exams.psychometrics.item_flags import MIN_N_KEY_CHECK
from exams.services.analysis.bank_statistics import count_exams
from exams.services.attempt import question_pool
from questions.models import AnalysisRun, Blueprint, ScaleVersion


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """The scale and the last analysis of real exams, each None if there is none.

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
    pool = question_pool.pool_for(blueprint)
    scale = question_pool.scale_in_use()
    line = scaling.calibrated_line([item["b"] for item in scale.reference]).exact if scale else None
    runs = AnalysisRun.objects.filter(
        synthetic=False, finished_at__isnull=False, exams__gte=MIN_N_KEY_CHECK, reliability__isnull=False
    )
    return LiveFigures(
        exams=count_exams(),
        questions=len(pool.items),
        calibrated=pool.calibrated,
        scale=scale,
        reference_line=None if line is None else float(line),
        run=runs.first(),
    )
