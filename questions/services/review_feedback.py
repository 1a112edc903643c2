"""What reviewers said when they gave a wording back: the author mends it, so she has to read it where she writes."""

from collections.abc import Iterable
from itertools import takewhile

from questions.models import History, Question

_ENDS = ("submitted", "taken back", "approved", "published")  # with these a review begins or is over
_SAID = ("sent back", "commented")


def words(question: Question) -> list[History]:
    """The send-back that stands and the comments of that review, as they came; empty once the wording goes on."""
    rows = question.history.filter(action__in=(*_ENDS, *_SAID)).select_related("by")
    said = list(takewhile(lambda row: row.action in _SAID, rows.iterator(chunk_size=50)))
    return said[::-1] if any(row.action == "sent back" for row in said) else []


def among(questions: Iterable[Question]) -> set[int]:
    """Keys of those that a reviewer gave back and that nobody has submitted since."""
    newest: dict[int, str] = {}
    rows = History.objects.filter(question__in=list(questions), action__in=("sent back", *_ENDS)).order_by("-at", "-pk")
    for question, action in rows.values_list("question", "action"):
        newest.setdefault(question, action)
    return {question for question, action in newest.items() if action == "sent back"}
