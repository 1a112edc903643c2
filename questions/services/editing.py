"""Saves what an author has written: wording, commentary and facts of a question in one act, against the version read.

A published wording is never touched: another wording becomes a new revision with a reason, which candidates get
when it is approved. Rationales, explanation, references and facts are edited in place.
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

from questions.content.merge import fields
from questions.content.schema import QuestionContent
from questions.models import (
    AutosavedEdit,
    Enemy,
    ExamDomain,
    Option,
    Point,
    Question,
    QuestionPoint,
    Revision,
    Topic,
    User,
)
from questions.services import findings, lifecycle
from questions.services.errors import EditConflictError, ReasonRequiredError, RefusedError

CODE_TAKEN = gettext_lazy("There is a question with this code already. Choose another.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a question beside its texts; a topic settles the exam domain."""

    exam_domain: ExamDomain
    topic: Topic | None
    points: tuple[Point, ...]
    enemies: tuple[Question, ...]
    as_of: datetime.date | None
    license: str
    collection: str


def newest(question: Question) -> Revision | None:
    """The wording that the author sees: the one in work, else the published one."""
    return question.revisions.order_by("-number").first()


@transaction.atomic
def save(
    question: Question,
    draft: QuestionContent,
    facts: Facts,
    *,
    read: int,
    now: datetime.datetime,
    by: User,
    reason: str = "",
    same_item: bool = False,
) -> Question:
    """The question as stored; `read` is the lock_version that the page was made of. A new question is an unsaved row.

    Raises Overtaken, ReasonNeeded, or Refused when the code of a new one is taken, and then writes nothing.
    """
    row = question
    locked = _lock(question, facts)
    if question.pk:
        row = locked[question.pk]
        if row.lock_version != read:
            raise EditConflictError(_("Somebody saved this question while you were writing. Your text is kept here."))
    before, facts_before = (_links(row), [getattr(row, name) for name in _FACTS]) if row.pk else ({}, [])
    row.exam_domain, row.topic = facts.topic.task.exam_domain if facts.topic else facts.exam_domain, facts.topic
    row.as_of, row.license, row.collection = facts.as_of, facts.license, facts.collection
    if not row.pk:
        _create(row, now=now, by=by)
    elif facts_before != [getattr(row, name) for name in _FACTS]:
        lifecycle.save_facts(row, now=now, by=by)
    others = _link(row, facts)
    if before != (after := _links(row)) and before:
        lifecycle.record(row, "edited", now=now, by=by, before=before, after=after)
        lifecycle.touch(row)
        lifecycle.raise_bank_version()
    for pk in others:
        _tell(locked[pk], row, now=now, by=by)
    _write_texts(row, draft, reason=reason, same_item=same_item, now=now, by=by)
    return Question.objects.get(pk=row.pk)


_FACTS = ("exam_domain_id", "topic_id", "as_of", "license", "collection")


def _create(question: Question, *, now: datetime.datetime, by: User) -> None:
    question.author = by
    try:
        with transaction.atomic():
            lifecycle.save_facts(question, now=now, by=by)
    except IntegrityError:  # not asked beforehand: two posts may come at once
        raise RefusedError(CODE_TAKEN) from None


def _lock(question: Question, facts: Facts) -> dict[int, Question]:
    """The question and all that are or become its enemies, by key: a pair is a change of both.

    Locked in one order, or two authors who name each other's questions would wait for each other for ever.
    """
    keys = {each.pk for each in facts.enemies}
    if question.pk:
        pairs = [*question.enemies_above.all(), *question.enemies_below.all()]
        keys |= {question.pk, *(key for pair in pairs for key in (pair.low_id, pair.high_id))}
    return {each.pk: each for each in Question.objects.select_for_update().filter(pk__in=keys).order_by("pk")}


def _tell(other: Question, question: Question, *, now: datetime.datetime, by: User) -> None:
    """Says in the history of an enemy, and to whoever has it open, that the pair was made or parted."""
    after = enemies(other)
    before = sorted({*after} ^ {question.code})
    lifecycle.record(other, "edited", now=now, by=by, before={"enemies": before}, after={"enemies": after})
    lifecycle.touch(other)


def _write_texts(
    question: Question, draft: QuestionContent, *, reason: str, same_item: bool, now: datetime.datetime, by: User
) -> None:
    standing = newest(question)
    if standing is None:
        standing = Revision(question=question, kind=draft.kind, stem="")
        lifecycle.begin(standing, now=now, by=by)
    if standing.published_at is None:
        lifecycle.rewrite(standing, draft, now=now, by=by)
    elif standing.sha256 == lifecycle.wording_sha256(draft):
        _improve(standing, draft, now=now, by=by)
    elif not reason.strip():
        raise ReasonRequiredError(_("Candidates have seen this wording. Say why it changes."))
    else:
        revision = lifecycle.revise(question, now=now, by=by)
        lifecycle.rewrite(revision, draft, now=now, by=by)
        same = standing if same_item else None
        Revision.objects.filter(pk=revision.pk).update(reason=reason.strip()[:300], same_item_as=same)


