"""Read the questions that a candidate got wrong the last time, from all exams and practice."""

from collections.abc import Collection
from datetime import datetime

from exams.models import Attempt, Response
from exams.services.results.newest_responses import newest_disclosed_responses
from exams.services.results.review import REVISION_TEXTS


def missed_responses(candidates: Collection[int]) -> list[Response]:
    """Return the newest response to each question if it was wrong, newest first.

    Each has its attempt, and its revision without texts. Only questions that were shown count. A response without a
    solution yet (its attempt is open and it was not revealed) changes nothing. Four queries at most; the caller leaves
    out what may not be disclosed now.
    """
    newest = newest_disclosed_responses(candidates).values_list("pk", "correct")
    missed = [pk for pk, correct in newest if not correct]
    responses = list(Response.objects.filter(pk__in=missed).select_related("revision").defer(*REVISION_TEXTS))
    attempts = Attempt.objects.select_related("form__blueprint").in_bulk({row.attempt_id for row in responses})
    for response in responses:
        response.attempt = attempts[response.attempt_id]
    return sorted(responses, key=_shown, reverse=True)


def _shown(response: Response) -> tuple[datetime, int]:
    assert response.first_shown is not None
    return response.first_shown, -response.position
