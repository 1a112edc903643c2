"""Choose the questions of a quiz: by filters, in the one order of all quizzes, without using up the mock exams."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper

from exams.models import Attempt, Candidate, Response
from exams.psychometrics import quotas, study_plan
from exams.psychometrics.quiz_order import Group, beside_due, in_order, planned_first, todays, without_reserve
from exams.psychometrics.study_plan import WELL_ANSWERED
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.practice.filters import FLAGGED, STARRED, SURE_WRONG, UNANSWERED, UNSEEN, UNSURE, WRONG, Filters
from exams.services.practice.practice_pool import PracticeItem, PracticePool, practice_pool
from exams.services.practice.study_records import StudyRecords
from exams.services.results.missed import IS_ANSWERED

RESTED_GROUPS = Group.RESTING, Group.ASKED_TODAY  # that `Filters.rested` leaves out
GROUPS = ("domain", "task", "topic", "ask", "collection", "state")  # of filters


@dataclass(frozen=True, slots=True)
class Selection:
    """The questions chosen and why: how many of each `group`; how many match the filters, and are `due` among them.

    `kept` is how many more match and are kept for mock exams, and `with_kept` are the questions that would be chosen
    if those were used as well. `counts` has, for each group of filters and each value of it, how many questions would
    match with this value, without what is kept, and `counts_of_all` with it; `together` is how many of those that match
    can be asked together, since the others are too much like them. These are made if wanted.
    """

    questions: tuple[int, ...] = ()
    groups: Mapping[Group, int] = field(default_factory=dict)
    matching: int = 0
    together: int = 0
    due: int = 0
    kept: int = 0
    with_kept: tuple[int, ...] = ()
    counts: Mapping[str, Counter[str]] = field(default_factory=dict)
    counts_of_all: Mapping[str, Counter[str]] = field(default_factory=dict)


def select(
    records: StudyRecords,
    filters: Filters,
    *,
    seed: str,
    like_exam: bool = False,
    today: bool = False,
    counted: bool = False,
) -> Selection:
    """Choose at most `filters.size` questions in the order of `quiz_order`; they are asked in random order.

    What is hidden is never chosen, nor enemies of each other. New questions that the next mock exams need are left to
    them, unless `filters.new` is set; with `filters.rested`, nothing is chosen that was right within a week, or asked
    today.
    `like_exam` draws on the questions of mock exams alone and splits the size over the exam domains as the exam does;
    `today` gives each part of Today its share, with questions of the topics that the plan has for today and new ones of
    those of this week. The `counts` take longest, and are made if `counted`. One query with `filters.attempt`.
    """
    pool = records.pool
    scope = _states_of_attempt(records.candidate, filters.attempt) if filters.attempt else None
    items = [
        item
        for item in (pool.items.values() if counted or not filters.topic else pool.of_topics(filters.topic))
        if item.question not in records.hidden
        and (scope is None or item.question in scope)
        and (item.in_exams or not like_exam)
    ]
    states = {item.question: _states(item, records, scope) for item in items} if counted or filters.state else {}
    spare = None if filters.new else records.spare
    is_matched = counted or _limits(filters)
    matching, counts, counts_of_all = _match(items, filters, states, records, spare) if is_matched else (items, {}, {})
    rng = random.Random(seed)
    order, planned = records.order, [topic.slug for topic in records.planned] if today else []
    if planned:
        others = [topic.slug for topic in records.plan.of_week] if records.has_plan else order.weak_topics
        order = replace(order, weak_topics=list(dict.fromkeys([*planned, *others])))
    ordered = in_order(matching, order, records.day, rng)
    if planned:  # what may be taken from mock exams is for the topics of today first
        ordered = planned_first(ordered, planned)
    if today and records.has_plan:  # a page is read before its questions: those of later blocks wait for it
        unread = {topic.slug for topic in records.of_today if topic.read_at is None and not topic.is_worked}
        unread.difference_update(planned[: study_plan.topics_in(filters.size)])
        ordered = [pair for pair in ordered if pair[1].topic not in unread] or ordered
    if filters.rested:
        ordered = [pair for pair in ordered if pair[0] not in RESTED_GROUPS]
    # What was shown and not answered is new, but costs no mock exam: it would be a repeat there.
    unspoiled = [pair for pair in ordered if pair[1].question not in records.shown]
    # Last in line for what may be taken from mock exams is what would not be asked, beside what is due.
    _waits, blocked = beside_due(ordered, planned, pool.enemies)
    unspoiled.sort(key=lambda pair: pair[1].question in blocked)
    kept = {item.question for _group, item in unspoiled} - {
        item.question
        for _group, item in without_reserve(unspoiled, records.spare, lambda item: item.frozen.exam_domain)
    }
    without_kept = [pair for pair in ordered if pair[1].question not in kept]
    group_of = {item.question: group for group, item in ordered}
    if today:
        drilled = planned if records.has_plan else ()
        new, needed = _spread(records, filters.size) if records.has_plan else (None, {})
        ordered, without_kept = (
            todays(pairs, filters.size, drilled, pool.enemies, new, needed) for pairs in (ordered, without_kept)
        )
    targets = None
    if like_exam:
        weights = {domain.number: domain.weight for domain in records.blueprint.exam.exam_domains}
        targets = quotas.split(filters.size, weights)
    with_new, without_new = (
        _take([item for _group, item in pairs], filters.size, pool, targets) for pairs in (ordered, without_kept)
    )
    chosen, matched = (with_new, ordered) if filters.new else (without_new, without_kept)
    groups = Counter(group_of[question] for question in chosen)
    rng.shuffle(chosen)
    return Selection(
        questions=tuple(chosen),
        groups=groups,
        matching=len(matched),
        together=len(pool.allowed((item.question for _group, item in matched), ())) if counted else 0,
        due=len(pool.allowed((item.question for group, item in ordered if group == Group.DUE), ())),
        kept=len(kept),
        with_kept=tuple(with_new),
        counts=counts,
        counts_of_all=counts_of_all,
    )


def count_unanswered(attempt: Attempt, beside: Collection[int] = ()) -> int:
    """Return how many unanswered questions of a finished attempt its candidate can practice now: two queries.

    `beside` is the guest of the same browser.
    """
    pool, hidden = practice_pool(attempt.form.blueprint), hidden_from([attempt.candidate_id, *beside])
    left_open = attempt.responses.filter(ticked=0).values_list("revision__question", flat=True)
    return sum(question in pool.items and question not in hidden for question in left_open)


def _states_of_attempt(candidate: Candidate | None, attempt: UUID) -> dict[int, frozenset[str]]:
    """Return the states of the questions of a finished attempt of this candidate: one query."""
    if candidate is None:
        return {}
    rows = (
        Response.objects.filter(attempt__candidate=candidate, attempt__uuid=attempt)
        .exclude(attempt__status=Attempt.Status.OPEN)
        .annotate(is_answered=ExpressionWrapper(IS_ANSWERED, BooleanField()))
        .values_list(
            *("revision__question_id", "is_answered", "first_shown"),
            *("ticked", "correct", "withdrawn", "flagged", "confidence"),
        )
    )
    return {
        question: _answer_states(
            unseen=not shown,
            wrong=is_answered and not correct and not withdrawn,
            unanswered=not ticked,
            flagged=flagged,
            confidence=confidence,
        )
        for question, is_answered, shown, ticked, correct, withdrawn, flagged, confidence in rows
    }


def _answer_states(
    *, unseen: bool, wrong: bool, unanswered: bool, flagged: bool, confidence: int | None
) -> frozenset[str]:
    return frozenset(
        state
        for state, holds in (
            (UNSEEN, unseen),
            (WRONG, wrong),
            (UNANSWERED, unanswered),
            (FLAGGED, flagged),
            (UNSURE, confidence is not None and confidence < Response.Confidence.SURE),
            (SURE_WRONG, wrong and not unanswered and confidence == Response.Confidence.SURE),
        )
        if holds
    )


def _states(item: PracticeItem, records: StudyRecords, scope: Mapping[int, frozenset[str]] | None) -> frozenset[str]:
    """Return what holds of a question: in the attempt of the filter, or by its newest answer that counts."""
    answer = records.newest.get(item.question)
    if scope is not None:
        states = scope[item.question]
    elif answer:
        states = _answer_states(
            unseen=False,
            wrong=not answer.correct,
            unanswered=not answer.ticked,
            flagged=answer.flagged,
            confidence=answer.confidence,
        )
    else:
        states = frozenset({UNSEEN})
    return states | {STARRED} if item.question in records.stars else states


def _limits(filters: Filters) -> bool:
    return any(getattr(filters, name) for name in GROUPS)


def _match(
    items: Iterable[PracticeItem],
    filters: Filters,
    states: Mapping[int, frozenset[str]],
    records: StudyRecords,
    spare: Mapping[int, int] | None,
) -> tuple[list[PracticeItem], dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Return the items that match all groups, and for each group the counts of those that match all other groups.

    Of what mock exams would lose, at most the `spare` questions of an exam domain are counted; None for all. The second
    counts have all of it.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in GROUPS}
    lost: dict[str, Counter[tuple[str, int]]] = {name: Counter() for name in GROUPS}  # by value and exam domain
    taken = records.open_elsewhere.union(records.shown)
    wanted = {name: {str(value) for value in getattr(filters, name)} for name in GROUPS}
    alike = defaultdict(list)  # a large bank has few kinds of questions
    for place, item in enumerate(items):
        kind = (
            item.frozen.exam_domain,
            item.task,
            item.topic,
            item.ask,
            item.collection,
            states.get(item.question, frozenset()),
            spare is not None and item.in_exams and item.question not in taken,
        )
        alike[kind].append((place, item))
    matching = []
    for (domain, task, topic, ask, collection, state, is_limited), found in alike.items():
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
            for value in values[name]:
                if is_limited:
                    lost[name][value, domain] += len(found)
                else:
                    counts[name][value] += len(found)
    counts_of_all = {name: counts[name].copy() for name in GROUPS}
    for name, found_lost in lost.items():
        for (value, domain), n in found_lost.items():
            counts_of_all[name][value] += n
            counts[name][value] += min(n, spare.get(domain, 0) if spare else 0)
    matching.sort(key=itemgetter(0))  # in the order of the items, so that a seed chooses the same questions
    return [item for _, item in matching], counts, counts_of_all


def sizes(records: StudyRecords, topics: Iterable[str], size: int) -> dict[str, int]:
    """Return how many questions a quiz on each of these topics has, of at most `size`: no query.

    Those that were right within a week, or asked today, are left out.
    """
    filters = {topic: Filters(topic=(topic,), size=size, rested=True) for topic in topics}
    return {topic: len(select(records, filters[topic], seed=topic).questions) for topic in topics}


def _spread(records: StudyRecords, size: int) -> tuple[int, dict[str, int]]:
    """Return how many new questions the next `size` of today have, and how many make each topic practiced.

    New ones are spread over the days until the exam.
    """
    before = {answer.question for answer in records.known if answer.at < records.day_began}
    asked = {answer.question for answer in records.known if answer.at >= records.day_began and not answer.exam} - before
    a_day = study_plan.new_a_day(count_new(records) + len(asked), records.plan.days_left or 0)
    left = max(size, records.questions_a_day - records.done_today)
    answered = Counter(item.topic for question in records.newest if (item := records.pool.items.get(question)))
    needed = {}
    for topic in records.planned:
        missing = topic.missed if topic.failed_on else WELL_ANSWERED - answered[topic.slug]
        needed[topic.slug] = max(1, min(WELL_ANSWERED, missing))
    return math.ceil(max(0, a_day - len(asked)) * size / left), needed


def count_new(records: StudyRecords) -> int:
    """Return how many new questions practice has, without those that are kept for mock exams: no query."""
    new = [
        item
        for question, item in records.pool.items.items()
        if question not in records.newest and question not in records.hidden and question not in records.open_elsewhere
    ]
    ordered = [(Group.NEW, item) for item in new if item.question not in records.shown]
    free = without_reserve(ordered, records.spare, lambda item: item.frozen.exam_domain)
    return len(new) - len(ordered) + len(free)


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
