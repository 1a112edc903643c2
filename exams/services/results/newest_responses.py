"""Read the newest response of candidates to each question, of those whose solution they may see."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from exams.models import Attempt, Response
from exams.models.response import DISCLOSED
from exams.services.results.review import REVISION_TEXTS


def newest_disclosed_responses(candidates: Collection[int]) -> QuerySet[Response]:
    """Return the newest disclosed response to each question that was shown, in no order.

    A response without a solution yet changes nothing, and neither does one that a key ruling withdrew. Filter the
    result by fields of the question only: other conditions would apply before the newest is chosen.
    """
    newest_first = Window(
        RowNumber(), partition_by=F("revision__question"), order_by=[F("first_shown").desc(), F("pk").desc()]
    )
    responses = Response.objects.filter(
        DISCLOSED, attempt__candidate__in=candidates, first_shown__isnull=False, withdrawn=False
    )
    return responses.order_by().annotate(place=newest_first).filter(place=1)


def missed_responses(candidates: Collection[int], but: Collection[str] = ()) -> list[Response]:
    """Return the newest response to each question if it was wrong, newest first.

    Each has its attempt, and its revision without texts. Only questions that were shown count. A response without a
    solution yet (its attempt is open and it was not revealed) changes nothing. `but` are syllabuses whose questions are
    left out. Four queries at most; the caller leaves out what may not be disclosed now.
    """
    newest = newest_disclosed_responses(candidates).values_list("pk", "correct")
    if but:
        newest = newest.exclude(revision__question__exam_domain__exam__in=but)
    missed = [pk for pk, correct in newest if not correct]
    responses = list(Response.objects.filter(pk__in=missed).select_related("revision").defer(*REVISION_TEXTS))
    attempts = Attempt.objects.select_related("form__blueprint").in_bulk({row.attempt_id for row in responses})
    for response in responses:
        response.attempt = attempts[response.attempt_id]
    return sorted(responses, key=_shown, reverse=True)


def _shown(response: Response) -> tuple[datetime, int]:
    assert response.first_shown is not None
    return response.first_shown, -response.position
