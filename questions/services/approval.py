"""The approval of wordings: submit, comment, send back, take back, approve and retire, each with history.

Each action takes questions or a plan. Given questions, it changes all of them, or raises the first reason that blocks
one. Given a plan that the user has seen, it changes what is ready there; questions changed since are left out and
returned. The lint runs in the plan, before the transaction begins.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from questions.content.differences import is_same_question, options_differ
from questions.content.schema import DEFAULT_RATING
from questions.models import History, Question, Revision, User
from questions.models.question import APPROVAL_DECISIONS
from questions.services import action_plans, lifecycle, question_rows, revisions, waivers
from questions.services.action_plans import ActionPlan, ActionResult, SelectedQuestion, lock_ready, select
from questions.services.errors import RefusedError
from questions.services.history import record, record_all
from questions.services.wordings import content_of

APPROVAL_ACTIONS = ("submitted", "commented", "sent back", "taken back", "approved", "waived")  # shown to reviewers

_FEEDBACK = ("sent back", "commented")
_END_OF_FEEDBACK = tuple(action for action in APPROVAL_DECISIONS if action != "sent back")

type Target = ActionPlan | Sequence[Question]


def is_in_review(question: Question) -> bool:
    """Return whether a wording of this question waits for a reviewer."""
    return Question.objects.in_review().filter(pk=question.pk).exists()


def feedback(question: Question) -> list[History]:
    """Return the latest send-back and the comments of that review, oldest first; empty once it is submitted again."""
    rows = question.history.filter(action__in=(*_END_OF_FEEDBACK, *_FEEDBACK)).select_related("by")
    latest = list(takewhile(lambda row: row.action in _FEEDBACK, rows.iterator(chunk_size=50)))
    return latest[::-1] if any(row.action == "sent back" for row in latest) else []


def sent_back(questions: Iterable[Question]) -> set[int]:
    """Return keys of those questions that a reviewer sent back and that were not submitted since."""
    newest: dict[int, str] = {}
    rows = History.objects.filter(question__in=list(questions), action__in=("sent back", *_END_OF_FEEDBACK))
    for question, action in rows.order_by("-at", "-pk").values_list("question", "action"):
        newest.setdefault(question, action)
    return {question for question, action in newest.items() if action == "sent back"}


@transaction.atomic
def comment(question: Question, text: str, *, now: datetime.datetime, by: User) -> None:
    """Add a comment to the history."""
    if not text.strip():
        raise RefusedError(_("Enter a comment."))
    question_rows.lock_by_key([question.pk])
    record(question, "commented", now=now, by=by, after={"text": text.strip()})


def submit(target: Target, *, now: datetime.datetime, by: User) -> ActionResult:
    """Submit the unpublished wordings for review. Raises NotReadyError with the findings of the lint."""

    def write(plan: ActionPlan, rows: Sequence[SelectedQuestion]) -> None:
        _write_waivers(plan, rows, now=now, by=by)
        _move(rows, now, Question.Status.DRAFT, Question.Status.REVIEW)
        _record(rows, "submitted", now=now, by=by)

    return _carry_out(target, by, lambda rows: action_plans.plan_submission(rows, now.date(), with_retired=True), write)


def send_back(target: Target, text: str, *, now: datetime.datetime, by: User) -> ActionResult:
    """Return wordings to their authors, with what has to change."""
    if not text.strip():
        raise RefusedError(_("Enter a comment that tells the author what to change."))

    def write(plan: ActionPlan, rows: Sequence[SelectedQuestion]) -> None:
        _move(rows, None, Question.Status.REVIEW, Question.Status.DRAFT)
        _record(rows, "sent back", now=now, by=by, more={"text": text.strip()})

    return _carry_out(target, by, action_plans.plan_sending_back, write)


def take_back(target: Target, *, now: datetime.datetime, by: User) -> ActionResult:
    """Take the user's own submissions out of review."""

    def write(plan: ActionPlan, rows: Sequence[SelectedQuestion]) -> None:
        _move(rows, None, Question.Status.REVIEW, Question.Status.DRAFT)
        _record(rows, "taken back", now=now, by=by)

    return _carry_out(target, by, action_plans.plan_taking_back, write)


