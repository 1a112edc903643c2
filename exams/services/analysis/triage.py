"""List the questions to look at first, with the reason, the most urgent first, each question once.

Reasons, in this order: reports by candidates; the top third of candidates answered it incorrectly; it fails a
check; its facts are outdated. This module writes nothing.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from django.core.cache import cache
from django.db.models import Count, F, FloatField, Max, Q
from django.db.models.functions import Cast, Coalesce
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt, Response, ScoreReport
from questions.content.schema import ASKABLE_STATUSES
from questions.lint.summary import summary
from questions.models import Question, QuestionReport
from questions.services import lint_queue
from questions.services.bank_version import bank_version

MAX_RECENT_EXAMS = 1000  # scored exams, the newest, in which keys are checked
MIN_RESPONSES = 5  # to a question before its key is checked
_MAX_QUOTE_CHARS = 90
_CACHE_SECONDS = 600  # a key ruling changes responses some time after it increases the version of the bank


class TriageReason(StrEnum):
    """Why a question is on the list."""

    REPORTS = "reports"
    KEY = "key"
    CHECKS = "checks"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class TriageRow:
    """One question. `revision` is the one reported or answered, `n` the candidates who reported or answered it."""

    question: int
    code: str
    reason: TriageReason
    revision: int | None = None
    n: int = 0
    top: int = 0
    text: str = ""
    months: int = 0
    as_of: datetime.date | None = None

    @property
    def sentence(self) -> str:
        """Return the reason in one or two sentences."""
        match self.reason:
            case TriageReason.REPORTS:
                reporters = ngettext("%(n)d report", "%(n)d reports", self.n) % {"n": self.n}
                return f"{reporters}: “{Truncator(' '.join(self.text.split())).chars(_MAX_QUOTE_CHARS)}”"
            case TriageReason.KEY:
                sentence = _("The best %(top)d of the %(n)d candidates all answered incorrectly.")
                return sentence % {"top": self.top, "n": self.n}
            case TriageReason.CHECKS:
                return self.text
            case TriageReason.FACTS:
                day = date_format(self.as_of, "F Y") if self.as_of else ""
                sentence = ngettext(
                    "The facts were checked %(n)d month ago (%(day)s).",
                    "The facts were checked %(n)d months ago (%(day)s).",
                    self.months,
                )
                return sentence % {"n": self.months, "day": day}


@dataclass(frozen=True, slots=True)
class TriageList:
    """The rows, and how many of the `asked` questions in use have been `checked` by the lint."""

    rows: tuple[TriageRow, ...]
    checked: int
    asked: int

    @property
    def n_unchecked(self) -> int:
        return self.asked - self.checked


@dataclass(frozen=True, slots=True)
class MissedRevision:
    """A revision that all of the `top` best of `n` candidates answered incorrectly."""

    revision: int
    n: int
    top: int


def list_questions(today: datetime.date, *, answers: bool = True, fresh: int = lint_queue.MAX_NEW_PAGES) -> TriageList:
    """Return the list. Without `answers` it contains nothing from answers or reports of candidates.

    The lint checks at most `fresh` hundred questions that it has not checked yet.
    """
    lint = lint_queue.errors(today, fresh)
    rows = [*_reported(), *_missed()] if answers else []
    rows += [
        TriageRow(row.pk, row.code, TriageReason.CHECKS, n=len(row.errors), text=f"{summary(row.errors)}.")
        for row in lint.rows
    ]
    rows += _stale(today)
    most_urgent: dict[int, TriageRow] = {}
    for row in rows:
        most_urgent.setdefault(row.question, row)
    return TriageList(tuple(most_urgent.values()), lint.checked, lint.total)


def _reported() -> list[TriageRow]:
    """Return questions with open reports, those with the most reporting candidates first."""
    reports = QuestionReport.objects.filter(status=QuestionReport.Status.OPEN)
    by_question = reports.order_by().values("revision__question").annotate(newest=Max("pk"))
    reporters = dict(by_question.annotate(n=Count("candidate_uuid", distinct=True)).values_list("newest", "n"))
    newest = reports.filter(pk__in=by_question.values("newest")).order_by("pk")
    rows = [
        TriageRow(question, code, TriageReason.REPORTS, revision, n=reporters.get(pk, 1), text=text)
        for pk, question, code, revision, text in newest.values_list(
            "pk", "revision__question", "revision__question__code", "revision", "text"
        )
    ]
    return sorted(rows, key=lambda row: -row.n)


def _missed() -> list[TriageRow]:
    """Return questions in use whose current revision the best candidates answered incorrectly."""
    newest = ScoreReport.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return []
    # Computed again with each new score report at first, later with every 2% more of them.
    key = f"missed:{bank_version()}:{newest - newest % max(1, newest // 50)}"
    missed = cache.get(key)
    if missed is None:
        missed = find_missed_revisions()
        cache.set(key, missed, _CACHE_SECONDS)
    by_revision = {row.revision: row for row in missed}
    asked = Question.objects.filter(status__in=ASKABLE_STATUSES, current__in=by_revision)
    rows = []
    for question, code, revision in asked.values_list("pk", "code", "current"):
        row = by_revision[revision]
        rows.append(TriageRow(question, code, TriageReason.KEY, revision, n=row.n, top=row.top))
    return sorted(rows, key=lambda row: (-row.top, row.n, row.code))


def find_missed_revisions() -> list[MissedRevision]:
    """Return revisions that the whole top third of candidates answered incorrectly, among the newest scored exams.

    They need at least MIN_RESPONSES responses in the last MAX_RECENT_EXAMS exams. The top third is by raw / pass_line,
    in percent by the points over those that pass, ties included. Repeats and questions never shown are left out. Two
    queries; at most 65,000 responses with exams of 65 questions.
    """
    exams = Attempt.objects.scored_exams().order_by("-pk")[:MAX_RECENT_EXAMS]
    raw, line, earned, possible = (
        Cast(f"report__{name}", FloatField()) for name in ("raw", "pass_line", "earned", "possible")
    )
    points = Coalesce(raw / line, 100 * earned / (possible * F("report__pass_mark")))
    relative_scores = dict(exams.values_list("pk", points))
    responses = Response.objects.filter(attempt__in=exams.values("pk"), withdrawn=False, repeat=False)
    shown = responses.filter(Q(first_shown__isnull=False) | Q(ticked__gt=0)).order_by()
    by_revision: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for revision, attempt, correct in shown.values_list("revision", "attempt", "correct"):
        by_revision[revision].append((relative_scores.get(attempt, 0.0), correct))
    missed = []
    for revision, results in by_revision.items():
        if len(results) < MIN_RESPONSES:
            continue
        threshold = sorted((score for score, _ in results), reverse=True)[ceil(len(results) / 3) - 1]
        top_third = [correct for score, correct in results if score >= threshold]
        if not any(top_third):
            missed.append(MissedRevision(revision, len(results), len(top_third)))
    return missed


def _stale(today: datetime.date) -> list[TriageRow]:
    """Return questions in use whose facts have not been checked for a year, the oldest first."""
    rows = Question.objects.stale(today).filter(status__in=ASKABLE_STATUSES).order_by("as_of", "pk")
    return [
        TriageRow(pk, code, TriageReason.FACTS, months=_months(as_of, today), as_of=as_of)
        for pk, code, as_of in rows.values_list("pk", "code", "as_of")
        if as_of
    ]


def _months(since: datetime.date, today: datetime.date) -> int:
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
