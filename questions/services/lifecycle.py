"""Writes Question, Revision and Option for authors: draft > review > pilot > live > retired; revise, publish, retire.

A wording comes as a draft of the shared schema, is rendered and hashed before any transaction begins
(`compose`), is inserted unpublished with its options, and only then published: the triggers of
`questions.models.immutability` refuse options on a published one. Files are written in the same steps by
`questions.services.bulk_write`.
What changes something writes History; what changes the pool (facts, publish, retire) also raises
Bank.version in the same transaction, so that no process goes on with an old one.
"""

import datetime
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from questions.content.markdown import render, render_inline, render_stem
from questions.content.merge import fields, reference_json
from questions.content.schema import ASKABLE_STATUSES, MULTIPLE_CHOICE, OptionContent, QuestionContent, Reference
from questions.models import Bank, History, Option, Question, Revision, User
from questions.services.errors import RefusedError

FACTS = (
    "code", "status", "exam_domain", "topic", "rating", "raters", "ask", "default", "as_of", "license",
    "collection", "author",
)  # fmt: skip


@dataclass(slots=True)
class Wording:
    """A wording ready to be inserted: everything derived is there, nothing is in the database."""

    revision: Revision
    options: list[Option] = field(default_factory=list)


def bits(question: str, options: list[str]) -> dict[str, int]:
    """Option code to bit: the rank of sha256(question code + option code), which says nothing of the authored order."""
    ranked = sorted(options, key=lambda option: hashlib.sha256((question + option).encode()).hexdigest())
    return {option: bit for bit, option in enumerate(ranked)}


