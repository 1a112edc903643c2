"""Read the answers of a candidate whose solutions are disclosed: what mastery and confidence rest on."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils import timezone

from exams.models import Attempt, Candidate, Mode, Response
from exams.models.attempt import FINISHED
from exams.services.attempt.assembly import questions_in_open_exams
from questions.models import Revision


class Answer(NamedTuple):
    """One shown question with its answer. `ticked` is 0 without an answer."""

    question: int
    topic: int | None
    exam_domain: int
    rating: int
    ticked: int
    correct: bool
    confidence: int | None


def disclosed_responses(candidate: int) -> models.QuerySet[Response]:
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


def disclosed_answers(candidate: Candidate, syllabus: str, beside: Collection[int] = ()) -> list[Answer]:
    """Return the answers to questions of a syllabus in the order in which the questions were shown.

    Three queries, five while an exam is open: its questions and their enemies are left out, also those of the
    candidates `beside` (the guest of the same browser), because whether an earlier answer was right tells the key.
    """
    rows = list(
        disclosed_responses(candidate.pk)
        .order_by("first_shown", "pk")
        .values_list("revision", "exam_domain", "rating", "ticked", "correct", "confidence")
    )
    # Looked up once for each revision: joined to each response, this would take most of the time of the page.
    places = {
        revision: (question, topic)
        for revision, question, topic in Revision.objects.filter(
            pk__in={row[0] for row in rows}, question__exam_domain__exam=syllabus
        ).values_list("pk", "question", "question__topic")
    }
    hidden = questions_in_open_exams([candidate.pk, *beside])
    return [
        Answer(*places[revision], *answer)
        for revision, *answer in rows
        if revision in places and places[revision][0] not in hidden
    ]
