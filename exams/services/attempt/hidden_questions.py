"""Decide which questions are neither asked nor solved now: those of open exams, and those that a class holds back."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from exams.models import Attempt, Form, Mode, Response, Sitting
from exams.models.attempt import answers_open
from questions.models import Enemy, Revision
from questions.services.bank_version import bank_version

MAX_HELD = timedelta(days=14)  # after the last possible end: a forgotten release must not close a bank
_HELD = "held"  # in place of a status, in rows of `hidden_from`

# The newest set of held questions, valid while the version of the bank and the papers stay the same.
_held: dict[tuple[int, frozenset[int]], frozenset[int]] = {}


def hidden_from(candidates: Collection[int]) -> frozenset[int]:
    """Return keys of the questions that these candidates are neither asked nor shown the solution of, with enemies.

    Hidden are the questions of their own open exams; an exam of a class counts as open until its answers are disclosed:
    others may still be writing it. Hidden from everybody, also from visitors without a candidate, are `held_questions`.
    One query while there are none of either kind.
    """
    # The responses follow in a query of their own: most of the time there is no such exam.
    now = timezone.now()
    attempts = Attempt.objects.filter(
        Q(status=Attempt.Status.OPEN) | Q(sitting__isnull=False), mode=Mode.EXAM, candidate__in=candidates
    )
    papers = holding(now).annotate(kind=Value(_HELD)).values_list("form", "kind")
    rows = list(attempts.order_by().values_list("pk", "status").union(papers, all=True).order_by())
    held = _questions_of(frozenset(key for key, status in rows if status == _HELD))
    hiding = {key for key, status in rows if status != _HELD}
    if ended := {key for key, status in rows if status not in (_HELD, Attempt.Status.OPEN)}:
        hiding -= set(Attempt.objects.filter(pk__in=ended).disclosed(now).values_list("pk", flat=True))
    if not hiding:
        return held
    responses = Response.objects.filter(attempt__in=hiding).order_by()
    return held | with_enemies(set(responses.values_list("revision__question", flat=True)))


def held_questions(now: datetime) -> frozenset[int]:
    """Return keys of the questions that classes hold back at this time, and of their enemies: one query if there are
    none.

    Whoever has the code of a class can be somebody else in a second browser. So the paper that all get is kept from
    everybody: no practice asks it, no exam draws it, and no page shows its keys.
    """
    return _questions_of(frozenset(holding(now).values_list("form", flat=True)))


def holding(now: datetime) -> QuerySet[Sitting]:
    """Return the sittings with one paper that hold it back: from the opening until the answers are open.

    They do so for at most MAX_HELD after the last possible end or, without an end, after the last attempt.
    """
    attempts = Attempt.objects.filter(sitting=OuterRef("pk")).order_by().values("sitting")
    last_end = Subquery(attempts.annotate(last=Max("deadline")).values("last"))
    # Not ~answers_open: it is NULL, and so is its negation, for a sitting without an end.
    opened = Sitting.objects.filter(answers_open(now))
    return (
        Sitting.objects.filter(form__isnull=False, opens_at__lte=now)
        .annotate(over_at=Coalesce(F("latest_deadline"), last_end, F("opens_at")))
        .filter(over_at__gt=now - MAX_HELD)
        .exclude(pk__in=opened.values("pk"))
        .order_by()
    )


def _questions_of(papers: frozenset[int]) -> frozenset[int]:
    """Return the questions of these papers and their enemies: read once for each version of the bank."""
    if not papers:
        return frozenset()
    key = bank_version(), papers
    if (held := _held.get(key)) is None:
        plans = Form.objects.filter(pk__in=papers).values_list("plan", flat=True)
        revisions = {slot["revision"] for plan in plans for slot in plan}
        held = with_enemies(set(Revision.objects.filter(pk__in=revisions).values_list("question", flat=True)))
        _held.clear()
        _held[key] = held
    return held


def with_enemies(questions: Collection[int]) -> frozenset[int]:
    """Return these questions and all their enemies."""
    pairs = Enemy.objects.filter(Q(low__in=questions) | Q(high__in=questions)).values_list("low", "high")
    return frozenset(questions).union(*pairs)