def wording_sha256(draft: QuestionContent) -> str:
    """One hash over all that a wording is: kind, stem, codes and texts of the options, key."""
    said = [draft.kind, draft.stem, [[each.id, each.text] for each in draft.options], [each.id for each in draft.keys]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def compose(question: Question, draft: QuestionContent, number: int, reason: str = "") -> Wording:
    """The draft's wording and commentary, rendered and hashed, as unsaved rows of this question."""
    return fill(Revision(question=question, number=number, reason=reason), draft)


def fill(revision: Revision, draft: QuestionContent) -> Wording:
    """Makes an unpublished revision say what the draft says; its options are new, unsaved rows."""
    bit = bits(revision.question.code, [each.id for each in draft.options])
    revision.kind, revision.stem, revision.stem_html = draft.kind, draft.stem, render_stem(draft.stem)
    revision.key = sum(1 << bit[each.id] for each in draft.keys)
    revision.choose, revision.n_options = len(draft.keys), len(draft.options)
    revision.sha256 = wording_sha256(draft)
    options = [
        Option(
            revision=revision,
            code=each.id,
            ordinal=ordinal,
            bit=bit[each.id],
            text=each.text,
            text_html=render_inline(each.text),
        )
        for ordinal, each in enumerate(draft.options)
    ]
    wording = Wording(revision, options)
    comment(wording, draft)
    return wording


def comment(wording: Wording, draft: QuestionContent) -> None:
    """Sets the commentary (explanation, references, rationales), which may change on a published wording too."""
    revision = wording.revision
    revision.explanation, revision.explanation_html = draft.explanation, render(draft.explanation)
    revision.references = [reference_json(each) for each in draft.references]
    rationales = {each.id: each.rationale for each in draft.options}
    for option in wording.options:
        option.rationale = rationales.get(option.code, "")
        option.rationale_html = render(option.rationale)


def search_text(draft: QuestionContent) -> str:
    """What a search looks through, in small letters: SQLite's LIKE knows capitals of ASCII alone."""
    texts = [draft.id, draft.stem, *(each.text for each in draft.options), draft.explanation]
    return "\n".join(texts).casefold()


def content_of(revision: Revision) -> QuestionContent:
    """The wording and commentary of one revision as a draft; facts of the question are left out."""
    options = revision.options.all()  # in their order; a list of revisions can have them prefetched
    return QuestionContent(
        id=revision.question.code,
        revision=revision.number,
        kind=revision.kind,
        stem=revision.stem,
        options=tuple(
            OptionContent(each.code, bool(revision.key >> each.bit & 1), each.text, each.rationale) for each in options
        ),
        explanation=revision.explanation,
        references=tuple(Reference(**each) for each in revision.references),
    )


def bank_version() -> int:
    """The version of the bank as it stands; 0 before anything was loaded."""
    return Bank.objects.values_list("version", flat=True).first() or 0


def raise_bank_version(based_on: int | None = None) -> bool:
    """Tells all processes that the pool has changed; with `based_on`, only if nobody else has done so since."""
    Bank.objects.get_or_create(pk=1)
    row = Bank.objects.filter(pk=1) if based_on is None else Bank.objects.filter(pk=1, version=based_on)
    return row.update(version=F("version") + 1) == 1


def record(
    question: Question, action: str, *, now: datetime.datetime, by: User | None, before: Any = None, after: Any = None
) -> None:
    """Appends to the question's history."""
    History.objects.create(question=question, at=now, by=by, action=action, before=before, after=after)


@transaction.atomic
def save_facts(question: Question, *, now: datetime.datetime, by: User | None) -> None:
    """Saves what is no wording: status, place, rating, dates. Points and waivers are rows of their own."""
    was = Question.objects.select_for_update().get(pk=question.pk) if question.pk else None
    if question.status in ASKABLE_STATUSES and question.current_id is None:
        raise RefusedError(_("A live or pilot question needs a published wording. Publish one first."))
    before = _facts(was) if was else {}
    question.lock_version = was.lock_version + 1 if was else 0
    question.search_text = question.search_text or question.code
    question.save()
    after = _facts(question)
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        old = {name: before[name] for name in changed} if was else None
        new = {name: after[name] for name in changed}
        record(question, "edited" if was else "created", now=now, by=by, before=old, after=new)
        raise_bank_version()


def _facts(question: Question) -> dict[str, Any]:
    return {name: str(value) if (value := getattr(question, name)) is not None else None for name in FACTS}


def touch(question: Question) -> None:
    """Says that the question is another one now to whoever has it open."""
    Question.objects.filter(pk=question.pk).update(lock_version=F("lock_version") + 1)


@transaction.atomic
def begin(revision: Revision, *, now: datetime.datetime, by: User | None) -> None:
    """Inserts an empty wording of a question, unpublished; `rewrite` fills it."""
    # The lock keeps two authors from taking the same number.
    question = Question.objects.select_for_update().get(pk=revision.question_id)
    newest = question.revisions.order_by("-number").first()
    revision.number = newest.number + 1 if newest else 1
    revision.key = revision.choose = revision.n_options = 0
    revision.made_by = by
    revision.save()
    record(question, "revised", now=now, by=by, after={"revision": revision.number})


@transaction.atomic
def rewrite(revision: Revision, draft: QuestionContent, *, now: datetime.datetime, by: User | None) -> None:
    """Makes an unpublished wording say what the draft says."""
    question = Question.objects.select_for_update().get(pk=revision.question_id)
    if question.revisions.filter(pk=revision.pk).exclude(published_at=None).exists():
        raise RefusedError(_("Revision %(number)d is published and cannot be changed.") % {"number": revision.number})
    was, becomes = fields(content_of(Revision.objects.get(pk=revision.pk))), fields(draft)
    revision.options.all().delete()
    wording = fill(revision, draft)
    revision.commentary_at = now
    revision.save()
    Option.objects.bulk_create(wording.options)
    changed = [name for name in ("wording", "rationales", "explanation", "references") if was[name] != becomes[name]]
    if changed:
        before, after = ({name: values[name] for name in changed} for values in (was, becomes))
        record(question, "edited", now=now, by=by, before=before, after=after)
        touch(question)
    if question.current_id is None:
        Question.objects.filter(pk=question.pk).update(search_text=search_text(draft))


@transaction.atomic
def revise(question: Question, *, now: datetime.datetime, by: User | None) -> Revision:
    """The unpublished wording to work on: the newest if it is one, else a copy of it."""
    newest = Question.objects.select_for_update().get(pk=question.pk).revisions.order_by("-number").first()
    if newest is None:
        raise RefusedError(_("This question has no wording yet. Add one."))
    if newest.published_at is None:
        return newest
    wording = compose(question, content_of(newest), newest.number + 1)
    wording.revision.made_by = by
    wording.revision.save()
    Option.objects.bulk_create(wording.options)
    record(question, "revised", now=now, by=by, after={"revision": wording.revision.number})
    return wording.revision


@transaction.atomic
def publish(revision: Revision, *, now: datetime.datetime, by: User | None) -> None:
    """Freezes a wording and makes it the one that new forms get; its number becomes the highest."""
    question = Question.objects.select_for_update().get(pk=revision.question_id)
    if problem := _key_problem(revision):
        raise RefusedError(problem)
    last = question.revisions.exclude(pk=revision.pk).order_by("-number").first()
    number = max(revision.number, last.number + 1 if last else 1)
    changed = Revision.objects.filter(pk=revision.pk, published_at=None).update(published_at=now, number=number)
    if not changed:
        raise RefusedError(_("Revision %(number)d is published already.") % {"number": revision.number})
    revision.published_at, revision.number = now, number
    before = question.current.number if question.current else None
    question.current = revision
    question.search_text = search_text(content_of(revision))
    question.lock_version += 1
    question.save(update_fields=["current", "search_text", "lock_version"])
    record(question, "published", now=now, by=by, before={"revision": before}, after={"revision": number})
    raise_bank_version()


def _key_problem(revision: Revision) -> str:
    """Why candidates could not answer this wording, or nothing."""
    said = {"number": revision.number, "choose": revision.choose}
    if not 0 < revision.key < revision.full:
        return _("Revision %(number)d needs a key, and at least one option that is not a key.") % said
    if revision.kind == MULTIPLE_CHOICE and revision.choose != 1:
        return _("Revision %(number)d is multiple choice and has %(choose)d keys. Make it multiple response.") % said
    if revision.kind != MULTIPLE_CHOICE and revision.choose < 2:
        return _("Revision %(number)d is multiple response and has one key. Make it multiple choice.") % said
    return ""


@transaction.atomic
def retire(question: Question, *, now: datetime.datetime, by: User | None) -> bool:
    """Takes a question out of new forms; False if it was retired already. What was sat stays as it is.

    A new question leaves the review; a newer wording of one that was asked may still be approved, and brings it back.
    """
    changed = (
        Question.objects.filter(pk=question.pk)
        .exclude(status=Question.Status.RETIRED)
        .update(status=Question.Status.RETIRED, lock_version=F("lock_version") + 1)
    )
    if changed:
        if question.status == Question.Status.REVIEW:
            Revision.objects.filter(question=question, published_at=None).update(submitted_at=None)
        record(question, "retired", now=now, by=by, before={"status": question.status}, after={"status": "retired"})
        raise_bank_version()
        question.status = Question.Status.RETIRED
    return bool(changed)
