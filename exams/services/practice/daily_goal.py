"""Count what was answered today beside the number of questions a day that a candidate has chosen for an exam."""

from collections.abc import Collection
from datetime import datetime, tzinfo

from django.db.models import Q
from django.db.models.functions import Coalesce

from exams.models import Response
from exams.services.practice.study_days import day_start
from questions.models import Blueprint


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
