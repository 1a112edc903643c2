"""Actions on many questions: the same rules, rows and history as for one, in a fixed number of statements.

`bulk_selection` plans each action outside of a transaction. Here the rows are locked, those changed since they were
read are left out and named, and the others are written together or not at all.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from questions.models import History, Question, Revision, User, Waiver
from questions.services.bulk_selection import Chosen, Held, Plan
from questions.services.errors import RefusedError
from questions.services.lifecycle import raise_bank_version, search_text


@dataclass(frozen=True, slots=True)
class Done:
    """How many questions the act has changed, and which it left out, with the reason."""

    changed: list[Question]
    left: list[Held]


def submit(plan: Plan, reasons: Mapping[str, str], *, now: datetime.datetime, by: User) -> Done:
    """Hands the wordings to the reviewers, and keeps with a reason what was warned of."""
    with transaction.atomic():
        rows, left = locked(plan.ready)
        _waive(plan, rows, reasons, now, by)
        of = _keys(rows)
        Question.objects.filter(pk__in=of, status=Question.Status.DRAFT).update(status=Question.Status.REVIEW)
        Question.objects.filter(pk__in=of).update(lock_version=F("lock_version") + 1)
        _wordings(rows).update(submitted_at=now)
        _record(rows, "submitted", now, by, after=lambda row: {"revision": row.revision.number})
    return Done([row.question for row in rows], left)


def take_back(plan: Plan, *, now: datetime.datetime, by: User) -> Done:
    """Takes own submissions out of review again."""
    with transaction.atomic():
        rows, left = locked(plan.ready)
        of = _keys(rows)
        Question.objects.filter(pk__in=of, status=Question.Status.REVIEW).update(status=Question.Status.DRAFT)
        Question.objects.filter(pk__in=of).update(lock_version=F("lock_version") + 1)
        _wordings(rows).update(submitted_at=None)
        _record(rows, "taken back", now, by, after=lambda row: {"revision": row.revision.number})
    return Done([row.question for row in rows], left)


def approve(plan: Plan, reasons: Mapping[str, str], *, on_trial: bool, now: datetime.datetime, by: User) -> Done:
    """Publishes the wordings in review; candidates meet them scored, or on trial and unscored."""
    status = Question.Status.PILOT if on_trial else Question.Status.LIVE
    before = _current_numbers(plan.ready)
    with transaction.atomic():
        rows, left = locked(plan.ready)
        _waive(plan, rows, reasons, now, by)
        wordings = _wordings(rows)
        keys = list(wordings.values_list("pk", flat=True))
        if wordings.update(published_at=now) != len(rows):
            raise RefusedError(
                _("Somebody published one of these wordings meanwhile. Nothing was approved. Try again.")
            )
        own = Revision.objects.filter(pk__in=keys, question=OuterRef("pk")).values("pk")[:1]
        Question.objects.filter(pk__in=_keys(rows)).update(
            current=Subquery(own), status=status, lock_version=F("lock_version") + 1
        )
        for row in rows:  # only where an older wording was searched through until now
            if row.draft and row.question.search_text != (text := search_text(row.draft)):
                Question.objects.filter(pk=row.question.pk).update(search_text=text)
        _record(
            rows, "published", now, by,
            before=lambda row: {"revision": before.get(row.question.pk)},
            after=lambda row: {"revision": row.revision.number},
        )  # fmt: skip
        _record(
            rows, "approved", now, by,
            before=lambda row: {"status": row.question.status},
            after=lambda row: {"status": status.value, "revision": row.revision.number}
            | ({"text": "approved by its author"} if row.wrote else {}),
        )  # fmt: skip
        if rows:
            raise_bank_version()
    return Done([row.question for row in rows], left)


def retire(plan: Plan, *, now: datetime.datetime, by: User) -> Done:
    """Takes the questions out of new forms. What was sat stays as it is."""
    with transaction.atomic():
        rows, left = locked(plan.ready)
        Question.objects.filter(pk__in=_keys(rows)).update(
            status=Question.Status.RETIRED, lock_version=F("lock_version") + 1
        )
        _wordings(row for row in rows if row.question.status == Question.Status.REVIEW).update(submitted_at=None)
        _record(
            rows, "retired", now, by,
            before=lambda row: {"status": row.question.status}, after=lambda row: {"status": "retired"},
        )  # fmt: skip
        if rows:
            raise_bank_version()
    return Done([row.question for row in rows], left)


def _waive(plan: Plan, rows: Sequence[Chosen], reasons: Mapping[str, str], now: datetime.datetime, by: User) -> None:
    kept = [(row.question, rule) for row in rows for rule in sorted(plan.waived[row.question.pk])]
    said = {rule: reasons[rule].strip()[:300] for question, rule in kept}
    Waiver.objects.bulk_create(
        (Waiver(question=question, rule=rule, reason=said[rule], by=by) for question, rule in kept),
        update_conflicts=True, unique_fields=["question", "rule"], update_fields=["reason", "by"],
    )  # fmt: skip
    History.objects.bulk_create(
        History(question=question, at=now, by=by, action="waived", after={"rule": rule, "text": said[rule]})
        for question, rule in kept
    )


def locked(rows: Sequence[Chosen]) -> tuple[list[Chosen], list[Held]]:
    """The rows as they were read, and those that somebody has changed or rated since."""
    keys = [row.question.pk for row in rows]
    stand = Question.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    now = {pk: said for pk, *said in stand.values_list("pk", "lock_version", "rating", "raters")}
    same, left = [], []
    for row in rows:
        if now.get(row.question.pk) == [row.question.lock_version, row.question.rating, row.question.raters]:
            same.append(row)
        else:
            left.append(Held(row.question, (_("Somebody changed this question meanwhile. Look at it again."),)))
    return same, left


def _current_numbers(rows: Sequence[Chosen]) -> dict[int, int]:
    current = Revision.objects.filter(pk__in=[row.question.current_id for row in rows if row.question.current_id])
    return dict(current.values_list("question", "number"))


def _keys(rows: Iterable[Chosen]) -> list[int]:
    return [row.question.pk for row in rows]


def _wordings(rows: Iterable[Chosen]) -> Any:
    """The wordings in work of these rows."""
    return Revision.objects.filter(pk__in=[row.revision.pk for row in rows if row.revision], published_at=None)


def _record(
    rows: Iterable[Chosen], action: str, now: datetime.datetime, by: User, *, after: Any, before: Any = None
) -> None:
    History.objects.bulk_create(
        History(
            question=row.question,
            at=now,
            by=by,
            action=action,
            before=before(row) if before else None,
            after=after(row),
        )
        for row in rows
    )