def _improve(revision: Revision, draft: QuestionContent, *, now: datetime.datetime, by: User) -> None:
    """Sets the commentary of a published wording: rationales, explanation, references."""
    was, becomes = fields(lifecycle.content_of(revision)), fields(draft)
    changed = [name for name in ("rationales", "explanation", "references") if was[name] != becomes[name]]
    if not changed:
        return
    options = list(revision.options.all())
    lifecycle.comment(lifecycle.Wording(revision, options), draft)
    revision.commentary_at = now
    revision.save(update_fields=["explanation", "explanation_html", "references", "commentary_at"])
    Option.objects.bulk_update(options, ["rationale", "rationale_html"])
    before, after = ({name: values[name] for name in changed} for values in (was, becomes))
    lifecycle.record(revision.question, "edited", now=now, by=by, before=before, after=after)
    lifecycle.touch(revision.question)


def _link(question: Question, facts: Facts) -> list[int]:
    """Points in the order given, and enemies, which are symmetric; keys of those that became or ceased to be one."""
    QuestionPoint.objects.filter(question=question).exclude(point__in=facts.points).delete()
    for ordinal, point in enumerate(facts.points):
        QuestionPoint.objects.update_or_create(question=question, point=point, defaults={"ordinal": ordinal})
    pairs = {tuple(sorted((question.pk, enemy.pk))) for enemy in facts.enemies}
    standing = {(each.low_id, each.high_id): each
                for each in [*question.enemies_above.all(), *question.enemies_below.all()]}  # fmt: skip
    for pair in standing.keys() - pairs:
        standing[pair].delete()
    Enemy.objects.bulk_create((Enemy(low_id=low, high_id=high) for low, high in sorted(pairs)), ignore_conflicts=True)
    return sorted(high if low == question.pk else low for low, high in standing.keys() ^ pairs)


def _links(question: Question) -> dict[str, Any]:
    points = QuestionPoint.objects.filter(question=question).order_by("ordinal", "pk")
    return {"points": list(points.values_list("point__code", flat=True)), "enemies": enemies(question)}


def enemies(question: Question) -> list[str]:
    """Codes of the questions that must not meet this one on a form."""
    pairs = [*question.enemies_above.select_related("high"), *question.enemies_below.select_related("low")]
    return sorted(pair.high.code if pair.low_id == question.pk else pair.low.code for pair in pairs)


def autosave(
    question: Question | None, data: Mapping[str, Any], *, read: int, now: datetime.datetime, by: User
) -> None:
    """Keeps what somebody has typed and not saved; nothing else is written."""
    kept = {"base_version": read, "data": dict(data), "at": now}
    if not AutosavedEdit.objects.filter(question=question, user=by).update(**kept):
        # Two tabs may come at once; for a new question no constraint says that there is one draft.
        AutosavedEdit.objects.bulk_create(
            [AutosavedEdit(question=question, user=by, **kept)],
            update_conflicts=True, unique_fields=["question", "user"], update_fields=list(kept),
        )  # fmt: skip


def discard_autosave(question: int | None, by: User) -> None:
    """Throws away what somebody had typed on this page: it is saved now, or not wanted."""
    AutosavedEdit.objects.filter(question=question, user=by).delete()


def roll_back(
    question: Question, revision: Revision, *, read: int, reason: str, now: datetime.datetime, by: User
) -> Revision:
    """An older wording once more, as the revision in work; what candidates get stays until it is approved.

    A text in work goes, and stays in the history. `read` is the lock_version that was shown: Overtaken if it was
    another text.
    """
    if not reason.strip():
        raise ReasonRequiredError(_("Say why the older wording comes back."))
    with transaction.atomic():
        if Question.objects.select_for_update().get(pk=question.pk).lock_version != read:
            raise EditConflictError(_("Somebody changed this question meanwhile. Look at its wordings again."))
        work = lifecycle.revise(question, now=now, by=by)
        lifecycle.rewrite(work, lifecycle.content_of(revision), now=now, by=by)
        said = _("Revision %(number)d again: %(reason)s") % {"number": revision.number, "reason": reason.strip()}
        Revision.objects.filter(pk=work.pk).update(reason=said[:300])
    return work


def copy(question: Question, code: str, *, now: datetime.datetime, by: User) -> Question:
    """A new draft of somebody's own that says what this question says, without its history, ratings and waivers.

    The copy and what it was copied from are enemies: nobody should meet both on one form.
    """
    said = stored(question)
    if said is None:
        raise RefusedError(_("This question has no wording yet. Write one first."))
    facts = Facts(
        exam_domain=question.exam_domain,
        topic=question.topic,
        points=tuple(question.points.order_by("questionpoint__ordinal", "questionpoint__pk")),
        enemies=(question, *Question.objects.filter(code__in=enemies(question))),
        as_of=question.as_of,
        license=question.license,
        collection=question.collection,
    )
    with transaction.atomic():
        made = save(Question(code=code), replace(said, id=code, waivers=()), facts, read=0, now=now, by=by)
        lifecycle.record(made, "copied", now=now, by=by, after={"from": question.code})
    return made


def free_code(code: str) -> str:
    """A code for a copy: the next number after it that nobody has."""
    root = re.sub(r"-[0-9]{1,3}\Z", "", code)[:75]
    taken = set(Question.objects.filter(code__startswith=f"{root}-").values_list("code", flat=True))
    return next(name for n in count(2) if (name := f"{root}-{n}") not in taken)


def stored(question: Question) -> QuestionContent | None:
    """The question as it stands, with its newest wording; None before there is one."""
    revision = newest(question)
    return findings.whole(revision) if revision else None
