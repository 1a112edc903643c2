"""Read a finished attempt for its review."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from exams.models import Attempt, Response
from questions.models import Enemy, Option


def responses(attempt: Attempt) -> list[Response]:
    """Return all responses by position, with revision, question and topic: one query."""
    return list(
        Response.objects.filter(attempt=attempt).select_related("revision__question__topic").order_by("position")
    )


def options_by_revision(responses: list[Response]) -> dict[int, list[Option]]:
    """Return the options of these responses by revision, each with its revision set: one query."""
    options: dict[int, list[Option]] = defaultdict(list)
    revisions = {response.revision_id: response.revision for response in responses}
    for option in Option.objects.filter(revision_id__in=revisions):
        option.revision = revisions[option.revision_id]
        options[option.revision_id].append(option)
    return options


def questions_in_open_exams(candidates: Collection[int]) -> frozenset[int]:
    """Return keys of the questions in the open exams of these candidates, and of the enemies of those questions."""
    rows = Response.objects.filter(attempt__in=Attempt.objects.open_exams().filter(candidate__in=candidates))
    questions = set(rows.order_by().values_list("revision__question", flat=True))
    if not questions:
        return frozenset()
    pairs = Enemy.objects.filter(Q(low__in=questions) | Q(high__in=questions)).values_list("low", "high")
    return frozenset(questions.union(*pairs))


def matches(response: Response, show: str) -> bool:
    """Return whether the response matches a filter of the review. An exam domain is filtered by its number."""
    if show == "missed":
        return response.scored and not response.withdrawn and not response.correct
    if show == "wrong":
        return response.ticked != 0 and not response.correct
    if show == "unanswered":
        return response.ticked == 0
    if show == "flagged":
        return response.flagged
    if show == "unscored":
        return not response.scored
    return show == "all" or show == str(response.exam_domain)
