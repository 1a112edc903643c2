"""Read the answers of a candidate whose solutions are disclosed: what mastery, confidence and repetition rest on."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from exams.models import Attempt, Candidate, Mode, Response
from exams.models.attempt import FINISHED
from exams.services.attempt.hidden_questions import hidden_from
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
    at: datetime


def past_answers(candidate: int, questions: Collection[int] | None = None) -> list[Answer]:
    """Return the disclosed answers of a candidate, to these questions if given, in their order: two queries."""
    responses = _disclosed_responses(candidate)
    if questions is not None:
        responses = responses.filter(revision__question__in=questions)
    rows = list(
        responses.annotate(answered_at=Coalesce("revealed_at", "saved_at", "first_shown"))
        .order_by("answered_at", "pk")
        .values_list("revision", "exam_domain", "rating", "ticked", "correct", "confidence", "answered_at")
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


def _disclosed_responses(candidate: int) -> models.QuerySet[Response]:
    """Return the responses to questions that were shown to a candidate and whose solutions are disclosed.

    Finished exams and practice count, and in open practice the questions whose solution is shown. A question left open
    counts in an exam, where it costs a point, but not in practice. Left out: exams ended without a score, and questions
    that a key ruling withdrew or credited to everybody.
    """
    in_class = Attempt.objects.filter(candidate=candidate, sitting__isnull=False)
    return Response.objects.filter(
        Q(attempt__status__in=FINISHED) | Q(revealed_at__isnull=False),
        Q(ticked__gt=0) | Q(attempt__mode=Mode.EXAM),
        # Of a class until its release nothing is known: a card or a mistake would tell what was wrong.
        Q(attempt__sitting=None) | Q(attempt__in=in_class.disclosed(timezone.now())),
        attempt__candidate=candidate,
        first_shown__isnull=False,
        withdrawn=False,
        credited=False,
    )
