"""Choose the questions of a practice: by filters, seen ones first, and without using up the mock exams."""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper
from django.db.models.functions import Coalesce

from exams.models import Attempt, Candidate, Response, Star
from exams.models.response import DISCLOSED, SEEN
from exams.psychometrics import quotas
from exams.services.attempt import assembly
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.practice.filters import FLAGGED, STARRED, UNANSWERED, UNSEEN, UNSURE, WRONG, Filters
from exams.services.practice.practice_pool import PracticeItem, PracticePool, practice_pool
from questions.models import Blueprint

GROUPS = ("domain", "task", "topic", "ask", "collection", "state")  # of filters
ANSWER_FIELDS = ("ticked", "correct", "withdrawn", "flagged", "confidence")
RESERVED_EXAMS = 2  # mock exams' worth of new questions that practice leaves in each exam domain


@dataclass(frozen=True, slots=True)
class PastResponse:
    """What a candidate's newest response to a question says. `place` is its place in time, None if never shown."""

    place: int | None
    states: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """The questions chosen, how many match the filters, and how many are kept for mock exams.

    `seen` is how many of those chosen the candidate has seen before, and `hidden` what may not be asked now.
    `with_new` are the questions that would be chosen if those were used as well.
    `counts` has, for each group of filters and each value of it, how many questions would match with this value.
    """

    questions: tuple[int, ...] = ()
    matching: int = 0
    reserved: int = 0
    seen: int = 0
    with_new: tuple[int, ...] = ()
    counts: Mapping[str, Counter[str]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


def select(
    candidate: Candidate | None,
    blueprint: Blueprint,
    filters: Filters,
    *,
    seed: str,
    beside: Collection[int] = (),
    like_exam: bool = False,
    new_first: bool = False,
) -> Selection:
    """Choose at most `filters.size` questions, in random order.

    Questions in an exam that the candidate or one of `beside` (the guest of the same browser) has open are never
    chosen, nor are those that a class holds back, nor enemies of these. Seen questions come first, longest ago first,
    then new ones: those of mock exams that leave RESERVED_EXAMS, then those that no mock exam draws on. With
    `new_first`, seen ones come last. `like_exam` draws on the questions of mock exams alone and splits the size over
    the exam domains as the exam does. Four queries at most; one for a visitor without a candidate.
    """
    pool = practice_pool(blueprint)
    past = past_responses(candidate) if candidate else {}
    scope = past
    if filters.attempt:
        scope = responses_of(candidate, filters.attempt) if candidate else {}
    stars = _stars(candidate) if candidate else frozenset()
    hidden = hidden_from([candidate.pk, *beside] if candidate else beside)
    items = [
        item
        for item in pool.items.values()
        if item.question not in hidden
        and (not filters.attempt or item.question in scope)
        and (item.in_exams or not like_exam)
    ]
    matching, counts = _match(items, filters, {item.question: _states(item, scope, stars) for item in items})
    rng = random.Random(seed)
    seen, new = _split(matching, past, rng)
    spare = list(_spare(new, _spare_counts(blueprint, pool, past)))
    targets = None
    if like_exam:
        weights = {domain.number: domain.weight for domain in blueprint.exam.exam_domains}
        targets = quotas.split(filters.size, weights)
    without_new, with_new = (
        _take([*allowed_new, *seen] if new_first else [*seen, *allowed_new], filters.size, pool, targets)
        for allowed_new in (spare, new)
    )
    chosen = with_new if filters.new else without_new
    rng.shuffle(chosen)
    return Selection(
        questions=tuple(chosen),
        matching=len(seen) + len(new if filters.new else spare),
        reserved=len(new) - len(spare),
        seen=sum(question in past for question in chosen),
        with_new=tuple(with_new),
        counts=counts,
        hidden=hidden,
    )


def count_unanswered(attempt: Attempt, beside: Collection[int] = ()) -> int:
    """Return how many unanswered questions of a finished attempt its candidate can practice now."""
    filters = Filters(state=(UNANSWERED,), attempt=attempt.uuid)
    chosen = select(attempt.candidate, attempt.form.blueprint, filters, seed="count", beside=beside)
    return chosen.matching


def allowed(
    questions: Iterable[int], pool: PracticePool, candidate: Candidate, beside: Collection[int] = ()
) -> list[int]:
    """Return those of these questions that may be asked together now, in their order: one or two queries."""
    hidden = hidden_from([candidate.pk, *beside])
    items = [pool.items[question] for question in dict.fromkeys(questions) if question in pool.items]
    return _take([item for item in items if item.question not in hidden], len(items), pool)


def past_responses(candidate: Candidate) -> dict[int, PastResponse]:
    """Return the newest response to each question that the candidate has seen: one query.

    Until a response is disclosed, nothing is known about it but that it was shown.
    """
    rows = (
        Response.objects.filter(SEEN, attempt__candidate=candidate)
        .annotate(disclosed=ExpressionWrapper(DISCLOSED, BooleanField()))
        .order_by(Coalesce("first_shown", "attempt__submitted_at"), "pk")
        .values_list("revision__question_id", *ANSWER_FIELDS, "disclosed")
    )
    places: dict[int, int] = {}
    answers: dict[int, list[Any]] = {}
    # The order is enough: on SQLite, reading the times takes longer than everything else here.
    for place, (question, *answer, disclosed) in enumerate(rows):
        places[question] = place
        if disclosed:
            answers[question] = answer
    states = {question: _answer_states(*answer) for question, answer in answers.items()}
    return {question: PastResponse(place, states.get(question, frozenset())) for question, place in places.items()}


def responses_of(candidate: Candidate, attempt: UUID) -> dict[int, PastResponse]:
    """Return the responses of a finished attempt of this candidate: one query.

    What a practice never showed is unanswered, but it was not missed: its solution stays closed.
    """
    rows = (
        Response.objects.filter(attempt__candidate=candidate, attempt__uuid=attempt)
        .exclude(attempt__status=Attempt.Status.OPEN)
        .order_by("position")
        .annotate(was_seen=ExpressionWrapper(SEEN, BooleanField()))
        .values_list("revision__question_id", "first_shown", "was_seen", *ANSWER_FIELDS)
    )
    return {
        question: PastResponse(
            place if shown else None, _answer_states(*answer) - (frozenset() if was_seen else {WRONG})
        )
        for place, (question, shown, was_seen, *answer) in enumerate(rows)
    }


def _answer_states(
    ticked: int, correct: bool, withdrawn: bool, flagged: bool, confidence: int | None
) -> frozenset[str]:
    return frozenset(
        state
        for state, holds in (
            (WRONG, not correct and not withdrawn),
            (UNANSWERED, not ticked),
            (FLAGGED, flagged),
            (UNSURE, confidence is not None and confidence < Response.Confidence.SURE),
        )
        if holds
    )


def _stars(candidate: Candidate) -> frozenset[int]:
    return frozenset(Star.objects.filter(candidate=candidate).values_list("question", flat=True))


def _states(item: PracticeItem, past: Mapping[int, PastResponse], stars: Collection[int]) -> frozenset[str]:
    response = past.get(item.question)
    states = response.states if response else frozenset()
    if response is None or response.place is None:
        states |= {UNSEEN}
    return states | {STARRED} if item.question in stars else states


def _match(
    items: Iterable[PracticeItem], filters: Filters, states: Mapping[int, frozenset[str]]
) -> tuple[list[PracticeItem], dict[str, Counter[str]]]:
    """Return the items that match all groups, and for each group the counts of those that match all other groups."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in GROUPS}
    wanted = {name: {str(value) for value in getattr(filters, name)} for name in GROUPS}
    alike = defaultdict(list)  # a large bank has few kinds of questions
    for place, item in enumerate(items):
        kind = item.frozen.exam_domain, item.task, item.topic, item.ask, item.collection, states[item.question]
        alike[kind].append((place, item))
    matching = []
    for (domain, task, topic, ask, collection, state), found in alike.items():
        values = {
            "domain": {str(domain)},
            "task": {task},
            "topic": {topic},
            "ask": {ask},
            "collection": {collection},
            "state": state,
        }
        failed = [name for name in GROUPS if wanted[name] and wanted[name].isdisjoint(values[name])]
        if not failed:
            matching += found
        for name in failed if len(failed) == 1 else () if failed else GROUPS:
            counts[name].update(dict.fromkeys(values[name], len(found)))
    matching.sort(key=itemgetter(0))  # in the order of the items, so that a seed chooses the same questions
    return [item for _, item in matching], counts


def _split(
    items: Sequence[PracticeItem], past: Mapping[int, PastResponse], rng: random.Random
) -> tuple[list[PracticeItem], list[PracticeItem]]:
    """Return seen items, longest ago first, and new ones, those of mock exams first."""
    shuffled = rng.sample(items, len(items))
    seen = [item for item in shuffled if item.question in past]
    new = [item for item in shuffled if item.question not in past]

    seen.sort(key=lambda item: past[item.question].place or 0)
    new = sorted(_mix(new, rng), key=lambda item: not item.in_exams)
    return seen, new


def _mix(items: Sequence[PracticeItem], rng: random.Random) -> list[PracticeItem]:
    """Return the items in an order of which each stretch has their shares of exam domains and of what is asked."""
    sizes = Counter((item.frozen.exam_domain, item.ask) for item in items)
    place = {group: rng.random() for group in sizes}
    ordered = []
    for item in items:
        group = item.frozen.exam_domain, item.ask
        ordered.append((place[group] / sizes[group], item))
        place[group] += 1
    ordered.sort(key=lambda pair: pair[0])
    return [item for _, item in ordered]


def _spare_counts(blueprint: Blueprint, pool: PracticePool, past: Mapping[int, PastResponse]) -> dict[int, int]:
    """Return how many new questions of each exam domain practice may take from mock exams."""
    recipe = assembly.recipe_for(blueprint)
    per_exam = Counter(quotas.split(recipe.scored, recipe.weights)) + Counter(
        quotas.split(recipe.unscored, recipe.weights)
    )
    new = Counter(
        item.frozen.exam_domain for item in pool.items.values() if item.in_exams and item.question not in past
    )
    return {domain: max(0, new[domain] - RESERVED_EXAMS * count) for domain, count in per_exam.items()}


def _spare(items: Iterable[PracticeItem], spare: Mapping[int, int]) -> Iterable[PracticeItem]:
    """Yield the items that no mock exam draws on, and of the others as many of each exam domain as are to spare."""
    left = dict(spare)
    for item in items:
        if item.in_exams:
            if left.get(item.frozen.exam_domain, 0) < 1:
                continue
            left[item.frozen.exam_domain] -= 1
        yield item


def _take(
    items: Sequence[PracticeItem], size: int, pool: PracticePool, targets: Mapping[int, int] | None = None
) -> list[int]:
    """Return the first `size` questions without enemies among them: first within the targets by exam domain."""
    chosen: list[int] = []
    left = Counter(targets or {})
    for limited in (True, False) if targets else (False,):
        for item in items:
            if len(chosen) == size:
                return chosen
            if item.question in chosen or (limited and not left[item.frozen.exam_domain]):
                continue
            if not pool.enemies.get(item.question, frozenset()).isdisjoint(chosen):
                continue
            chosen.append(item.question)
            left[item.frozen.exam_domain] -= 1
    return chosen
