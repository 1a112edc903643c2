"""Save the edit of an author: wording, commentary and facts of a question in one transaction.

A save names the version that the author has read. A published wording is never changed: another wording becomes a new
revision with a reason, which candidates get when it is approved, and so do other points, partial credit and order of
the options. Rationales, explanation, references and other facts are edited in place.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.content.differences import is_same_question
from questions.content.parts import FACTS, SCORING_FACTS
from questions.content.schema import ASKABLE_STATUSES, QuestionContent
from questions.models import AutosavedEdit, ExamDomain, Point, Question, Revision, Topic, User
from questions.services import (
    authorship,
    collections,
    drawing_rights,
    findings,
    points_and_enemies,
    question_rows,
    revisions,
)
from questions.services.bank_version import raise_bank_version
from questions.services.content_columns import facts_of, set_facts
from questions.services.errors import EditConflictError, ReasonRequiredError, RefusedError
from questions.services.history import record
from questions.services.wordings import content_of, wording_sha256

CODE_TAKEN = gettext_lazy("A question with this code already exists. Choose another code.")
_MAX_CODE_ROOT_CHARS = 75  # leaves room for the number of a copy


@dataclass(frozen=True, slots=True)
class QuestionLinks:
    """The rows that a question names beside its content; a topic determines the exam domain.

    Without either, exams draw the question by its collection or tags.
    """

    exam_domain: ExamDomain | None
    topic: Topic | None
    points: tuple[Point, ...] = ()
    enemies: tuple[Question, ...] = ()


@transaction.atomic
def save(
    question: Question,
    content: QuestionContent,
    links: QuestionLinks,
    *,
    read_version: int,
    now: datetime.datetime,
    by: User,
    reason: str = "",
    same_item: bool = False,
) -> Question:
    """Save a question, new if it is an unsaved row, and return it as stored: texts and facts of the content, and links.

    `read_version` is the lock version that the page was made of. Writes nothing and raises EditConflictError if it is
    outdated, ReasonRequiredError if a published wording changes without a reason, and RefusedError if the code of a new
    question is taken or the user may not set these facts.
    """
    row = question
    locked = _lock(question, links)
    if question.pk:
        row = locked[question.pk]
        if row.lock_version != read_version:
            raise EditConflictError(_("Someone else saved this question while you were editing it. Your text is kept."))
    content = replace(content, collection=content.collection or row.collection)
    _require_permitted_facts(row, content, links, locked, by)
    links_before, facts_before = (_links(row), _facts(row)) if row.pk else ({}, [])
    row.exam_domain, row.topic = links.topic.task.exam_domain if links.topic else links.exam_domain, links.topic
    if content.collection != row.collection or not row.pk:
        collections.ensure([content.collection], by)
    waiting = _waiting_facts(row, content)
    set_facts(row, replace(content, **{name: getattr(row, name) for name in waiting}))
    if not row.pk:
        _create(row, now=now, by=by)
    elif facts_before != _facts(row):
        question_rows.save_facts(row, now=now, by=by)
    if [point.code for point in links.points] != links_before.get("points", []):
        points_and_enemies.set_points({row.pk: [point.pk for point in links.points]})
    changed_enemies = points_and_enemies.set_enemies(row, links.enemies)
    links_after = _links(row)
    if links_before and links_before != links_after:
        record(row, "edited", now=now, by=by, before=links_before, after=links_after)
        question_rows.touch([row.pk])
        raise_bank_version()
    for key in changed_enemies:
        _record_enemy(locked[key], row, now=now, by=by)
    _write_texts(row, content, waiting, reason=reason, same_item=same_item, now=now, by=by)
    return Question.objects.get(pk=row.pk)


def _require_permitted_facts(
    row: Question, content: QuestionContent, links: QuestionLinks, locked: Mapping[int, Question], by: User
) -> None:
    """Raise RefusedError if only a reviewer may set these facts. `locked` has the old and the new enemies by key."""
    stored = facts_of(row)
    changed = {name for name in FACTS if getattr(content, name) != stored[name]}
    reason = ""
    if row.origin == Question.Origin.LOCAL and ("collection" in changed or not row.pk):
        closed = drawing_rights.closed_collections(approves=by.has_perm(authorship.APPROVE))
        reason = drawing_rights.closed_sentence(content.collection) if content.collection in closed else ""
    if row.pk:
        domain = links.topic.task.exam_domain if links.topic else links.exam_domain
        if domain != row.exam_domain:
            changed.add("exam_domain")
        if links.topic != row.topic:
            changed.add("topic")
        pairs = points_and_enemies.enemy_keys(row) ^ {enemy.pk for enemy in links.enemies}
        if any(locked[key].status in ASKABLE_STATUSES for key in pairs):  # exams never draw the others
            changed.add("enemies")
        reason = drawing_rights.refusal(row, changed, by) or reason
    if not links.topic and not links.exam_domain and needs_exam_domain(row, content.collection):
        reason = reason or place_sentence(content.collection)
    if reason:
        raise RefusedError(reason)


def _waiting_facts(row: Question, content: QuestionContent) -> dict[str, Any]:
    """Return the facts that decide scores and change: with a published wording, they wait for approval like another."""
    stored = facts_of(row) if row.current_id else {}
    return {name: getattr(content, name) for name in SCORING_FACTS if stored and getattr(content, name) != stored[name]}


def needs_exam_domain(question: Question, collection: str) -> bool:
    """Return whether a question of this collection has to have a place in a syllabus: shipped, or of strict rules."""
    return question.origin == Question.Origin.SHIPPED or collections.rules_for(collection).need_exam_domain


def place_sentence(collection: str) -> str:
    """Return why a question without a place cannot be in this collection."""
    return _("Questions of the collection %s need a topic or an exam domain.") % collection


def _facts(question: Question) -> list[Any]:
    return [question.exam_domain_id, question.topic_id, *facts_of(question).values()]


def _links(question: Question) -> dict[str, Any]:
    return {"points": points_and_enemies.point_codes(question), "enemies": points_and_enemies.enemy_codes(question)}


def _create(question: Question, *, now: datetime.datetime, by: User) -> None:
    question.author = by
    try:
        with transaction.atomic():
            question_rows.save_facts(question, now=now, by=by)
    except IntegrityError:  # two posts may arrive at the same time; the constraint decides
        raise RefusedError(CODE_TAKEN) from None


def _lock(question: Question, links: QuestionLinks) -> dict[int, Question]:
    """Lock the question and its old and new enemies, because a pair changes both questions. Return them by key.

    Two authors may name each other's questions.
    """
    keys = {enemy.pk for enemy in links.enemies}
    if question.pk:
        keys |= {question.pk, *points_and_enemies.enemy_keys(question)}
    return question_rows.lock_by_key(keys)


def _record_enemy(enemy: Question, question: Question, *, now: datetime.datetime, by: User) -> None:
    """Record in the history of an enemy that the pair was added or removed."""
    after = points_and_enemies.enemy_codes(enemy)
    before = sorted({*after} ^ {question.code})
    record(enemy, "edited", now=now, by=by, before={"enemies": before}, after={"enemies": after})
    question_rows.touch([enemy.pk])


def _write_texts(
    question: Question, content: QuestionContent, waiting: Mapping[str, Any],
    *, reason: str, same_item: bool, now: datetime.datetime, by: User,
) -> None:  # fmt: skip
    newest = revisions.newest_revision(question)
    if newest is None:
        newest = Revision(question=question, kind=content.kind, stem="")
        revisions.begin(newest, now=now, by=by)
    if newest.published_at is None:
        revisions.rewrite(newest, content, waiting, now=now, by=by)
        if newest.same_item_as and not is_same_question(content_of(newest.same_item_as), content):
            revisions.set_reason(newest, newest.reason)
    elif not waiting and newest.sha256 == wording_sha256(content):
        _write_commentary(question, newest, content, reason=reason, now=now, by=by)
    elif not reason.strip():
        raise ReasonRequiredError(_("This revision is published. Enter a reason for the new revision."))
    elif same_item and not is_same_question(content_of(newest), content):
        raise RefusedError(_("This changes the key, the number of options or a figure. Clear 'Same question'."))
    else:
        same_item = same_item or newest.sha256 == wording_sha256(content)
        revision = revisions.revise(question, now=now, by=by)
        revisions.rewrite(revision, content, waiting, now=now, by=by)
        revisions.set_reason(revision, reason, newest if same_item else None)


def _write_commentary(
    question: Question, newest: Revision, content: QuestionContent, *, reason: str, now: datetime.datetime, by: User
) -> None:
    """Replace the commentary of a published revision. Without the right to approve, in a new revision for review."""
    if by.has_perm(authorship.APPROVE):
        revisions.improve(newest, content, now=now, by=by)
    elif revisions.commentary_differs(newest, content):
        revision = revisions.revise(question, now=now, by=by)
        revisions.rewrite(revision, content, now=now, by=by)
        revisions.set_reason(revision, reason or _("New explanations, the same wording"), newest)


@transaction.atomic
def autosave(question: Question | None, data: Mapping[str, Any], *, now: datetime.datetime, by: User) -> None:
    """Store the text that a user has typed but not saved. Write nothing else."""
    if question:
        question_rows.lock_by_key([question.pk])
    values = {"data": dict(data), "at": now}
    if not AutosavedEdit.objects.filter(question=question, user=by).update(**values):
        # Two tabs may post at the same time; no constraint keeps the row of a new question unique.
        AutosavedEdit.objects.bulk_create(
            [AutosavedEdit(question=question, user=by, **values)],
            update_conflicts=True, unique_fields=["question", "user"], update_fields=list(values),
        )  # fmt: skip


def discard_autosave(question: int | None, by: User) -> None:
    """Delete the autosaved edit of a user, after the text is saved or discarded."""
    AutosavedEdit.objects.filter(question=question, user=by).delete()


def roll_back(
    question: Question, revision: Revision, *, read_version: int, reason: str, now: datetime.datetime, by: User
) -> Revision:
    """Copy an older wording to the unpublished revision; candidates keep the current one until it is approved.

    It replaces an unpublished wording, which stays in the history. Raises EditConflictError if `read_version` is old.
    """
    if not reason.strip():
        raise ReasonRequiredError(_("Enter a reason to restore the older text."))
    with transaction.atomic():
        if question_rows.lock_by_key([question.pk])[question.pk].lock_version != read_version:
            raise EditConflictError(_("Someone else changed this question. Check its revisions again."))
        work = revisions.revise(question, now=now, by=by)
        revisions.rewrite(work, content_of(revision), now=now, by=by)
        values = {"number": revision.number, "reason": reason.strip()}
        revisions.set_reason(work, _("Restored revision %(number)d: %(reason)s") % values)
    return work


def copy(question: Question, code: str, *, now: datetime.datetime, by: User) -> Question:
    """Return a new draft of this user with the same content, without history, ratings and waivers.

    The copy and the original become enemies: no form should contain both.
    """
    content = stored_content(question)
    if content is None:
        raise RefusedError(_("This question has no text yet. Write the text first."))
    links = QuestionLinks(
        exam_domain=question.exam_domain,
        topic=question.topic,
        points=tuple(question.points.order_by("questionpoint__ordinal", "questionpoint__pk")),
        enemies=(question, *Question.objects.filter(code__in=points_and_enemies.enemy_codes(question))),
    )
    is_shipped = question.origin == Question.Origin.SHIPPED
    collection = drawing_rights.LOCAL_COLLECTION if is_shipped else content.collection
    content = replace(content, id=code, waivers=(), collection=collection)
    with transaction.atomic():
        copied = save(Question(code=code), content, links, read_version=0, now=now, by=by)
        record(copied, "copied", now=now, by=by, after={"from": question.code})
    return copied


def free_code(code: str) -> str:
    """Return the code with the next number that is free, for a copy."""
    root = re.sub(r"-[0-9]{1,3}\Z", "", code)[:_MAX_CODE_ROOT_CHARS]
    taken = set(Question.objects.filter(code__startswith=f"{root}-").values_list("code", flat=True))
    return next(name for n in count(2) if (name := f"{root}-{n}") not in taken)


def unused_code(code: str) -> str:
    """Return this code, or with the next free number if a question has it."""
    return free_code(code) if Question.objects.filter(code=code).exists() else code


def stored_content(question: Question) -> QuestionContent | None:
    """Return the question with its newest wording; None before there is one."""
    revision = revisions.newest_revision(question)
    return findings.full_content(revision) if revision else None
