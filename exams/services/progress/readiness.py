"""Read what the prediction of the next exam rests on, and how earlier predictions came true."""

from collections.abc import Sequence
from fractions import Fraction

from django.db.models import Count, Q
from django.utils import timezone

from exams.models import Attempt, Candidate
from exams.psychometrics.readiness import (
    MAX_EXAMS,
    PREDICTIONS_FOR_RECORD,
    ExamResult,
    RecordBin,
    chance_to_pass,
    record,
)
from exams.psychometrics.scaling import PassLine
from exams.services.attempt.disclosures import unseen
from exams.services.attempt.hidden_questions import held_since
from exams.services.progress.trend import ScoredExam
from exams.services.results.report import reliable
from exams.services.results.shown_scores import ShownScores

MAX_PREDICTIONS = 1000  # the newest of a blueprint in this installation


def past_results(candidate: Candidate, blueprint_code: str, shown: ShownScores) -> list[ExamResult]:
    """Return the newest reliable results of a blueprint, newest first, for the prediction at a start: one query.

    The prediction is stored, and can be downloaded: a score that may not be shown is no part of it.
    """
    rows = (
        reliable(shown.reported_exams(candidate).filter(blueprint_code=blueprint_code, report__pass_line__isnull=False))
        .order_by("-started_at")
        .values_list("report__raw", "report__n", "report__pass_line")[:MAX_EXAMS]
    )
    return [ExamResult(raw, n, float(pass_line)) for raw, n, pass_line in rows if pass_line is not None]


def readiness(exams: Sequence[ScoredExam]) -> float | None:
    """Return the chance of passing another exam like the newest of these, oldest first; None without a reliable one.

    Exams that are scored in percent have no pass line, and say nothing about it.
    """
    counting = [
        (exam, exam.result, exam.pass_line)
        for exam in reversed(exams)
        if not exam.unreliable and exam.result and exam.pass_line
    ]
    if not counting:
        return None
    newest, result, pass_line = counting[0]
    form = PassLine(Fraction(pass_line), (result.difficulty,) * newest.n)
    return chance_to_pass([result for _exam, result, _line in counting], form)


def prediction_record(blueprint_code: str) -> list[RecordBin]:
    """Return how the newest predictions for a blueprint came true here: three queries. Empty while there are too few.

    One more passed exam would tell who passed it. So left out are exams of a class until its answers are open, those
    that can be reopened as long as nobody opens their report, and those handed in since a class holds back its paper.
    """
    now = timezone.now()
    predicted = Attempt.objects.scored_exams().filter(predicted__isnull=False, blueprint_code=blueprint_code)
    # To build a condition takes Django longer than to look whether there is anything it is about.
    found = predicted.aggregate(
        n=Count("pk"), in_class=Count("sitting"), by_time=Count("pk", filter=Q(closed_by=Attempt.ClosedBy.TIME))
    )
    if found["n"] < PREDICTIONS_FOR_RECORD:
        return []
    exams = predicted.disclosed(now) if found["in_class"] else predicted.filter(sitting=None)
    if found["by_time"]:
        exams = exams.exclude(pk__in=unseen(predicted, now).order_by().values("pk"))
    else:
        exams = exams.exclude(closed_by=Attempt.ClosedBy.TIME)
    if since := held_since(now):
        exams = exams.filter(submitted_at__lt=since)
    rows = reliable(exams).order_by("-pk").values_list("predicted", "report__passed")
    predictions = [(predicted or 0.0, passed) for predicted, passed in rows[:MAX_PREDICTIONS]]
    return record(predictions) if len(predictions) >= PREDICTIONS_FOR_RECORD else []
