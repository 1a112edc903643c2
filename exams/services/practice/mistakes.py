"""Find the questions to practice as missed: those whose newest answer that counts is not right."""

from collections.abc import Iterable

from exams.services.progress.answers import Answer


def missed_questions(answers: Iterable[Answer]) -> list[int]:
    """Return the missed questions, the one answered longest ago first. `answers` are past ones, in their order."""
    newest: dict[int, bool] = {}
    for answer in answers:
        newest.pop(answer.question, None)  # so that the order is that of the newest answers
        newest[answer.question] = answer.correct
    return [question for question, correct in newest.items() if not correct]
