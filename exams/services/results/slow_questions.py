"""The time that an attempt has for a question, and what counts as slow."""

from datetime import timedelta

from exams.models import Attempt

SLOW_FACTOR = 1.5  # a question is slow if it took longer than this many times its share of the time


def seconds_per_question(attempt: Attempt) -> float:
    """Return the time for one question: that of the attempt with extra time; untimed practice has that of an exam."""
    if not attempt.timed:
        exam = attempt.form.blueprint.exam
        return 60 * exam.minutes / exam.questions
    return share(attempt.deadline - attempt.started_at, attempt.form.n_questions)


def share(time: timedelta, questions: int) -> float:
    """Return the seconds for each of these questions."""
    return time.total_seconds() / questions


def slow_seconds(seconds_per_question: float) -> float:
    """Return the time from which on a question is slow."""
    return SLOW_FACTOR * seconds_per_question
