"""Read the answers of a candidate that count: what mastery, confidence, practice and repetition rest on."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from exams.models import Candidate
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results.missed import ANSWERED_AT, counted_responses
from questions.models import Revision


class Answer(NamedTuple):
    """One shown question with its answer. `revision` is the number of the wording; `ticked` is 0 without an answer."""

    question: int
    revision: int
    syllabus: str | None
    topic: int | None
    exam_domain: int
    rating: int
    ticked: int
    correct: bool
    confidence: int | None
    flagged: bool
    at: datetime


def past_answers(candidate: int, questions: Collection[int] | None = None) -> list[Answer]:
    """Return the answers of a candidate that count, to these questions if given, in their order: two queries."""
    responses = counted_responses([candidate])
    if questions is not None:
        responses = responses.filter(revision__question__in=questions)
    rows = list(
        responses.annotate(answered_at=ANSWERED_AT)
        .order_by("answered_at", "pk")
        .values_list("revision", "exam_domain", "rating", "ticked", "correct", "confidence", "flagged", "answered_at")
    )
    # Looked up once for each revision: joined to each response, this would take most of the time of the page.
    places: dict[int, list[Any]] = {
        revision: place
        for revision, *place in Revision.objects.filter(pk__in={row[0] for row in rows}).values_list(
            "pk", "question", "number", "question__exam_domain__exam", "question__topic"
        )
    }
    return [Answer(*places[revision], *answer) for revision, *answer in rows]


def disclosed_answers(
    candidate: Candidate, syllabus: str, beside: Collection[int] = (), answers: Sequence[Answer] | None = None
) -> list[Answer]:
    """Return the answers to questions of a syllabus, in their order; `answers` are the past ones, if they were read.

    Three queries, five while an exam is open: its questions and their enemies are left out, also those of the
    candidates `beside` (the guest of the same browser), because whether an earlier answer was right tells the key.
    """
    hidden = hidden_from([candidate.pk, *beside])
    past = past_answers(candidate.pk) if answers is None else answers
    return [answer for answer in past if answer.syllabus == syllabus and answer.question not in hidden]
