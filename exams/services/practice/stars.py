"""The writer of Star beside `study_state`: the questions that a candidate wants to come back to."""

from datetime import datetime

from exams.models import Candidate, Star
from questions.models import Question


def add(candidate: Candidate, question: Question, now: datetime) -> None:
    """Star a question. A question that has a star keeps it, with its date."""
    Star.objects.get_or_create(candidate=candidate, question=question, defaults={"created_at": now})


def remove(candidate: Candidate, question: Question) -> None:
    """Remove the star of a question, if it has one."""
    Star.objects.filter(candidate=candidate, question=question).delete()
