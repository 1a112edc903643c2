"""Decide whether new questions start as pilots, and forecast how long a pilot takes."""

from datetime import datetime, timedelta

from exams.models import Attempt
from exams.psychometrics import quotas
from exams.services.attempt import question_pool
from questions.models import Blueprint, Question
from questions.services.drawn_questions import drawn_by

MIN_EXAMS_FOR_PILOTS = 500  # scored exams from which on new questions should start as pilots
RESPONSES_TO_DECIDE = 200  # of candidates to a pilot before its statistics decide
MIN_EXAMS_FOR_FORECAST = 5  # scored exams in the window
FORECAST_WINDOW = timedelta(days=30)


def count_scored_exams(exam: str) -> int:
    """Return the number of scored attempts at an exam, counted up to MIN_EXAMS_FOR_PILOTS."""
    return Attempt.objects.scored_exams().of_exam(exam)[:MIN_EXAMS_FOR_PILOTS].count()


def pilot_duration(question: Question, kind: str, now: datetime) -> timedelta | None:
    """Return how long this question needs for RESPONSES_TO_DECIDE responses as a pilot; None without a forecast.

    Each exam that draws the question has some unscored positions for the exam domain that draws it there, which its
    pilots share evenly.
    """
    n_exams, responses_per_day = 0, 0.0
    for blueprint in Blueprint.objects.newest():
        exam = blueprint.exam
        if question.collection not in exam.collections or kind not in exam.kinds:
            continue
        domain = drawn_by(blueprint).filter(pk=question.pk).values_list("drawn_for", flat=True).first()
        if domain is None:
            continue
        weights = {row.number: row.weight for row in exam.exam_domains}
        positions = quotas.split(exam.unscored, weights).get(domain, 0)
        pilots = [item for item in question_pool.pool_for(blueprint).items if item.pilot and item.domain == domain]
        n_other_pilots = sum(item.question != question.pk for item in pilots)
        n = (
            Attempt.objects.scored_exams()
            .filter(blueprint_code=blueprint.code, submitted_at__gte=now - FORECAST_WINDOW, submitted_at__lte=now)
            .count()
        )
        n_exams += n
        responses_per_day += n / FORECAST_WINDOW.days * min(1.0, positions / (n_other_pilots + 1))
    if n_exams < MIN_EXAMS_FOR_FORECAST or not responses_per_day:
        return None
    return timedelta(days=RESPONSES_TO_DECIDE / responses_per_day)
