"""What the checks say of many questions: a page at a time, kept while none of its questions changes.

A whole bank is never looked through while somebody waits: about a millisecond a question. Near duplicates are left
out, for they need all texts at once; they are looked for when a question is saved.
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.core.cache import cache
from django.db.models import OuterRef, Q, QuerySet, Subquery

from questions.lint import Context, Finding, Severity, lint
from questions.models import History, Question
from questions.services import stored

PAGE = 100  # questions looked at together
FRESH = 3  # pages that `errors` looks at anew in one call; the others have to be known already
_KEPT = 24 * 3600  # seconds

type State = tuple[int, int, int | None]  # what a result hangs on: question, its lock_version, its newest history


@dataclass(frozen=True, slots=True)
class Checked:
    """A question with what has to be mended or waived, errors first."""

    pk: int
    code: str
    status: str
    found: tuple[Finding, ...]

    @property
    def state(self) -> str:
        """The status in words."""
        return str(Question.Status(self.status).label)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.found if each.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Page:
    """Questions number `first` to `last`, of them those with findings; `after` is where the next page goes on."""

    first: int
    last: int
    rows: tuple[Checked, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class Errors:
    """Questions that candidates meet and that break a rule; so far `checked` `of` all have been looked at."""

    rows: tuple[Checked, ...]
    checked: int
    of: int


def page(after: int, today: datetime.date) -> Page:
    """The questions that are not retired and come after this key, at most PAGE of them."""
    rows = Question.objects.exclude(status=Question.Status.RETIRED)
    states = _states(rows.filter(pk__gt=after), PAGE + 1)
    more, states = len(states) > PAGE, states[:PAGE]
    before = rows.filter(pk__lte=after).count() if after else 0
    [found] = _look([states], today, fresh=1)
    first = before + 1 if states else 0
    return Page(first, before + len(states), found or (), states[-1][0] if more else None)


def errors(today: datetime.date, fresh: int = FRESH) -> Errors:
    """Errors in what candidates meet, as far as it is known; looks at `fresh` unknown pages on the way."""
    asked = Question.objects.filter(status__in=[Question.Status.LIVE, Question.Status.PILOT])
    states = _states(asked)
    # Cut by the keys: when a question comes or goes, what is known of the others stays known.
    pages = [list(some) for _, some in groupby(states, key=lambda state: state[0] // PAGE)]
    results = _look(pages, today, fresh)
    rows = [row for found in results if found for row in found if row.errors]
    checked = sum(len(page) for page, found in zip(pages, results, strict=True) if found is not None)
    return Errors(tuple(rows), checked, len(states))


def _states(rows: QuerySet[Question], most: int | None = None) -> list[State]:
    # lock_version alone says nothing of waivers and points; whatever is done to a question leaves a history.
    newest = History.objects.filter(question=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return list(rows.order_by("pk").values_list("pk", "lock_version", Subquery(newest))[:most])


def _look(pages: Sequence[Sequence[State]], today: datetime.date, fresh: int) -> list[tuple[Checked, ...] | None]:
    """The findings of each page; None where nothing is known and `fresh` pages have been looked at already."""
    keys = [_key(page, today) for page in pages]
    known = cache.get_many(keys)
    for key, states in zip(keys, pages, strict=True):
        if key not in known and fresh > 0:
            fresh -= 1
            known[key] = _check([pk for pk, *_ in states], today)
            cache.set(key, known[key], _KEPT)
    return [known.get(key) for key in keys]


def _key(states: Sequence[State], today: datetime.date) -> str:
    return "lint:" + hashlib.sha256(repr((today, tuple(states))).encode()).hexdigest()


def _check(keys: Sequence[int], today: datetime.date) -> tuple[Checked, ...]:
    contexts: dict[tuple[str, bool], Context] = {}
    rows = []
    for each in stored.questions(Q(pk__in=keys)):
        kind = exam, local = each.question.exam_domain.exam, each.question.origin == Question.Origin.LOCAL
        if kind not in contexts:
            contexts[kind] = Context(today, stored.syllabus(exam), installed=local)
        found = tuple(f for f in lint(each.draft, contexts[kind]) if f.severity is not Severity.INFO)
        if found:
            rows.append(Checked(each.question.pk, each.draft.id, each.question.status, found))
    return tuple(rows)
