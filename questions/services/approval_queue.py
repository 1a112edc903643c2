"""The queue of reviewers, the longest waiting first, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min, Q, QuerySet

from questions.models import Question, Revision, User
from questions.services import authorship

MAX_LISTED = 100  # questions listed on the page; the others are only counted


@dataclass(frozen=True, slots=True)
class QueuedQuestion:
    """A question in review with the wording to judge; `is_own`: the reader has written at it."""

    question: Question
    revision: Revision
    is_own: bool


def queue() -> QuerySet[Question]:
    """Return all questions in review. `since` is when the wording was submitted, if known."""
    since = Min("revisions__submitted_at", filter=Q(revisions__published_at=None))
    return Question.objects.in_review().annotate(since=since).order_by(F("since").asc(nulls_last=True), "pk")


def waiting_since() -> datetime | None:
    """Return when the oldest wording in the queue was submitted; None if the queue is empty."""
    submitted = Revision.objects.filter(published_at=None, question__in=Question.objects.in_review().order_by())
    return submitted.aggregate(since=Min("submitted_at"))["since"]


def count_for(reader: User) -> int:
    """Return how many questions wait for this reader: her own only if she may approve them."""
    rows = Revision.objects.filter(published_at=None, question__in=Question.objects.in_review().order_by())
    waiting = list(rows.only("question_id", "number", "made_by_id"))
    own = set() if authorship.may_approve_own(reader) else authorship.written_by(reader, waiting)
    return len({revision.question_id for revision in waiting} - own)


def first(reader: User) -> list[QueuedQuestion]:
    """Return the first MAX_LISTED of the queue, without questions whose newest wording is published already."""
    questions = list(queue().select_related("exam_domain", "topic", "author")[:MAX_LISTED])
    newest = {
        revision.question_id: revision
        for revision in Revision.objects.filter(question__in=questions).order_by("question_id", "number")
    }
    own = authorship.written_by(reader, newest.values())
    return [
        QueuedQuestion(question, newest[question.pk], question.pk in own)
        for question in questions
        if question.pk in newest and newest[question.pk].published_at is None
    ]


def next_question(question: int, before: Sequence[QueuedQuestion], reader: User) -> int | None:
    """Return the key of the next question to review after this one, or None.

    The order is that of `before`, the queue before this question was judged; after its end it starts again.
    """
    keys = [row.question.pk for row in before]
    start = keys.index(question) + 1 if question in keys else 0
    own_too = authorship.may_approve_own(reader)
    remaining = [
        row.question.pk for row in first(reader) if (own_too or not row.is_own) and row.question.pk != question
    ]
    return next((key for key in keys[start:] + remaining if key in remaining), None)
