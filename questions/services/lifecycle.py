"""Publish, retire and restore questions: draft > review > pilot > live > retired.

Each action takes one or many questions and writes them in a fixed number of statements, with history. It raises the
version of the bank in the same transaction, so that no process keeps an outdated pool.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from questions.models import History, Question, Revision, User
from questions.services import question_rows, revisions
from questions.services.bank_version import raise_bank_version
from questions.services.history import record, record_all
from questions.services.wordings import content_of, search_text


@transaction.atomic
def publish(
    wordings: Sequence[Revision], *, now: datetime.datetime, by: User | None, status: str | None = None
) -> None:
    """Freeze the wordings, at most one of each question, and give them to new forms; all or none.

    With `status`, set the status of the questions as well. Raises RefusedError if a wording is published already, or
    if candidates could not answer it.
    """
    questions = [revision.question_id for revision in wordings]
    locked = Question.objects.select_for_update().filter(pk__in=questions).order_by("pk").in_bulk()
    before = dict(
        Revision.objects.filter(pk__in=[row.current_id for row in locked.values() if row.current_id])
        .order_by()
        .values_list("question", "number")
    )
    revisions.freeze(wordings, now)
    keys = [revision.pk for revision in wordings]
    question_rows.set_current(questions, keys, status)
    stored = Revision.objects.filter(pk__in=keys).select_related("question").prefetch_related("options")
    replaced: dict[int, dict[str, Any]] = {}
    for revision in stored:
        replaced[revision.question_id] = {name: getattr(revision.question, name) for name in revision.facts}
        if revision.facts:
            question_rows.update([revision.question_id], **revision.facts)
    question_rows.set_search_texts({
        revision.question_id: text
        for revision in stored
        if (text := search_text(content_of(revision))) != revision.question.search_text
    })  # fmt: skip
    record_all(
        History(
            question_id=revision.question_id, at=now, by=by, action="published",
            before={"revision": before.get(revision.question_id)} | replaced[revision.question_id],
            after={"revision": revision.number} | revision.facts,
        )
        for revision in wordings
    )  # fmt: skip
    if wordings:
        raise_bank_version()


@transaction.atomic
def retire(
    questions: Sequence[Question], *, now: datetime.datetime, by: User | None, reason: str = "", evidence: Any = None
) -> list[Question]:
    """Take questions out of new forms, and return those that were not retired already. Attempts stay as they are.

    A new question leaves the review. A newer wording of one that was asked may still be approved, and brings it back.
    The history keeps the reason, and the figures it was based on, if there are any.
    """
    rows = Question.objects.select_for_update().filter(pk__in=[question.pk for question in questions]).order_by("pk")
    before = {pk: status for pk, status in rows.values_list("pk", "status") if status != Question.Status.RETIRED}
    changed = [question for question in questions if question.pk in before]
    if not changed:
        return []
    question_rows.update(before, status=Question.Status.RETIRED)
    in_review = [pk for pk, status in before.items() if status == Question.Status.REVIEW]
    if in_review:
        revisions.withdraw_all(in_review)
    record_all(
        History(
            question=question, at=now, by=by, action="retired",
            before={"status": before[question.pk]},
            after={"status": Question.Status.RETIRED.value} | _grounds(reason, evidence),
        )
        for question in changed
    )  # fmt: skip
    raise_bank_version()
    for question in changed:
        question.status = Question.Status.RETIRED
        question.lock_version += 1
    return changed


def status_before_retirement(question: Question) -> str:
    """Return the status that a retired question had; a draft again if it waited for a review, or was never published.

    "" if a key ruling retired it: only a new wording brings it back.
    """
    entry = question.history.filter(action="retired").first()
    if entry and "ruling" in ((entry.after or {}).get("evidence") or {}):
        return ""
    status = (entry.before or {}).get("status", "") if entry else ""
    is_asked = status in (Question.Status.LIVE, Question.Status.PILOT)
    return status if is_asked and question.current_id else Question.Status.DRAFT


@transaction.atomic
def restore(questions: Sequence[Question], *, now: datetime.datetime, by: User | None) -> list[Question]:
    """Give retired questions the status that they had before, and return them."""
    changed = []
    for question in Question.objects.select_for_update().filter(pk__in=[row.pk for row in questions]).order_by("pk"):
        status = status_before_retirement(question)
        if question.status != Question.Status.RETIRED or not status:
            continue
        question_rows.update([question.pk], status=status)
        before, after = {"status": Question.Status.RETIRED.value}, {"status": str(status)}
        record(question, "restored", now=now, by=by, before=before, after=after)
        changed.append(question)
    if changed:
        raise_bank_version()
    return changed


@transaction.atomic
def promote(question: Question, *, now: datetime.datetime, by: User | None, reason: str, evidence: Any) -> bool:
    """Let a pilot count from the next form on. Return False if it is no pilot any more, or was changed since."""
    if not question_rows.claim(question):
        return False
    rows = Question.objects.filter(pk=question.pk, status=Question.Status.PILOT)
    if not rows.exists():
        return False
    question_rows.set_status([question.pk], Question.Status.LIVE, only=Question.Status.PILOT)
    record(
        question, "promoted", now=now, by=by,
        before={"status": Question.Status.PILOT.value},
        after={"status": Question.Status.LIVE.value} | _grounds(reason, evidence),
    )  # fmt: skip
    raise_bank_version()
    return True


def _grounds(reason: str, evidence: Any) -> dict[str, Any]:
    """Return what the history says about the grounds of a decision; nothing without any."""
    grounds = {"text": reason, "evidence": evidence}
    return {name: value for name, value in grounds.items() if value}
