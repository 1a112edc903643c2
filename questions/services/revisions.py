"""The only writer of Revision and Option.

A wording is rendered and hashed before a transaction begins (`wordings`), is inserted unpublished with its options, and
only then published: the triggers of `questions.models.immutability` refuse options of a published wording.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from questions.content.declarations import Store
from questions.content.parts import COMMENTARY, SCORING_FACTS, columns, fields
from questions.content.schema import MULTIPLE_CHOICE, QuestionContent
from questions.models import Option, Question, Revision, User
from questions.services import question_rows
from questions.services.errors import RefusedError
from questions.services.history import record
from questions.services.query_limits import ROWS_PER_BULK_UPDATE, ROWS_PER_QUERY
from questions.services.wordings import Wording, compose, content_of, fill, search_text, set_commentary

MAX_REASON_CHARS = 300


def newest_revision(question: Question) -> Revision | None:
    """Return the wording that authors see: the unpublished one if there is one, else the published one."""
    return question.revisions.order_by("-number").first()


def revision_in_work(question: Question) -> Revision:
    """Return the newest wording if it is unpublished. Raise RefusedError otherwise."""
    newest = newest_revision(question)
    if newest is None or newest.published_at is not None:
        raise RefusedError(_("There is nothing new to review. Change the question first."))
    return newest


@transaction.atomic
def begin(revision: Revision, *, now: datetime.datetime, by: User | None) -> None:
    """Insert an empty, unpublished wording of a question; `rewrite` fills it."""
    # The lock keeps two authors from taking the same number.
    question = Question.objects.select_for_update().get(pk=revision.question_id)
    newest = newest_revision(question)
    revision.number = newest.number + 1 if newest else 1
    revision.key = revision.choose = revision.n_options = 0
    revision.made_by = by
    revision.save()
    record(question, "revised", now=now, by=by, after={"revision": revision.number})


@transaction.atomic
def rewrite(
    revision: Revision, content: QuestionContent, facts: Mapping[str, Any] | None = None,
    *, now: datetime.datetime, by: User | None,
) -> None:  # fmt: skip
    """Replace wording and commentary of an unpublished revision, and the `facts` that wait for its approval.

    Raise RefusedError for a published one.
    """
    question = Question.objects.select_for_update().get(pk=revision.question_id)
    if question.revisions.filter(pk=revision.pk).exclude(published_at=None).exists():
        raise RefusedError(_("Revision %(number)d is published and cannot be changed.") % {"number": revision.number})
    stored = content_of(Revision.objects.get(pk=revision.pk))
    revision.facts = dict(facts or {})
    content = replace(content, **{name: getattr(question, name) for name in SCORING_FACTS} | revision.facts)
    before, after = fields(stored), fields(content)
    published = list(Option.objects.filter(revision=question.current_id)) if question.current_id else []
    wording = fill(revision, content, published, list(revision.options.all()))
    revision.options.all().delete()
    revision.save()
    Option.objects.bulk_create(wording.options)
    _record_edit(question, ("wording", *COMMENTARY, *SCORING_FACTS), before, after, now=now, by=by)
    if question.current_id is None:
        question_rows.set_search_texts({question.pk: search_text(content)})


@transaction.atomic
def revise(question: Question, *, now: datetime.datetime, by: User | None) -> Revision:
    """Return the unpublished wording to work on: the newest if it is unpublished, else a copy of it."""
    newest = newest_revision(Question.objects.select_for_update().get(pk=question.pk))
    if newest is None:
        raise RefusedError(_("This question has no text yet. Write the text first."))
    if newest.published_at is None:
        return newest
    wording = compose(question, content_of(newest), newest.number + 1, earlier=list(newest.options.all()))
    wording.revision.made_by = by
    wording.revision.save()
    Option.objects.bulk_create(wording.options)
    record(question, "revised", now=now, by=by, after={"revision": wording.revision.number})
    return wording.revision


@transaction.atomic
def improve(revision: Revision, content: QuestionContent, *, now: datetime.datetime, by: User) -> None:
    """Replace the commentary of a revision, which may be published: rationales, explanation, references."""
    if not commentary_differs(revision, content):
        return
    before, after = fields(content_of(revision)), fields(content)
    wording = Wording(revision, list(revision.options.all()))
    set_commentary(wording, content)
    update_commentary([wording])
    _record_edit(revision.question, COMMENTARY, before, after, now=now, by=by)


def commentary_differs(revision: Revision, content: QuestionContent) -> bool:
    """Return whether rationales, explanation or references differ from those of the revision."""
    before, after = fields(content_of(revision)), fields(content)
    return any(before[name] != after[name] for name in COMMENTARY)


def _record_edit(
    question: Question, names: Collection[str], before: dict[str, Any], after: dict[str, Any],
    *, now: datetime.datetime, by: User | None,
) -> None:  # fmt: skip
    changed = [name for name in names if before[name] != after[name]]
    if changed:
        old, new = ({name: values[name] for name in changed} for values in (before, after))
        record(question, "edited", now=now, by=by, before=old, after=new)
        question_rows.touch([question.pk])


def set_reason(revision: Revision, reason: str, same_item_as: Revision | None = None) -> None:
    """Store why the wording changes, and the revision whose statistics it continues."""
    Revision.objects.filter(pk=revision.pk).update(reason=reason.strip()[:MAX_REASON_CHARS], same_item_as=same_item_as)


def set_accepted(revision: Revision, accepted: list[str]) -> None:
    """Store the options that a key ruling accepts beside the key of a published wording."""
    revision.accepted = accepted
    Revision.objects.filter(pk=revision.pk).update(accepted=accepted)


def freeze(revisions: Sequence[Revision], now: datetime.datetime) -> None:
    """Publish the wordings, at most one of each question; the number of each becomes the highest of its question.

    The caller holds the locks of the questions. Raises RefusedError if a wording is published already, or if
    candidates could not answer it.
    """
    for revision in revisions:
        if problem := _key_problem(revision):
            raise RefusedError(problem)
    keys = [revision.pk for revision in revisions]
    others = Revision.objects.filter(question__in=[revision.question_id for revision in revisions]).exclude(pk__in=keys)
    highest = dict(others.order_by().values_list("question").annotate(Max("number")))
    for revision in revisions:
        number = max(revision.number, highest.get(revision.question_id, 0) + 1)
        unpublished = Revision.objects.filter(pk=revision.pk, published_at=None)
        if number != revision.number and unpublished.update(number=number):
            revision.number = number
    if Revision.objects.filter(pk__in=keys, published_at=None).update(published_at=now) != len(keys):
        published = Revision.objects.filter(pk__in=keys).exclude(published_at=now).order_by("pk").first()
        number = published.number if published else revisions[0].number
        raise RefusedError(_("Revision %(number)d is already published. Nothing was changed.") % {"number": number})
    for revision in revisions:
        revision.published_at = now


def _key_problem(revision: Revision) -> str:
    """Return why candidates could not answer this wording, or an empty string."""
    values = {"number": revision.number, "choose": revision.choose}
    if not 0 < revision.key < revision.full:
        return _("Revision %(number)d needs a key, and at least one option that is not a key.") % values
    if revision.kind == MULTIPLE_CHOICE and revision.choose != 1:
        return _("Revision %(number)d is multiple choice and has %(choose)d keys. Make it multiple response.") % values
    if revision.kind != MULTIPLE_CHOICE and revision.choose < 2:
        return _("Revision %(number)d is multiple response and has one key. Make it multiple choice.") % values
    return ""


def set_submitted(revisions: Collection[int], at: datetime.datetime | None) -> int:
    """Store when unpublished wordings were submitted; None takes them out of review. Return how many there are."""
    return Revision.objects.filter(pk__in=revisions, published_at=None).update(submitted_at=at)


def withdraw_all(questions: Collection[int]) -> None:
    """Take all unpublished wordings of these questions out of review."""
    Revision.objects.filter(question__in=questions, published_at=None).update(submitted_at=None)


def insert(wordings: Iterable[Wording]) -> None:
    """Insert composed wordings, unpublished."""
    rows = list(wordings)
    Revision.objects.bulk_create((wording.revision for wording in rows), batch_size=ROWS_PER_QUERY)
    Option.objects.bulk_create((option for wording in rows for option in wording.options), batch_size=ROWS_PER_QUERY)


def update_commentary(wordings: Iterable[Wording]) -> None:
    """Save the commentary that `set_commentary` has set on stored wordings."""
    rows = list(wordings)
    Revision.objects.bulk_update(
        (wording.revision for wording in rows),
        (*(field.name for field in columns(Store.COMMENTARY)), "explanation_html"),
        batch_size=ROWS_PER_BULK_UPDATE,
    )
    Option.objects.bulk_update(
        (option for wording in rows for option in wording.options),
        ("rationale", "rationale_html"),
        batch_size=ROWS_PER_BULK_UPDATE,
    )


def publish_from_file(questions: Iterable[int], now: datetime.datetime) -> None:
    """Publish the newest wordings of these questions, which a file brought and its checks have passed."""
    for batch in batched(questions, ROWS_PER_QUERY):
        current = question_rows.make_newest_current(batch)
        Revision.objects.filter(pk__in=current, published_at=None).update(published_at=now)


def delete_unpublished(question: int, number: int) -> None:
    """Delete one unpublished wording, which an undone import has made."""
    Revision.objects.filter(question=question, number=number, published_at=None).delete()


def delete_all(questions: Collection[int]) -> None:
    """Delete all wordings of questions that an undone import deletes."""
    Revision.objects.filter(question__in=questions).delete()
