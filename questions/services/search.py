"""Search questions by code or words, for fields that name other questions."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.utils.text import Truncator

from questions.models import Question, Revision

MAX_RESULTS = 20
MAX_STEM_CHARS = 90


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A question with its code and the beginning of its newest stem."""

    pk: int
    code: str
    beginning: str


def by_codes(codes: Collection[str]) -> list[SearchResult]:
    """Return the questions with these codes, by code. Unknown codes are left out."""
    return _results(Question.objects.filter(code__in=codes).order_by("code")) if codes else []


def search(typed: str, *, without: int = 0) -> list[SearchResult]:
    """Return up to MAX_RESULTS questions in use that contain every typed word, matching codes first."""
    terms = typed.casefold().split()
    if not terms:
        return []
    rows = Question.objects.exclude(status=Question.Status.RETIRED).exclude(pk=without)
    for term in terms:
        rows = rows.filter(search_text__contains=term)
    by_code = Case(When(code__contains=terms[0], then=Value(0)), default=Value(1))
    return _results(rows.order_by(by_code, "code")[:MAX_RESULTS])


def matching(typed: str, among: Collection[int]) -> set[int]:
    """Return the keys of those of these questions that contain every typed word."""
    found = Question.objects.order_by()
    for term in typed.casefold().split():
        found = found.filter(search_text__contains=term)
    return set(found.values_list("pk", flat=True)).intersection(among)


def _results(rows: QuerySet[Question]) -> list[SearchResult]:
    newest = Revision.objects.filter(question=OuterRef("pk")).order_by("-number").values("stem")[:1]
    values = rows.annotate(stem=Subquery(newest)).values_list("pk", "code", F("stem"))
    return [
        SearchResult(pk, code, Truncator(" ".join((stem or "").split())).chars(MAX_STEM_CHARS))
        for pk, code, stem in values
    ]
