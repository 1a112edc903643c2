"""The findings of the lint on many questions, one page at a time, cached until a question of the page changes.

The whole bank is never linted during a request: it takes about a millisecond for each question. Near duplicates are
left out, because they need all texts; they are searched when a question is saved.
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.core.cache import cache
from django.db.models import Max, OuterRef, Q, Subquery

from questions.content.schema import ASKABLE_STATUSES
from questions.lint import Context, Finding, Severity, lint
from questions.models import History, Question
from questions.services import collections, stored_bank

PAGE_SIZE = 100  # questions linted together
MAX_NEW_PAGES = 3  # pages that one call of `errors` lints; the others have to be cached already
_CACHE_SECONDS = 24 * 3600

# Key, lock version and newest history entry of a question. The lock version does not cover waivers and points, but
# every change adds to the history.
type QuestionState = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class LintQueueRow:
    """A question with its findings that have to be fixed or waived, errors first."""

    pk: int
    code: str
    status: str
    findings: tuple[Finding, ...]

    @property
    def status_label(self) -> str:
        return str(Question.Status(self.status).label)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class LintPage:
    """The questions with findings among the questions number `first` to `last`; the next page starts after `after`."""

    first: int
    last: int
    rows: tuple[LintQueueRow, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class LintErrors:
    """Live and pilot questions with errors; `checked` of `total` are linted so far."""

    rows: tuple[LintQueueRow, ...]
    checked: int
    total: int


def page(after: int, today: datetime.date) -> LintPage:
    """Lint the first PAGE_SIZE questions in use after this key."""
    rows = Question.objects.exclude(status=Question.Status.RETIRED)
    newest = History.objects.filter(question=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    states = list(
        rows.filter(pk__gt=after).order_by("pk").values_list("pk", "lock_version", Subquery(newest))[: PAGE_SIZE + 1]
    )
    has_more, states = len(states) > PAGE_SIZE, states[:PAGE_SIZE]
    before = rows.filter(pk__lte=after).count() if after else 0
    [linted] = _lint_pages([states], today, max_new_pages=1)
    first = before + 1 if states else 0
    return LintPage(first, before + len(states), linted or (), states[-1][0] if has_more else None)


def errors(today: datetime.date, max_new_pages: int = MAX_NEW_PAGES) -> LintErrors:
    """Return the errors of live and pilot questions, as far as known. Lint up to `max_new_pages` unknown pages."""
    askable = Question.objects.filter(status__in=ASKABLE_STATUSES).order_by("pk")
    # The whole history is read once; an index lookup for each question takes three times as long with a large bank.
    states = list(askable.values_list("pk", "lock_version", Max("history")))
    # Pages are cut by key, so that a new or removed question leaves the other pages cached.
    pages = [list(page_states) for _, page_states in groupby(states, key=lambda state: state[0] // PAGE_SIZE)]
    results = _lint_pages(pages, today, max_new_pages)
    rows = [row for linted in results if linted for row in linted if row.errors]
    checked = sum(len(states) for states, linted in zip(pages, results, strict=True) if linted is not None)
    return LintErrors(tuple(rows), checked, len(states))


def _lint_pages(
    pages: Sequence[Sequence[QuestionState]], today: datetime.date, max_new_pages: int
) -> list[tuple[LintQueueRow, ...] | None]:
    """Return the findings of each page; None for pages that are not cached after `max_new_pages` were linted."""
    house = collections.state()
    keys = [_cache_key(states, today, house) for states in pages]
    cached = cache.get_many(keys)
    for key, states in zip(keys, pages, strict=True):
        if key not in cached and max_new_pages > 0:
            max_new_pages -= 1
            cached[key] = _lint([pk for pk, *_ in states], today)
            cache.set(key, cached[key], _CACHE_SECONDS)
    return [cached.get(key) for key in keys]


def _cache_key(states: Sequence[QuestionState], today: datetime.date, house: str) -> str:
    return "lint:" + hashlib.sha256(repr((today, tuple(states), house)).encode()).hexdigest()


def _lint(keys: Sequence[int], today: datetime.date) -> tuple[LintQueueRow, ...]:
    contexts: dict[tuple[str, bool, str], Context] = {}
    stored = list(stored_bank.questions(Q(pk__in=keys)))
    house = collections.rules_of(row.question.collection for row in stored)
    rows = []
    for row in stored:
        question = row.question
        exam, local, name = question.syllabus, question.origin == Question.Origin.LOCAL, question.collection
        kind = exam, local, name
        if kind not in contexts:
            contexts[kind] = Context(today, stored_bank.syllabus(exam), installed=local, house=house[name])
        findings = lint(row.content, contexts[kind])
        blocking = tuple(finding for finding in findings if finding.severity is not Severity.INFO)
        if blocking:
            rows.append(LintQueueRow(question.pk, question.code, question.status, blocking))
    return tuple(rows)
