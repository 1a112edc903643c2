"""The one writer of Question, Revision and Option: draft > review > pilot > live > retired; revise, publish, retire.

A wording comes as a draft of the shared schema, is rendered and hashed before any transaction begins
(`compose`), is inserted unpublished with its options, and only then published: the triggers of
`questions.immutability` refuse options on a published one. Every act writes History and raises
Bank.version in its own transaction, so that no process goes on with an old pool.
"""

import datetime
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from questions.interchange.merge import reference_json
from questions.interchange.schema import OptionDraft, QuestionDraft, Reference
from questions.markdown import render, render_inline, render_stem
from questions.models import Bank, History, Option, Question, Revision


class Refused(Exception):
    """The act is not possible; the message is a sentence for the human."""


@dataclass(slots=True)
class Wording:
    """A wording ready to be inserted: everything derived is there, nothing is in the database."""

    revision: Revision
    options: list[Option] = field(default_factory=list)


def bits(question: str, options: list[str]) -> dict[str, int]:
    """Option code to bit: the rank of sha256(question code + option code), which says nothing of the authored order."""
    ranked = sorted(options, key=lambda option: hashlib.sha256((question + option).encode()).hexdigest())
    return {option: bit for bit, option in enumerate(ranked)}


def wording_sha256(draft: QuestionDraft) -> str:
    """One hash over all that a wording is: kind, stem, codes and texts of the options, key."""
    said = [draft.kind, draft.stem, [[each.id, each.text] for each in draft.options], [each.id for each in draft.keys]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def compose(question: Question, draft: QuestionDraft, number: int, reason: str = "") -> Wording:
    """The draft's wording and commentary, rendered and hashed, as unsaved rows of this question."""
    revision = Revision(question=question, number=number, reason=reason)
    bit = bits(question.code, [each.id for each in draft.options])
    options = [
        Option(revision=revision, code=each.id, ordinal=ordinal, bit=bit[each.id], text=each.text)
        for ordinal, each in enumerate(draft.options)
    ]
    wording = Wording(revision, options)
    settle(wording, draft)
    comment(wording, draft)
    return wording


def settle(wording: Wording, draft: QuestionDraft) -> None:
    """Sets what follows from stem, options and key; bits and ordinals stay as they are."""
    revision = wording.revision
    revision.kind, revision.stem, revision.stem_html = draft.kind, draft.stem, render_stem(draft.stem)
    correct = {each.id for each in draft.keys}
    revision.key = sum(1 << option.bit for option in wording.options if option.code in correct)
    revision.choose, revision.n_options = len(correct), len(wording.options)
    revision.sha256 = wording_sha256(draft)
    texts = {each.id: each.text for each in draft.options}
    for option in wording.options:
        option.text = texts[option.code]
        option.text_html = render_inline(option.text)


def comment(wording: Wording, draft: QuestionDraft) -> None:
    """Sets the commentary (explanation, references, rationales), which may change on a published wording too."""
    revision = wording.revision
    revision.explanation, revision.explanation_html = draft.explanation, render(draft.explanation)
    revision.references = [reference_json(each) for each in draft.references]
    rationales = {each.id: each.rationale for each in draft.options}
    for option in wording.options:
        option.rationale = rationales.get(option.code, "")
        option.rationale_html = render(option.rationale)


def search_text(draft: QuestionDraft) -> str:
    """What a search looks through, in small letters: SQLite's LIKE knows capitals of ASCII alone."""
    texts = [draft.id, draft.stem, *(each.text for each in draft.options), draft.explanation]
    return "\n".join(texts).casefold()


def draft_of(revision: Revision) -> QuestionDraft:
    """The wording and commentary of one revision as a draft; facts of the question are left out."""
    options = revision.options.order_by("ordinal")
    return QuestionDraft(
        id=revision.question.code,
        revision=revision.number,
        kind=revision.kind,
        stem=revision.stem,
        options=tuple(
            OptionDraft(each.code, bool(revision.key >> each.bit & 1), each.text, each.rationale) for each in options
        ),
        explanation=revision.explanation,
        references=tuple(Reference(**each) for each in revision.references),
    )


def bank_version() -> int:
    """The version of the bank as it stands."""
    return Bank.objects.get_or_create(pk=1)[0].version


def raise_bank_version(based_on: int | None = None) -> bool:
    """Tells all processes that the pool has changed; with `based_on`, only if nobody else has done so since."""
    bank_version()
    row = Bank.objects.filter(pk=1) if based_on is None else Bank.objects.filter(pk=1, version=based_on)
    return row.update(version=F("version") + 1) == 1


def record(
    question: Question, what: str, *, now: datetime.datetime, by: User | None, before: Any = None, after: Any = None
) -> None:
    """Appends to the question's history."""
    History.objects.create(question=question, at=now, by=by, what=what, before=before, after=after)


@transaction.atomic
def revise(question: Question, *, now: datetime.datetime, by: User | None, reason: str = "") -> Revision:
    """The unpublished revision to work on: the one there is, or a copy of the newest."""
    # The lock keeps two authors from taking the same number.
    Question.objects.select_for_update().get(pk=question.pk)
    newest = question.revisions.order_by("-number").first()
    if newest is None:
        raise Refused(_("This question has no wording yet. Add a revision."))
    if newest.published_at is None:
        return newest
    wording = compose(question, draft_of(newest), newest.number + 1, reason)
    wording.revision.made_by = by
    wording.revision.save()
    Option.objects.bulk_create(wording.options)
    record(question, "revised", now=now, by=by, after={"revision": wording.revision.number})
    return wording.revision


@transaction.atomic
def publish(revision: Revision, *, now: datetime.datetime, by: User | None) -> None:
    """Freezes a wording and makes it the one that new forms get; its number becomes the highest."""
    question = Question.objects.select_for_update().get(pk=revision.question_id)
    if not 0 < revision.key < revision.full:
        raise Refused(
            _("Revision %(number)d needs a key, and at least one option that is not a key.")
            % {"number": revision.number}
        )
    last = question.revisions.exclude(pk=revision.pk).order_by("-number").first()
    number = max(revision.number, last.number + 1 if last else 1)
    changed = Revision.objects.filter(pk=revision.pk, published_at=None).update(published_at=now, number=number)
    if not changed:
        raise Refused(_("Revision %(number)d is published already.") % {"number": revision.number})
    revision.published_at, revision.number = now, number
    before = question.current.number if question.current else None
    question.current = revision
    question.search_text = search_text(draft_of(revision))
    question.lock_version += 1
    question.save(update_fields=["current", "search_text", "lock_version"])
    record(question, "published", now=now, by=by, before={"revision": before}, after={"revision": number})
    raise_bank_version()


@transaction.atomic
def retire(question: Question, *, now: datetime.datetime, by: User | None) -> bool:
    """Takes a question out of new forms; False if it was retired already. What was sat stays as it is."""
    changed = (
        Question.objects.filter(pk=question.pk)
        .exclude(status=Question.Status.RETIRED)
        .update(status=Question.Status.RETIRED, lock_version=F("lock_version") + 1)
    )
    if changed:
        record(question, "retired", now=now, by=by, before={"status": question.status}, after={"status": "retired"})
        raise_bank_version()
        question.status = Question.Status.RETIRED
    return bool(changed)
