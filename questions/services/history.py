"""The only writer of History, the log of what was done to each question."""

import datetime
from collections.abc import Collection, Iterable
from typing import Any

from questions.models import History, Question, User
from questions.services.query_limits import ROWS_PER_QUERY


def record(
    question: Question, action: str, *, now: datetime.datetime, by: User | None, before: Any = None, after: Any = None
) -> None:
    """Append one entry to the history of a question."""
    record_all([History(question=question, at=now, by=by, action=action, before=before, after=after)])


def record_all(entries: Iterable[History]) -> None:
    """Append entries for any number of questions."""
    History.objects.bulk_create(entries, batch_size=ROWS_PER_QUERY)


def delete_for(questions: Collection[int]) -> None:
    """Delete the history of questions that an undone import deletes."""
    History.objects.filter(question__in=questions).delete()
