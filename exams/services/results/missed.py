"""What counts as an answer, and with it as missed, wrong, right or seen: one definition for all pages.

A question counts if it was answered, in an exam also if it was shown and left open, and if its solution is disclosed:
the attempt is finished, or the solution was revealed. Left out are exams ended without a score, exams of a class until
their release, and questions that a key ruling withdrew or credited to everybody. A question is missed if the newest
response that counts is not right.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from exams.models import Attempt, Mode, Response
from exams.models.attempt import FINISHED
from exams.services.results.review import REVISION_TEXTS

# Of one response, whatever attempt it is in. What was only leafed through in practice says nothing.
IS_ANSWERED = Q(ticked__gt=0) | Q(attempt__mode=Mode.EXAM, first_shown__isnull=False)
ANSWERED_AT = Coalesce("revealed_at", "saved_at", "first_shown", "attempt__submitted_at")


def answered_at(response: Response, submitted_at: datetime | None) -> datetime | None:
    """Return the same of a response whose attempt was submitted then."""
    return response.revealed_at or response.saved_at or response.first_shown or submitted_at


def is_missed(response: Response, mode: str) -> bool:
    """Return whether a response of a finished attempt of this mode is not right, and counts."""
    is_answered = response.ticked != 0 or (mode == Mode.EXAM and response.first_shown is not None)
    return is_answered and not (response.correct or response.withdrawn or response.credited)


def counted_responses(candidates: Collection[int]) -> QuerySet[Response]:
    """Return the responses of candidates that count, in no order: those of the newest MAX_STUDIED_ATTEMPTS."""
    in_class = Attempt.objects.filter(candidate__in=candidates, sitting__isnull=False)
    return Response.objects.order_by().filter(
        Q(attempt__status__in=FINISHED) | Q(revealed_at__isnull=False),
        IS_ANSWERED,
        # Of a class until its release nothing is known: a card or a mistake would tell what was wrong.
        Q(attempt__sitting=None) | Q(attempt__in=in_class.disclosed(timezone.now())),
        attempt__in=Attempt.objects.studied(candidates).values("pk"),
        withdrawn=False,
        credited=False,
    )


def newest_answers(candidates: Collection[int]) -> QuerySet[Response]:
    """Return the newest response to each question that counts, in no order.

    Filter the result by fields of the question only: other conditions would apply before the newest is chosen.
    """
    newest_first = Window(
        RowNumber(), partition_by=F("revision__question"), order_by=[ANSWERED_AT.desc(), F("pk").desc()]
    )
    return counted_responses(candidates).annotate(place=newest_first).filter(place=1)


def missed_responses(candidates: Collection[int], but: Collection[str] = ()) -> list[Response]:
    """Return the newest response to each missed question, newest first.

    Each has its attempt, and its revision without texts. `but` are exams, by code, whose responses are left out. Four
    queries at most; the caller leaves out what may not be disclosed now.
    """
    columns = ("pk", "at", "correct", "attempt__blueprint_code")
    newest = newest_answers(candidates).annotate(at=ANSWERED_AT).values_list(*columns)
    missed = {pk: at for pk, at, correct, exam in newest if not correct and exam not in but}
    responses = list(Response.objects.filter(pk__in=missed).select_related("revision").defer(*REVISION_TEXTS))
    attempts = Attempt.objects.select_related("form__blueprint").in_bulk({row.attempt_id for row in responses})
    for response in responses:
        response.attempt = attempts[response.attempt_id]
    return sorted(responses, key=lambda row: (missed[row.pk], -row.position), reverse=True)
