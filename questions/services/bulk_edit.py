"""Edits facts of many questions at once: place, rating, date of the facts, license, collection.

The same rows and history as one by one. What an edit sets is the same for all, so it is a few statements.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from questions.content.schema import ASKABLE_STATUSES, MAX_LIVE_RATING, MIN_LIVE_RATING
from questions.models import ExamDomain, History, Point, Question, QuestionPoint, RaterRating, Topic, User
from questions.services.bulk import Done, locked
from questions.services.bulk_selection import Chosen, Plan
from questions.services.lifecycle import raise_bank_version
from questions.services.review import mean_half_up


@dataclass(frozen=True, slots=True)
class Changes:
    """What an edit sets on all; None leaves a fact as it is. A topic settles the exam domain.

    `rating` is the user's own rating, by itself or beside those of others; with `unrated_only` just for questions
    that nobody has rated.
    """

    exam_domain: ExamDomain | None = None
    topic: Topic | None = None
    points: tuple[Point, ...] | None = None
    rating: int | None = None
    unrated_only: bool = True
    as_of: datetime.date | None = None
    license: str | None = None
    collection: str | None = None


def plan(rows: Sequence[Chosen], changes: Changes, by: User) -> Plan:
    """Which of them the edit changes."""
    found = Plan()
    values = _ratings(rows)
    for row in rows:
        after = _facts_after(row.question, changes)
        rating = _rating_after(row.question, changes, values[row.question.pk], by)
        points = _points_after(row, changes)
        if rating and row.question.status in ASKABLE_STATUSES and not MIN_LIVE_RATING <= rating[0] <= MAX_LIVE_RATING:
            said = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
            found.hold(row, _("Candidates meet it: its rating must stay from %(least)d to %(most)d.") % said)
        elif not (after or rating or points is not None):
            found.hold(row, _("It says this already."))
        else:
            found.ready.append(row)
    return found


def edit(planned: Plan, changes: Changes, *, now: datetime.datetime, by: User) -> Done:
    """Sets the facts on all of them; what each said before stands in its history."""
    codes = {point.pk: point.code for point in changes.points or ()}
    with transaction.atomic():
        rows, left = locked(planned.ready)
        values = _ratings(rows)
        history: list[History] = []
        groups: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
        unlinked: list[int] = []
        links: list[QuestionPoint] = []
        for row in rows:
            question = row.question
            after = _facts_after(question, changes)
            before: dict[str, Any] = {name: _said(getattr(question, name)) for name in after}
            became: dict[str, Any] = {name: _said(value) for name, value in after.items()}
            points = _points_after(row, changes)
            if points is not None:
                before["points"], became["points"] = list(row.draft.points if row.draft else ()), points
                unlinked.append(question.pk)
                kept = [pk for pk, code in codes.items() if code in points]
                links += [QuestionPoint(question=question, point_id=pk, ordinal=n) for n, pk in enumerate(kept)]
            if became:
                history.append(History(question=question, at=now, by=by, action="edited", before=before, after=became))
            if rating := _rating_after(question, changes, values[question.pk], by):
                old = {"rating": question.rating, "raters": question.raters}
                new = dict(zip(("rating", "raters"), rating, strict=True))
                if old != new:
                    history.append(History(question=question, at=now, by=by, action="rated", before=old, after=new))
                after |= new
            groups[tuple(after.items())].append(question.pk)
        for facts, keys in groups.items():
            Question.objects.filter(pk__in=keys).update(lock_version=F("lock_version") + 1, **dict(facts))
        QuestionPoint.objects.filter(question__in=unlinked).delete()
        QuestionPoint.objects.bulk_create(links)
        _rate(rows, changes, by)
        History.objects.bulk_create(history)
        if rows:
            raise_bank_version()
    return Done([row.question for row in rows], left)


def _facts_after(question: Question, changes: Changes) -> dict[str, Any]:
    """The facts that become others, by the name of their column."""
    domain, topic = question.exam_domain, question.topic
    if changes.topic:
        domain, topic = changes.topic.task.exam_domain, changes.topic
    elif changes.exam_domain:
        domain = changes.exam_domain
        # A topic settles the exam domain, so one of another exam domain goes.
        topic = topic if question.exam_domain_id == domain.pk else None
    said = {"exam_domain": domain, "topic": topic, "as_of": changes.as_of, "license": changes.license,
            "collection": changes.collection}  # fmt: skip
    asked = {"exam_domain", "topic"} | {name for name in ("as_of", "license", "collection") if said[name] is not None}
    return {name: said[name] for name in said if name in asked and said[name] != getattr(question, name)}


def _points_after(row: Chosen, changes: Changes) -> list[str] | None:
    """Codes of the points that it tests from now on; None if they stay. Those of another topic go with the topic."""
    standing = list(row.draft.points) if row.draft else []
    after = _facts_after(row.question, changes)
    wanted = [point.code for point in changes.points] if changes.points else ([] if "topic" in after else standing)
    return wanted if wanted != standing else None


def _ratings(rows: Iterable[Chosen]) -> dict[int, dict[int, int]]:
    """By key of the question: value by rater."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    ratings = RaterRating.objects.filter(question__in=[row.question.pk for row in rows])
    for question, rater, value in ratings.values_list("question", "rater", "value"):
        found[question][rater] = value
    return found


def _rating_after(question: Question, changes: Changes, values: Mapping[int, int], by: User) -> tuple[int, int] | None:
    """Rating and number of raters with the user's rating among them; None if they stay."""
    if changes.rating is None or (changes.unrated_only and (question.raters or values)):
        return None
    all_of = {**values, by.pk: changes.rating}
    after = (mean_half_up(list(all_of.values())), len(all_of))
    return None if after == (question.rating, question.raters) and values.get(by.pk) == changes.rating else after


def _rate(rows: Sequence[Chosen], changes: Changes, by: User) -> None:
    values = _ratings(rows)
    RaterRating.objects.bulk_create(
        (
            RaterRating(question=row.question, rater=by, value=changes.rating or 0)
            for row in rows
            if _rating_after(row.question, changes, values[row.question.pk], by)
        ),
        update_conflicts=True, unique_fields=["question", "rater"], update_fields=["value"],
    )  # fmt: skip


def _said(value: Any) -> str | None:
    return None if value is None else str(value)
