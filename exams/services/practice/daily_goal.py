"""Count what was answered today beside the number of questions a day that a candidate has chosen for an exam."""

import math
from collections.abc import Collection
from datetime import datetime, tzinfo

from django.db.models import Q
from django.db.models.functions import Coalesce

from exams.models import Response, StudyGoal
from exams.psychometrics.quiz_order import DUE_SHARE
from exams.psychometrics.study_plan import QUESTIONS_A_TOPIC
from exams.services.practice.study_days import day_start
from questions.models import Blueprint

TODAY_SIZE, MAX_TODAY_SIZE = 20, 40  # questions, unless the daily goal is another number
ROUND_SIZE = 10


def todays_size(goal: StudyGoal, topics: int = 0) -> int:
    """Return how many questions a day has for a candidate with this goal.

    Without a number of one's choice, these are enough for the `topics` that the plan has for a day, within bounds.
    """
    if goal.daily_questions:
        return goal.daily_questions
    wanted = math.ceil(topics * QUESTIONS_A_TOPIC / (1 - 1 / DUE_SHARE) / ROUND_SIZE) * ROUND_SIZE
    return min(MAX_TODAY_SIZE, max(TODAY_SIZE, wanted))


def answered_today(exam: str, candidates: Collection[int], now: datetime, zone: tzinfo | None = None) -> int:
    """Return how many questions were answered since midnight in the zone, in exams with this syllabus: one query.

    `candidates` are the candidate and the guest of the same browser. Questions of exams count as those of practice do.
    """
    midnight = day_start(now, zone)
    of_today = Q(attempt__submitted_at=None) | Q(attempt__submitted_at__gte=midnight)  # few of a long history
    answered = Response.objects.annotate(answered_at=Coalesce("revealed_at", "saved_at")).filter(
        of_today,
        attempt__candidate__in=candidates,
        attempt__blueprint_code__in=Blueprint.objects.with_syllabus(exam).order_by().values("code"),
        ticked__gt=0,
        answered_at__gte=midnight,
    )
    return answered.count()
