"""Find mistakes: questions answered wrong, in an exam or in practice, until they are mastered."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.utils import timezone

from exams.models import Candidate
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.selection import allowed
from exams.services.progress.answers import Answer, past_answers
from questions.models import Blueprint

MASTERED_DAYS = 2  # different days with a right answer since the last wrong one


def open_mistakes(
    candidate: Candidate,
    blueprint: Blueprint,
    beside: Collection[int] = (),
    answers: Sequence[Answer] | None = None,
) -> list[int]:
    """Return the questions to practice as mistakes, the one answered longest ago first.

    Left out are questions that may not be asked now, as in `selection.allowed`. Four queries, two more while an exam is
    open, and two less with `answers`, all `past_answers` of the candidate.
    """
    past = past_answers(candidate.pk) if answers is None else answers
    return allowed(_not_mastered(past), practice_pool(blueprint), candidate, beside)


def _not_mastered(answers: Iterable[Answer]) -> list[int]:
    """Return the questions answered wrong and not right on two different days since."""
    last: dict[int, datetime] = {}
    right_since: dict[int, list[datetime]] = {}
    for answer in answers:
        if not answer.correct:
            right_since[answer.question] = []
        elif answer.question in right_since:
            right_since[answer.question].append(answer.at)
        last[answer.question] = answer.at
    mistakes = [question for question, moments in right_since.items() if not _on_enough_days(moments)]
    return sorted(mistakes, key=lambda question: last[question])


def _on_enough_days(moments: Collection[datetime]) -> bool:
    return len(moments) >= MASTERED_DAYS and len(set(map(timezone.localdate, moments))) >= MASTERED_DAYS
