"""The feedback of reviewers on wordings that were sent back, for the author's page."""

from collections.abc import Iterable
from itertools import takewhile

from questions.models import History, Question
from questions.models.question import REVIEW_DECISIONS

_REVIEW_BOUNDARIES = tuple(action for action in REVIEW_DECISIONS if action != "sent back")
_FEEDBACK = ("sent back", "commented")


def feedback(question: Question) -> list[History]:
    """Return the latest send-back and the comments of that review, oldest first; empty once it is submitted again."""
    rows = question.history.filter(action__in=(*_REVIEW_BOUNDARIES, *_FEEDBACK)).select_related("by")
    latest = list(takewhile(lambda row: row.action in _FEEDBACK, rows.iterator(chunk_size=50)))
    return latest[::-1] if any(row.action == "sent back" for row in latest) else []


def sent_back(questions: Iterable[Question]) -> set[int]:
    """Return keys of those questions that a reviewer sent back and that were not submitted since."""
    newest: dict[int, str] = {}
    rows = History.objects.filter(question__in=list(questions), action__in=("sent back", *_REVIEW_BOUNDARIES))
    for question, action in rows.order_by("-at", "-pk").values_list("question", "action"):
        newest.setdefault(question, action)
    return {question for question, action in newest.items() if action == "sent back"}
