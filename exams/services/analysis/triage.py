"""Which questions somebody should look at first, and why: from the first exams on, the worst first, no question twice.

Four signs, in this order: candidates report a problem; everybody in the top third got it wrong; it breaks a rule
of the checks; its facts are old. It reads, and writes nothing.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from django.core.cache import cache
from django.db.models import Count, F, FloatField, Max, Q
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt, Response, ScoreReport
from questions.content.schema import ASKABLE_STATUSES
from questions.models import Question, QuestionReport
from questions.services import lint_queue
from questions.services.lifecycle import bank_version

RECENT = 1000  # scored exams, the newest, in which a key is looked for that the best got wrong
LEAST = 5  # candidates who have met a question before anything is said of its key
_QUOTED = 90  # characters of a report
_KEPT = 600  # seconds: a key ruling settles old answers a while after it has raised the bank's version


class Reason(StrEnum):
    """Why a question is on the list."""

    REPORTS = "reports"
    KEY = "key"
    CHECKS = "checks"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Row:
    """One question: `revision` is the wording that reports and keys are about, `n` who reported or met it."""

    question: int
    code: str
    reason: Reason
    revision: int | None = None
    n: int = 0
    top: int = 0
    text: str = ""
    months: int = 0
    as_of: datetime.date | None = None

    @property
    def sentence(self) -> str:
        """What was found, in one sentence or two."""
        match self.reason:
            case Reason.REPORTS:
                said = ngettext("%(n)d candidate reports", "%(n)d candidates report", self.n) % {"n": self.n}
                return f"{said}: “{Truncator(' '.join(self.text.split())).chars(_QUOTED)}”"
            case Reason.KEY:
                said = _("The best %(top)d of the %(n)d candidates who met it all got it wrong.")
                return said % {"top": self.top, "n": self.n}
            case Reason.CHECKS:
                more = self.n - 1
                if not more:
                    return self.text
                also = ngettext("%(n)d more error.", "%(n)d more errors.", more)
                return f"{self.text} {also % {'n': more}}"
            case Reason.FACTS:
                day = date_format(self.as_of, "F Y") if self.as_of else ""
                said = ngettext(
                    "Its facts were checked %(n)d month ago (%(day)s).",
                    "Its facts were checked %(n)d months ago (%(day)s).",
                    self.months,
                )
                return said % {"n": self.months, "day": day}


@dataclass(frozen=True, slots=True)
class Found:
    """The list; the checks have looked at `checked` of the `asked` questions that candidates meet."""

    rows: tuple[Row, ...]
    checked: int
    asked: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A wording that all of the `top` best of the `n` who met it got wrong."""

    revision: int
    n: int
    top: int


def find(today: datetime.date, *, answers: bool = True, fresh: int = lint_queue.FRESH) -> Found:
    """All there is to look at. Without `answers` nothing of what candidates ticked or reported is in it.

    The checks look at no more than `fresh` hundreds of questions that they do not know yet.
    """
    lint = lint_queue.errors(today, fresh)
    rows = [*_reported(), *_missed()] if answers else []
    rows += [
        Row(each.pk, each.code, Reason.CHECKS, n=len(each.errors), text=each.errors[0].sentence) for each in lint.rows
    ]
    rows += _stale(today)
    worst: dict[int, Row] = {}
    for row in rows:
        worst.setdefault(row.question, row)
    return Found(tuple(worst.values()), lint.checked, lint.of)


def _reported() -> list[Row]:
    """Questions with open reports, those that most candidates have reported first."""
    reports = QuestionReport.objects.filter(status=QuestionReport.Status.OPEN)
    by_question = reports.order_by().values("revision__question").annotate(newest=Max("pk"))
    counted = dict(by_question.annotate(n=Count("candidate_uuid", distinct=True)).values_list("newest", "n"))
    newest = reports.filter(pk__in=by_question.values("newest")).order_by("pk")
    rows = [
        Row(question, code, Reason.REPORTS, revision, n=counted.get(pk, 1), text=text)
        for pk, question, code, revision, text in newest.values_list(
            "pk", "revision__question", "revision__question__code", "revision", "text"
        )
    ]
    return sorted(rows, key=lambda row: -row.n)


def _missed() -> list[Row]:
    """Questions that candidates meet, in the wording that they meet, which the best of them got wrong."""
    newest = ScoreReport.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return []
    # Counted anew with each report at first, and later with every fiftieth part more of them.
    key = f"missed:{bank_version()}:{newest - newest % max(1, newest // 50)}"
    found = cache.get(key)
    if found is None:
        found = missed()
        cache.set(key, found, _KEPT)
    by_wording = {each.revision: each for each in found}
    asked = Question.objects.filter(status__in=ASKABLE_STATUSES, current__in=by_wording)
    rows = []
    for question, code, revision in asked.values_list("pk", "code", "current"):
        each = by_wording[revision]
        rows.append(Row(question, code, Reason.KEY, revision, n=each.n, top=each.top))
    return sorted(rows, key=lambda row: (-row.top, row.n, row.code))


def missed() -> list[Missed]:
    """Wordings that at least LEAST have met in the RECENT newest scored exams, and the top third of them got wrong.

    The top third is by points for each point that the form expects (raw / kappa); who ties with its last belongs to
    it. Repeats and questions that were never on the screen are left out. Two queries; 65,000 answers at most with
    exams of 65 questions.
    """
    exams = Attempt.objects.real_exams_scored().order_by("-pk")[:RECENT]
    points = Cast("report__raw", FloatField()) / Cast(F("report__kappa"), FloatField())
    level = dict(exams.values_list("pk", points))
    answers = Response.objects.filter(attempt__in=exams.values("pk"), withdrawn=False, repeat=False)
    met = answers.filter(Q(first_shown__isnull=False) | Q(ticked__gt=0)).order_by()
    by_wording: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for revision, attempt, correct in met.values_list("revision", "attempt", "correct"):
        by_wording[revision].append((level.get(attempt, 0.0), correct))
    found = []
    for revision, sat in by_wording.items():
        if len(sat) < LEAST:
            continue
        last = sorted((points for points, _ in sat), reverse=True)[ceil(len(sat) / 3) - 1]
        best = [correct for points, correct in sat if points >= last]
        if not any(best):
            found.append(Missed(revision, len(sat), len(best)))
    return found


def _stale(today: datetime.date) -> list[Row]:
    """Questions that candidates meet and whose facts nobody has checked for a year, the oldest first."""
    rows = Question.objects.stale(today).filter(status__in=ASKABLE_STATUSES).order_by("as_of", "pk")
    return [
        Row(pk, code, Reason.FACTS, months=_months(as_of, today), as_of=as_of)
        for pk, code, as_of in rows.values_list("pk", "code", "as_of")
        if as_of
    ]


def _months(since: datetime.date, today: datetime.date) -> int:
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
