"""What waits for a reviewer, the longest waiting first, and whose it is: a fixed number of queries for any number."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min, Q, QuerySet

from questions.models import Question, Revision, User
from questions.services import review

MOST = 100  # questions of which a page tells more than their number


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question in review with the wording to be judged; `mine`: the reader has written at it."""

    question: Question
    revision: Revision
    mine: bool


def in_order() -> QuerySet[Question]:
    """All questions in review; `since` is when the wording was submitted, where that is known."""
    since = Min("revisions__submitted_at", filter=Q(revisions__published_at=None))
    return Question.objects.in_review().annotate(since=since).order_by(F("since").asc(nulls_last=True), "pk")


def oldest() -> datetime | None:
    """Since when the one waits that waits longest; None when nothing waits."""
    submitted = Revision.objects.filter(published_at=None, question__in=Question.objects.in_review().order_by())
    return submitted.aggregate(since=Min("submitted_at"))["since"]


def first(reader: User) -> list[Waiting]:
    """The MOST that wait longest. A question whose newest wording is published already is left out."""
    questions = list(in_order().select_related("exam_domain", "topic", "author")[:MOST])
    newest = {each.question_id: each for each in _wordings(questions)}
    mine = review.written_by(reader, newest.values())
    return [
        Waiting(each, newest[each.pk], each.pk in mine)
        for each in questions
        if each.pk in newest and newest[each.pk].published_at is None
    ]


def following(question: int, before: list[Waiting], reader: User) -> int | None:
    """The next one to judge after this one in the order of `before`, from the start again at its end; None: no more."""
    keys = [each.question.pk for each in before]
    place = keys.index(question) + 1 if question in keys else 0
    left = [each.question.pk for each in first(reader) if not each.mine and each.question.pk != question]
    return next((key for key in keys[place:] + left if key in left), None)


def _wordings(questions: list[Question]) -> QuerySet[Revision]:
    return Revision.objects.filter(question__in=[each.pk for each in questions]).order_by("question_id", "number")
