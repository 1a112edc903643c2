"""Reads a finished attempt for its review: every question as it was seen, with what is known of it now."""

from collections import defaultdict

from exams.models import Attempt, Response
from questions.models import Option


def responses(attempt: Attempt) -> list[Response]:
    """All responses by position, with revision, question and topic: one query."""
    return list(
        Response.objects.filter(attempt=attempt).select_related("revision__question__topic").order_by("position")
    )


def options(shown: list[Response]) -> dict[int, list[Option]]:
    """The options of these responses by revision, each with its revision: one query, however many."""
    found: dict[int, list[Option]] = defaultdict(list)
    revisions = {response.revision_id: response.revision for response in shown}
    for option in Option.objects.filter(revision_id__in=revisions):
        option.revision = revisions[option.revision_id]
        found[option.revision_id].append(option)
    return found


def matches(response: Response, show: str) -> bool:
    """Does this response belong under this filter? An exam domain is named by its number."""
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
    if show.isdigit():
        return response.exam_domain == int(show)
    return True