def approve(
    target: Target, *, pilot: bool, now: datetime.datetime, by: User, same_meaning: bool = False
) -> ActionResult:
    """Publish the wordings in review. Candidates meet them scored, or as pilot questions without a score.

    A wording with another text of an option remains the same question only if the reviewer confirms `same_meaning`;
    one with another key, number of options or figure never does.
    """
    status = Question.Status.PILOT if pilot else Question.Status.LIVE

    def write(plan: ActionPlan, rows: Sequence[SelectedQuestion]) -> None:
        _write_waivers(plan, rows, now=now, by=by)
        for row in rows:
            if row.revision and _is_another_item(row.revision, same_meaning):
                revisions.set_reason(row.revision, row.revision.reason)
        unrated = [row.question.pk for row in rows if row.question.rating is None]  # no exam passes by their ratings
        question_rows.set_ratings({(DEFAULT_RATING, 0): unrated} if unrated else {})
        lifecycle.publish([row.revision for row in rows if row.revision], now=now, by=by, status=status)
        record_all(
            History(
                question=row.question, at=now, by=by, action="approved", before={"status": row.question.status},
                after={"status": status.value, "revision": row.revision.number if row.revision else None}
                | ({"rating": DEFAULT_RATING} if row.question.rating is None else {})
                | ({"text": "approved by its author"} if row.is_writer else {}),
            )
            for row in rows
        )  # fmt: skip

    return _carry_out(target, by, lambda rows: action_plans.plan_approval(rows, now.date(), by), write)


def needs_same_meaning(revision: Revision) -> bool:
    """Return whether a wording claims to be the same question although an option has another text."""
    before = revision.same_item_as
    return before is not None and options_differ(content_of(before), content_of(revision))


def _is_another_item(revision: Revision, same_meaning: bool) -> bool:
    """Return whether a revision written as the same item may not keep its statistics."""
    before = revision.same_item_as
    if before is None:
        return False
    if not is_same_question(content_of(before), content_of(revision)):
        return True
    return needs_same_meaning(revision) and not same_meaning


def retire(plan: ActionPlan, *, now: datetime.datetime, by: User) -> ActionResult:
    """Retire the questions that are ready in the plan (`lifecycle.retire`)."""

    def write(plan: ActionPlan, rows: Sequence[SelectedQuestion]) -> None:
        lifecycle.retire([row.question for row in rows], now=now, by=by)

    return _carry_out(plan, by, lambda _rows: plan, write)


def restore(plan: ActionPlan, *, now: datetime.datetime, by: User) -> ActionResult:
    """Put back the retired questions that are ready in the plan (`lifecycle.restore`)."""

    def write(plan: ActionPlan, rows: Sequence[SelectedQuestion]) -> None:
        lifecycle.restore([row.question for row in rows], now=now, by=by)

    return _carry_out(plan, by, lambda _rows: plan, write)


def _carry_out(
    target: Target,
    by: User,
    make_plan: Callable[[list[SelectedQuestion]], ActionPlan],
    write: Callable[[ActionPlan, Sequence[SelectedQuestion]], None],
) -> ActionResult:
    """Lock what is ready and write it, in one transaction."""
    plan = target if isinstance(target, ActionPlan) else _plan_all(target, by, make_plan)
    with transaction.atomic():
        rows, left_out = lock_ready(plan)
        if left_out and not isinstance(target, ActionPlan):
            raise RefusedError(left_out[0].reasons[0])
        if rows:
            write(plan, rows)
    if not isinstance(target, ActionPlan):
        _refresh(target)
    return ActionResult([row.question for row in rows], left_out)


def _plan_all(
    questions: Sequence[Question], by: User, make_plan: Callable[[list[SelectedQuestion]], ActionPlan]
) -> ActionPlan:
    """Plan questions that the user has read. Raise the first reason that blocks one of them."""
    plan = make_plan(select([question.pk for question in questions], by))
    plan.require_ready()
    read = {question.pk: question.lock_version for question in questions}
    if any(row.question.lock_version != read[row.question.pk] for row in plan.ready):
        raise RefusedError(_("Someone else changed this question. Reload the page."))
    return plan


def _refresh(questions: Sequence[Question]) -> None:
    """Update the caller's rows with what the action has changed."""
    stored = Question.objects.in_bulk([question.pk for question in questions])
    for question in questions:
        for name in ("status", "current_id", "search_text", "lock_version"):
            setattr(question, name, getattr(stored[question.pk], name))


def _write_waivers(plan: ActionPlan, rows: Sequence[SelectedQuestion], *, now: datetime.datetime, by: User) -> None:
    given = [(row.question, plan.waivers[row.question.pk]) for row in rows]
    waivers.write_waivers([pair for pair in given if pair[1]], now=now, by=by)


def _move(rows: Sequence[SelectedQuestion], submitted_at: datetime.datetime | None, only: str, status: str) -> None:
    """Set when the wordings were submitted; change the status of the questions that have the status `only`."""
    keys = [row.question.pk for row in rows]
    question_rows.set_status(keys, status, only=only)
    question_rows.touch(keys)
    revisions.set_submitted([row.revision.pk for row in rows if row.revision], submitted_at)


def _record(
    rows: Sequence[SelectedQuestion], action: str, *, now: datetime.datetime, by: User,
    more: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    record_all(
        History(
            question=row.question, at=now, by=by, action=action,
            after={"revision": row.revision.number if row.revision else None, **(more or {})},
        )
        for row in rows
    )  # fmt: skip
