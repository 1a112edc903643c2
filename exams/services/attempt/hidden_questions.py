"""Decide which questions are neither asked nor solved now: those of open exams, and those that a class holds back.

Decide which scores wait for them: of two exams that differ in one answer, the scores tell whether it is right.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from exams.models import Attempt, Form, Mode, Response, Sitting
from exams.models.attempt import answers_open
from exams.services.attempt.disclosures import reopenable, unseen
from questions.models import Enemy, Revision
from questions.services.bank_version import bank_version

MAX_HELD = timedelta(days=14)  # after the last possible end: a forgotten release must not close a bank
_HELD = "held"  # in place of a status, in rows of `hidden_from`

# The held questions of each paper, valid while the version of the bank stays the same.
_held: dict[tuple[int, int], frozenset[int]] = {}


@dataclass(frozen=True, slots=True)
class _Hiding:
    """What hides these questions since a time: an exam of a candidate, or the paper of a class."""

    since: datetime
    questions: frozenset[int]
    sitting: int | None
    attempt: int | None = None
    is_unseen: bool = False  # closed by the clock, and the candidate has not opened its report: it can be reopened


class KeptScores(NamedTuple):
    """Keys of exams: those whose scores wait for another exam, and those that can be reopened and were not opened."""

    waiting: frozenset[int] = frozenset()
    unseen: frozenset[int] = frozenset()


def hidden_from(candidates: Collection[int], opened: int | None = None) -> frozenset[int]:
    """Return keys of the questions that these candidates are neither asked nor shown the solution of, with enemies.

    Hidden are the questions of their own open exams; an exam of a class counts as open until its answers are disclosed:
    others may still be writing it; one that the clock closed, as long as it can be reopened, unless it is `opened` now,
    which `note_disclosure` notes. Hidden from everybody, also from visitors without a candidate, are `held_questions`.
    One query while there are none of either kind.
    """
    return frozenset().union(*(hiding.questions for hiding in _hidings(candidates, timezone.now(), opened)))


def kept_scores(
    candidates: Collection[int], hidden: Collection[int] | None = None, opened: int | None = None
) -> KeptScores:
    """Return which scored exams of these candidates have scores that would tell the key of a question hidden now.

    Unseen exams are those that the clock closed and that can be reopened, except the one that is `opened` now.

    A score that waits was computed after one of the questions had been hidden by another exam, or by the paper of a
    class: the exam was begun before, its class has a question of another class, or a ruling has changed a key. Earlier
    scores have been shown, and tell nothing new; those of a class since its answers are open. When a class shows the
    scores of its own paper is for `shown_scores` to say.
    One query while nothing is hidden; none if `hidden`, what `hidden_from` has returned, is empty.
    """
    if hidden is not None and not hidden:
        return KeptScores()
    found = _hidings(candidates, timezone.now(), opened)
    unseen_exams = frozenset(hiding.attempt for hiding in found if hiding.is_unseen and hiding.attempt)
    hidings = [hiding for hiding in found if hiding.questions and not hiding.is_unseen]
    if not hidings:
        return KeptScores(unseen=unseen_exams)
    made_since = Q(attempt__report__made_at__gte=min(hiding.since for hiding in hidings))
    responses = Response.objects.filter(
        made_since | Q(attempt__sitting__isnull=False, attempt__report__isnull=False),
        attempt__candidate__in=candidates,
        attempt__mode=Mode.EXAM,
        revision__question__in=frozenset().union(*(hiding.questions for hiding in hidings)),
    )
    columns = ("attempt", "attempt__sitting", "attempt__report__made_at", "revision__question")
    openings = ("released_at", "review_opens_at", "latest_deadline")
    rows = responses.order_by().values_list(*columns, *(f"attempt__sitting__{column}" for column in openings))
    waiting = frozenset(
        attempt
        for attempt, sitting, made_at, question, *opened_at in rows
        for hiding in hidings
        if question in hiding.questions
        and (made_at >= hiding.since or (sitting and not _were_open(hiding.since, *opened_at)))
        and attempt != hiding.attempt
        and (sitting is None or sitting != hiding.sitting)
    )
    return KeptScores(waiting, unseen_exams)


def _were_open(
    moment: datetime, released_at: datetime | None, review_opens_at: datetime | None, latest_deadline: datetime | None
) -> bool:
    """Return whether the answers of a class were open before this moment, by the columns of its sitting."""
    return any(opened and opened < moment for opened in (released_at, review_opens_at or latest_deadline))


def _hidings(candidates: Collection[int], now: datetime, opened: int | None = None) -> list[_Hiding]:
    """Return all that hides questions from these candidates: one query if there is nothing."""
    # The responses follow in a query of their own: most of the time there is no such exam.
    attempts = Attempt.objects.filter(
        Q(status=Attempt.Status.OPEN) | Q(sitting__isnull=False) | reopenable(now),
        mode=Mode.EXAM,
        candidate__in=candidates,
    )
    columns = attempts.order_by().values_list("pk", "status", "sitting", "started_at")
    papers = _perhaps_holding(now).annotate(kind=Value(_HELD)).values_list("form", "kind", "pk", "opens_at")
    rows: list[tuple[Any, ...]] = list(columns.union(papers, all=True).order_by())
    holding_now = _still_holding([sitting for _, status, sitting, _ in rows if status == _HELD], now)
    hold = [(form, sitting, at) for form, status, sitting, at in rows if status == _HELD and sitting in holding_now]
    held = _questions_by_paper(frozenset(form for form, _, _ in hold))
    hidings = [_Hiding(opens_at, held[form], sitting) for form, sitting, opens_at in hold]
    exams = {key: (sitting, started_at) for key, status, sitting, started_at in rows if status != _HELD}
    ended = {key for key, status, *_ in rows if status not in (_HELD, Attempt.Status.OPEN)}
    if ended:
        over = Attempt.objects.filter(pk__in=ended).disclosed(now)
        can_go_on = unseen(Attempt.objects.filter(pk__in=ended - {opened}, sitting=None), now)
        for key in over.exclude(pk__in=can_go_on.values("pk")).values_list("pk", flat=True):
            del exams[key]
    if not exams:
        return hidings
    asked: dict[int, set[int]] = {key: set() for key in exams}
    responses = Response.objects.filter(attempt__in=exams).order_by()
    for key, question in responses.values_list("attempt", "revision__question"):
        asked[key].add(question)
    questions = _with_enemies_each(asked)
    return hidings + [
        _Hiding(at, questions[key], sitting, key, is_unseen=key in ended and sitting is None)
        for key, (sitting, at) in exams.items()
    ]


def held_questions(now: datetime) -> frozenset[int]:
    """Return keys of the questions that classes hold back at this time, and of their enemies: one query if there are
    none.

    A person with the code of a class can be somebody else in a second browser. So the paper that all get is kept from
    everybody: no practice asks it, no exam draws it, and no page shows its keys.
    """
    return frozenset().union(*held_by_sitting(now).values())


def held_by_sitting(now: datetime) -> dict[int, frozenset[int]]:
    """Return `held_questions` by the key of the sitting that holds them."""
    rows = dict(_perhaps_holding(now).values_list("pk", "form"))
    sittings = _still_holding(rows, now)
    held = _questions_by_paper(frozenset(rows[sitting] for sitting in sittings))
    return {sitting: held[rows[sitting]] for sitting in sittings}


def held_since(now: datetime) -> datetime | None:
    """Return the first opening of the classes that hold back a paper at this time: one query if there are none."""
    opened = dict(_perhaps_holding(now).values_list("pk", "opens_at"))
    return min((opened[sitting] for sitting in _still_holding(opened, now)), default=None)


def holding(now: datetime) -> QuerySet[Sitting]:
    """Return the sittings with one paper that hold it back: from the opening until the answers are open.

    They do so for at most MAX_HELD after the last possible end or, without an end, after the last attempt.
    """
    attempts = Attempt.objects.filter(sitting=OuterRef("pk")).order_by().values("sitting")
    last_end = Subquery(attempts.annotate(last=Max("deadline")).values("last"))
    # Not ~answers_open: it is NULL, and so is its negation, for a sitting without an end.
    opened = Sitting.objects.filter(answers_open(now))
    return (
        _perhaps_holding(now)
        .annotate(over_at=Coalesce(F("latest_deadline"), last_end, F("opens_at")))
        .filter(over_at__gt=now - MAX_HELD)
        .exclude(pk__in=opened.values("pk"))
    )


def _perhaps_holding(now: datetime) -> QuerySet[Sitting]:
    """Return the sittings that their own columns do not keep from holding a paper back.

    Nearly every page asks, and mostly there is none. To compile the whole condition takes Django 3 ms.
    """
    may_last = Q(latest_deadline=None) | Q(latest_deadline__gt=now - MAX_HELD)
    unreleased = Q(released_at=None) | Q(released_at__gt=now)
    return Sitting.objects.filter(may_last, unreleased, form__isnull=False, opens_at__lte=now).order_by()


def _still_holding(sittings: Collection[int], now: datetime) -> frozenset[int]:
    """Return those of these sittings that hold their paper back: a query if there is one."""
    return frozenset(holding(now).filter(pk__in=sittings).values_list("pk", flat=True)) if sittings else frozenset()


def _questions_by_paper(papers: frozenset[int]) -> dict[int, frozenset[int]]:
    """Return the questions of each of these papers and their enemies: read once for each version of the bank."""
    if not papers:
        return {}
    version = bank_version()
    known = {paper: questions for paper in papers if (questions := _held.get((version, paper))) is not None}
    if len(known) == len(papers):
        return known
    plans = dict(Form.objects.filter(pk__in=papers).values_list("pk", "plan"))
    revisions = {slot["revision"] for plan in plans.values() for slot in plan}
    question_of = dict(Revision.objects.filter(pk__in=revisions).values_list("pk", "question"))
    asked = {paper: {question_of[slot["revision"]] for slot in plan} for paper, plan in plans.items()}
    held = _with_enemies_each(asked)
    _held.clear()
    _held.update({(version, paper): questions for paper, questions in held.items()})
    return held


def with_enemies(questions: Collection[int]) -> frozenset[int]:
    """Return these questions and all their enemies."""
    return _with_enemies_each({0: questions})[0]


def _with_enemies_each(groups: Mapping[int, Collection[int]]) -> dict[int, frozenset[int]]:
    """Return each of these groups of questions with all their enemies: one query."""
    questions: set[int] = set().union(*groups.values())
    enemies: dict[int, set[int]] = defaultdict(set)
    pairs = Enemy.objects.filter(Q(low__in=questions) | Q(high__in=questions))
    for low, high in pairs.values_list("low", "high"):
        enemies[low].add(high)
        enemies[high].add(low)
    return {
        key: frozenset(group).union(*(enemies[question] for question in group if question in enemies))
        for key, group in groups.items()
    }
