"""Edit facts of many questions at once: syllabus place, rating, date of the facts, license, collection, points.

Points, partial credit and order of a published question decide scores: they wait for approval with a new revision.
"""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from questions.content.parts import FACTS, SCORING_FACTS
from questions.content.schema import MAX_LIVE_RATING, MIN_LIVE_RATING
from questions.models import ExamDomain, History, Point, Question, Topic, User
from questions.services import drawing_rights, editing, points_and_enemies, question_rows, revisions
from questions.services.action_plans import ActionPlan, ActionResult, SelectedQuestion, lock_ready
from questions.services.authorship import APPROVE
from questions.services.bank_version import raise_bank_version
from questions.services.history import record_all
from questions.services.ratings import RatingChange, rating_change, values_by_rater, write_ratings


@dataclass(frozen=True, slots=True)
class FactChanges:
    """What an edit sets on all questions; None leaves a fact as it is. A topic determines the exam domain.

    `unplaced` takes exam domain and topic away: exams then draw the question by its collection or a tag.

    `rating` is the user's own rating, in percent; with `unrated_only` just for questions without any rater.
    `worth` is in hundredths of a point.
    """

    exam_domain: ExamDomain | None = None
    topic: Topic | None = None
    unplaced: bool = False
    points: tuple[Point, ...] | None = None
    rating: int | None = None
    unrated_only: bool = True
    as_of: datetime.date | None = None
    license: str | None = None
    collection: str | None = None
    worth: int | None = None
    partial: bool | None = None
    shuffle: bool | None = None


def plan_edit(rows: Sequence[SelectedQuestion], changes: FactChanges, by: User) -> ActionPlan:
    """Plan which questions the edit changes."""
    plan = ActionPlan()
    values = values_by_rater(row.question.pk for row in rows)
    closed = drawing_rights.closed_collections(approves=by.has_perm(APPROVE))
    for row in rows:
        rating = _rating_change(row.question, changes, values[row.question.pk], by)
        facts = _changed_facts(row.question, changes)
        if rating and not rating.possible:
            bounds = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
            plan.block(
                row, _("Candidates get this question. Its rating must stay from %(least)d to %(most)d.") % bounds
            )
        elif reason := drawing_rights.refusal(row.question, facts, by):
            plan.block(row, reason)
        elif changes.collection in closed and row.question.origin == Question.Origin.LOCAL:
            plan.block(row, drawing_rights.closed_sentence(changes.collection))
        elif _loses_place(row.question, facts):
            plan.block(row, editing.place_sentence(facts.get("collection", row.question.collection)))
        elif not (facts or rating or _changed_points(row, changes) is not None):
            plan.block(row, _("The question already has these values."))
        else:
            plan.ready.append(row)
            plan.waiting += [row] if _split(row.question, facts)[1] else []
    return plan


def edit(plan: ActionPlan, changes: FactChanges, *, now: datetime.datetime, by: User) -> ActionResult:
    """Set the facts of the questions that are ready, in a fixed number of statements; history keeps the old ones.

    What has to wait for approval takes more, for each question.
    """
    keys = {point.code: point.pk for point in changes.points or ()}
    with transaction.atomic():
        rows, left_out = lock_ready(plan)
        values = values_by_rater(row.question.pk for row in rows)
        entries: list[History] = []
        ratings: list[RatingChange] = []
        points: dict[int, list[int]] = {}
        groups: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
        for row in rows:
            question = row.question
            facts, waiting = _split(question, _changed_facts(question, changes))
            if waiting:
                _let_wait(row, waiting, now=now, by=by)
            before: dict[str, Any] = {name: _text(getattr(question, name)) for name in facts}
            after: dict[str, Any] = {name: _text(value) for name, value in facts.items()}
            codes = _changed_points(row, changes)
            if codes is not None:
                before["points"], after["points"] = list(row.content.points if row.content else ()), codes
                points[question.pk] = [keys[code] for code in codes]
            if after:
                entries.append(History(question=question, at=now, by=by, action="edited", before=before, after=after))
            if rating := _rating_change(question, changes, values[question.pk], by):
                ratings.append(rating)
            groups[tuple(facts.items())].append(question.pk)
        for values_to_set, questions in groups.items():
            question_rows.update(questions, **dict(values_to_set))
        points_and_enemies.set_points(points)
        record_all(entries)
        write_ratings(ratings, now=now, by=by)
        if rows:
            raise_bank_version()
    return ActionResult([row.question for row in rows], left_out)


def _changed_facts(question: Question, changes: FactChanges) -> dict[str, Any]:
    """Return the facts that get another value, by name of the column."""
    domain, topic = question.exam_domain, question.topic
    if changes.unplaced:
        domain = topic = None
    elif changes.topic:
        domain, topic = changes.topic.task.exam_domain, changes.topic
    elif changes.exam_domain:
        domain = changes.exam_domain
        # A topic determines the exam domain, so a topic of another exam domain is removed.
        topic = topic if question.exam_domain_id == domain.pk else None
    facts: dict[str, Any] = {"exam_domain": domain, "topic": topic}
    for name in FACTS:
        if (value := getattr(changes, name, None)) is not None:
            facts[name] = value
    return {name: value for name, value in facts.items() if value != getattr(question, name)}


def _loses_place(question: Question, facts: Mapping[str, Any]) -> bool:
    """Return whether a question of a collection whose questions need an exam domain would be there without one."""
    if not {"exam_domain", "collection"} & facts.keys() or facts.get("exam_domain", question.exam_domain):
        return False
    return editing.needs_exam_domain(question, facts.get("collection", question.collection))


def _split(question: Question, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts that change at once, and those that wait for the approval of a published question."""
    waiting = {name: facts[name] for name in SCORING_FACTS if question.current_id and name in facts}
    return {name: value for name, value in facts.items() if name not in waiting}, waiting


def _let_wait(row: SelectedQuestion, waiting: Mapping[str, Any], *, now: datetime.datetime, by: User) -> None:
    """Write these facts into the unpublished revision; make one, which is the same question, if there is none."""
    assert row.content is not None
    assert row.revision is not None
    is_new = row.revision.published_at is not None
    revision = revisions.revise(row.question, now=now, by=by)
    facts = waiting if is_new else {**row.revision.facts, **waiting}
    revisions.rewrite(revision, row.content, facts, now=now, by=by)
    if is_new:
        revisions.set_reason(revision, _("Other points, partial credit or order of the options"), row.revision)


def _changed_points(row: SelectedQuestion, changes: FactChanges) -> list[str] | None:
    """Return the codes of the new points; None if they stay. Points of another topic are removed with it."""
    current = list(row.content.points) if row.content else []
    if changes.points:
        wanted = [point.code for point in changes.points]
    else:
        wanted = [] if "topic" in _changed_facts(row.question, changes) else current
    return wanted if wanted != current else None


def _rating_change(
    question: Question, changes: FactChanges, values: Mapping[int, int], by: User
) -> RatingChange | None:
    if changes.rating is None or (changes.unrated_only and (question.raters or values)):
        return None
    return rating_change(question, changes.rating, values, by)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
