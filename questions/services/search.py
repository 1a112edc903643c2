"""Finds questions by their code or their words, for a field in which others are named."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.utils.text import Truncator

from questions.models import Question, Revision

MOST = 20
SHOWN = 90  # characters of a stem


@dataclass(frozen=True, slots=True)
class Found:
    """A question as it is named elsewhere: by its code and the beginning of its newest stem."""

    pk: int
    code: str
    beginning: str


def named(codes: Collection[str]) -> list[Found]:
    """The questions with these codes, by code; a code that nobody has is left out."""
    return _read(Question.objects.filter(code__in=codes).order_by("code")) if codes else []


def find(typed: str, *, without: int = 0) -> list[Found]:
    """Up to MOST questions that are not retired and hold every word typed, those with such a code first."""
    words = typed.casefold().split()
    if not words:
        return []
    rows = Question.objects.exclude(status=Question.Status.RETIRED).exclude(pk=without)
    for word in words:
        rows = rows.filter(search_text__contains=word)
    by_code = Case(When(code__contains=words[0], then=Value(0)), default=Value(1))
    return _read(rows.order_by(by_code, "code")[:MOST])


def _read(rows: QuerySet[Question]) -> list[Found]:
    newest = Revision.objects.filter(question=OuterRef("pk")).order_by("-number").values("stem")[:1]
    found = rows.annotate(words=Subquery(newest)).values_list("pk", "code", F("words"))
    return [Found(pk, code, Truncator(" ".join((stem or "").split())).chars(SHOWN)) for pk, code, stem in found]
