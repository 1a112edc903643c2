"""The only writer of Question. Every change of a question bumps its lock version, so that open editors notice it.

A rating alone does not: it changes nothing that an editor shows.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from questions.content.parts import FACTS
from questions.content.schema import ASKABLE_STATUSES
from questions.models import Question, Revision, User
from questions.services.bank_version import raise_bank_version
from questions.services.errors import QuestionDeletedError, RefusedError
from questions.services.history import record
from questions.services.query_limits import ROWS_PER_BULK_UPDATE, ROWS_PER_QUERY

_RECORDED = ("code", "status", "exam_domain", "topic", "rating", "raters", *FACTS, "author")
_FILE_FIELDS = (
    "exam_domain", "topic", "rating", *FACTS, "search_text", "base", "base_sha", "conflict", "lock_version",
)  # fmt: skip


@transaction.atomic
def save_facts(question: Question, *, now: datetime.datetime, by: User | None) -> None:
    """Save the facts with history, if they changed. Create the question if it is unsaved.

    Raises RefusedError for a live or pilot question without a published wording.
    """
    stored = Question.objects.select_for_update().get(pk=question.pk) if question.pk else None
    if question.status in ASKABLE_STATUSES and question.current_id is None:
        raise RefusedError(_("A live or pilot question needs a published revision. Publish a revision first."))
    before = _facts(stored) if stored else {}
    question.lock_version = stored.lock_version + 1 if stored else 0
    question.search_text = question.search_text or question.code
    question.save()
    after = _facts(question)
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        old = {name: before[name] for name in changed} if stored else None
        new = {name: after[name] for name in changed}
        record(question, "edited" if stored else "created", now=now, by=by, before=old, after=new)
        raise_bank_version()


def _facts(question: Question) -> dict[str, Any]:
    values = {name: getattr(question, name) for name in _RECORDED}
    return {name: value if value is None or isinstance(value, list) else str(value) for name, value in values.items()}


def lock_by_key(keys: Collection[int]) -> dict[int, Question]:
    """Lock questions in one order, or two users would deadlock, and return them by key.

    Raises QuestionDeletedError if one of them was deleted. An undo that runs at the same time sees what the caller
    writes, and keeps the question, or makes it wait and deletes the question first.
    """
    rows = {row.pk: row for row in Question.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if len(rows) < len(set(keys)):
        raise QuestionDeletedError
    return rows


def lock(questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    """Lock the rows. Return the questions that are as they were read, and those changed or rated since."""
    rows = Question.objects.select_for_update().filter(pk__in=[question.pk for question in questions]).order_by("pk")
    stored = {pk: state for pk, *state in rows.values_list("pk", "lock_version", "rating", "raters")}
    unchanged: list[Question] = []
    changed: list[Question] = []
    for question in questions:
        same = stored.get(question.pk) == [question.lock_version, question.rating, question.raters]
        (unchanged if same else changed).append(question)
    return unchanged, changed


def claim(question: Question) -> bool:
    """Bump the lock version if the question is still as it was read. Return whether this call did it.

    A rating does not bump the lock version, but must not be overwritten either.
    """
    state = {"lock_version": question.lock_version, "rating": question.rating, "raters": question.raters}
    return Question.objects.filter(pk=question.pk, **state).update(lock_version=F("lock_version") + 1) == 1


def touch(questions: Collection[int]) -> None:
    """Bump the lock version, after a change of rows that belong to these questions."""
    update(questions)


def update(questions: Collection[int], **values: Any) -> None:
    """Set columns of these questions, and bump the lock version."""
    Question.objects.filter(pk__in=questions).update(lock_version=F("lock_version") + 1, **values)


def set_status(questions: Collection[int], status: str, *, only: str) -> None:
    """Set the status of those questions that have the status `only`."""
    Question.objects.filter(pk__in=questions, status=only).update(status=status)


def set_ratings(ratings: Mapping[tuple[int | None, int], Collection[int]]) -> None:
    """Set rating and number of raters; `ratings` gives the questions for each such pair."""
    for (rating, raters), questions in ratings.items():
        Question.objects.filter(pk__in=questions).update(rating=rating, raters=raters)


def set_search_texts(texts: Mapping[int, str]) -> None:
    """Set the search text of each question where it differs."""
    for question, text in texts.items():
        Question.objects.filter(~Q(search_text=text), pk=question).update(search_text=text)


def set_current(questions: Collection[int], revisions: Collection[int], status: str | None = None) -> None:
    """Make these revisions, one of each question, the published wordings; optionally set the status as well."""
    own = Revision.objects.filter(pk__in=revisions, question=OuterRef("pk")).values("pk")[:1]
    update(questions, current=Subquery(own), **({"status": status} if status else {}))


def insert(questions: Iterable[Question]) -> None:
    """Insert new questions as drafts: without a published wording a question cannot be live."""
    rows = list(questions)
    for question in rows:
        question.status = Question.Status.DRAFT
    Question.objects.bulk_create(rows, batch_size=ROWS_PER_QUERY)


def update_from_file(questions: Iterable[Question]) -> None:
    """Save the facts that a file gives, set on these rows. The caller raises their lock version."""
    Question.objects.bulk_update(questions, _FILE_FIELDS, batch_size=ROWS_PER_BULK_UPDATE)


def update_bases(questions: Iterable[Question]) -> None:
    """Save what the last loaded files of these questions said. The caller raises their lock version."""
    Question.objects.bulk_update(questions, ["base", "base_sha"], batch_size=ROWS_PER_BULK_UPDATE)


def make_newest_current(questions: Collection[int]) -> list[int]:
    """Make the newest wording of each question its current one. Return the keys of these revisions."""
    newest = Subquery(Revision.objects.filter(question=OuterRef("pk")).order_by("-number").values("pk")[:1])
    Question.objects.filter(pk__in=questions).update(current=newest)
    return list(Question.objects.filter(pk__in=questions).values_list("current", flat=True))


def set_file_status(questions: Iterable[int], status: str) -> None:
    """Set the status that files give these questions."""
    for batch in batched(questions, ROWS_PER_QUERY):
        Question.objects.filter(pk__in=batch).update(status=status)


def delete(questions: Collection[int]) -> None:
    """Delete questions whose revisions and history are deleted already."""
    Question.objects.filter(pk__in=questions).delete()
