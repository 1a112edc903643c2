"""Find mistakes: questions answered wrong, in an exam or in practice, until they are mastered."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models.functions import Coalesce
from django.utils import timezone

from exams.models import Candidate
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.selection import allowed
from exams.services.progress.answers import disclosed_responses
from questions.models import Blueprint

MASTERED_DAYS = 2  # different days with a right answer since the last wrong one


def open_mistakes(candidate: Candidate, blueprint: Blueprint, beside: Collection[int] = ()) -> list[int]:
    """Return the questions to practice as mistakes, the one answered longest ago first.

    Left out are questions that may not be asked now, as in `selection.allowed`. Three queries, four while an exam is
    open.
    """
    return allowed(_not_mastered(candidate), practice_pool(blueprint), candidate, beside)


def _not_mastered(candidate: Candidate) -> list[int]:
    """Return the questions answered wrong and not right on two different days since: one query."""
    responses = disclosed_responses(candidate.pk)
    wrong = responses.filter(correct=False).order_by().values("revision__question")
    rows = (
        responses.filter(revision__question__in=wrong)
        .annotate(answered_at=Coalesce("revealed_at", "saved_at", "first_shown"))
        .order_by("answered_at", "pk")
        .values_list("revision__question", "correct", "answered_at")
    )
    last: dict[int, datetime] = {}
    days: dict[int, set[date]] = {}
    for question, correct, answered_at in rows:
        if not correct:
            days[question] = set()
        elif question in days:
            days[question].add(timezone.localdate(answered_at))
        last[question] = answered_at
    mistakes = [question for question, right_on in days.items() if len(right_on) < MASTERED_DAYS]
    return sorted(mistakes, key=lambda question: last[question])
