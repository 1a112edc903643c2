"""Writes pieces of an import as drafts of one batch, and takes a batch back while nobody has touched it.

Texts are rendered before each transaction, and no transaction holds more than some hundred questions: a long one
would stop every save of a candidate on SQLite. `questions.imports.run` says when a piece is written.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from questions.content.merge import FIELDS, fields, from_fields
from questions.imports.plan import Planned
from questions.imports.plan_rows import planned_of
from questions.models import (
    AutosavedEdit,
    History,
    ImportBatch,
    ImportRow,
    Question,
    QuestionReport,
    RaterRating,
    Revision,
    User,
)
from questions.services import bulk_write, stored
from questions.services.lifecycle import Wording, comment, compose, raise_bank_version
from questions.services.stored import Stored

AT_ONCE = 200  # questions in one transaction: well under a second
IMPORTED, TAKEN_BACK = "imported", "import undone"
_COMMENTARY = {"rationales", "explanation", "references"}


def write(some: Sequence[ImportRow], batch: ImportBatch, also: Callable[[], None]) -> None:
    """Writes the questions of some rows of the plan, and `also` what must hold with them, in one transaction.

    Raises IntegrityError if somebody has changed one of them since the plan was made.
    """
    planned = [planned_of(row) for row in some]
    changes = _changes(planned, batch)
    with transaction.atomic():
        _hold([each for each in planned if each.lock_version is not None])
        bulk_write.write(changes, batch.settings["exam"], now=batch.at, by=batch.by, action=IMPORTED)
        ImportRow.objects.filter(pk__in=[row.pk for row in some]).update(waits=False)
        if any(not change.new for change in changes):
            raise_bank_version()
        also()


def touched(batch: ImportBatch) -> list[str]:
    """Codes of the questions that somebody has worked on since they were imported."""
    mine = written(batch)
    found: set[str] = set()
    for some in batched(mine.items(), stored.AT_ONCE):
        keys = dict(some)
        of_batch = Q(question__in=keys)
        later = History.objects.filter(of_batch, at__gte=batch.at).exclude(at=batch.at, action=IMPORTED)
        for query in (later, AutosavedEdit.objects.filter(of_batch), RaterRating.objects.filter(of_batch)):
            found.update(keys[pk] for pk in query.values_list("question", flat=True))
        reports = QuestionReport.objects.filter(revision__question__in=keys, at__gte=batch.at)
        found.update(keys[pk] for pk in reports.values_list("revision__question", flat=True))
        created = Question.objects.filter(pk__in=keys, batch=batch)
        found.update(created.exclude(status=Question.Status.DRAFT).values_list("code", flat=True))
    return sorted(found)


def written(batch: ImportBatch) -> dict[int, str]:
    """Keys and codes of the questions that the batch has written."""
    written = History.objects.filter(at=batch.at, action=IMPORTED, after__batch=batch.pk)
    return dict(written.values_list("question", "question__code"))


def _changes(planned: Sequence[Planned], batch: ImportBatch) -> list[bulk_write.Change]:
    codes = [each.draft.id for each in planned if each.lock_version is not None]
    standing = {each.draft.id: each for each in stored.questions(Q(code__in=codes))} if codes else {}
    changes = []
    for each in planned:
        if each.lock_version is None:
            changes.append(_created(each, batch))
        else:
            ours = standing.get(each.draft.id)
            if ours is None or ours.question.lock_version != each.lock_version:
                raise IntegrityError(f"{each.draft.id} is not as it was")
            changes.append(_changed(each, ours, batch))
    return changes


def _hold(standing: Iterable[Planned]) -> None:
    """Locks the rows, if they are as the plan knows them."""
    for each in standing:
        assert each.lock_version is not None, "a new question has no row to lock"
        row = Question.objects.filter(code=each.draft.id, lock_version=each.lock_version)
        if not row.select_for_update().exists():
            raise IntegrityError(f"{each.draft.id} is not as it was")


def _created(planned: Planned, batch: ImportBatch) -> bulk_write.Change:
    draft = planned.draft
    question = Question(
        code=draft.id, collection=draft.collection, batch=batch, author=batch.by, base=fields(draft), raters=0
    )
    wording = compose(question, draft, draft.revision, IMPORTED)
    wording.revision.made_by = batch.by
    after = {"status": draft.status, "revision": draft.revision, "batch": batch.pk}
    return bulk_write.Change(question, draft, FIELDS, after=after, wording=wording)


def _changed(planned: Planned, ours: Stored, batch: ImportBatch) -> bulk_write.Change:
    # As 'draft', or a new wording of a live question would be published at once.
    draft, now = replace(planned.draft, status="draft"), fields(ours.draft)
    question = ours.question
    said = fields(planned.draft)
    wording: Wording | None = None
    if "wording" in planned.fields:
        wording = compose(question, draft, draft.revision, IMPORTED)
        wording.revision.made_by = batch.by
    elif _COMMENTARY & set(planned.fields):
        wording = Wording(ours.revision, list(ours.options))
        comment(wording, draft)
    before: dict[str, Any] = {name: now[name] for name in planned.fields}
    after = {name: said[name] for name in planned.fields} | {"batch": batch.pk, "revision": draft.revision}
    if question.origin == Question.Origin.LOCAL:
        before["base"], question.base = question.base, said
    return bulk_write.Change(question, draft, planned.fields, before, after, wording)


def write_enemies(batch: ImportBatch) -> None:
    """Pairs of two questions of the file: one of them was not there yet when the other was written."""
    naming = batch.rows.filter(plan__isnull=False).exclude(plan__values__enemies=[])
    for some in batched(naming.iterator(chunk_size=AT_ONCE), AT_ONCE):
        planned = [each for each in map(planned_of, some) if "enemies" in each.fields]
        keys = dict(Question.objects.filter(code__in=[each.draft.id for each in planned]).in_bulk(field_name="code"))
        with transaction.atomic():
            bulk_write.write_enemies(
                [bulk_write.Change(keys[each.draft.id], each.draft, ("enemies",)) for each in planned]
            )


def take_back(batch: ImportBatch, *, now: datetime.datetime, by: User | None) -> Iterator[tuple[int, int]]:
    """Deletes what the batch created, and restores what it changed; yields how many are done, and of how many."""
    mine = written(batch)
    created = set(Question.objects.filter(batch=batch, pk__in=mine).values_list("pk", flat=True)) if mine else set()
    done = 0
    for act, keys in ((_delete, created), (_restore, set(mine) - created)):
        for some in batched(sorted(keys), AT_ONCE):
            act(some, batch, now, by)
            done += len(some)
            yield done, len(mine)


def _delete(keys: Sequence[int], batch: ImportBatch, now: datetime.datetime, by: User | None) -> None:
    with transaction.atomic():
        History.objects.filter(question__in=keys).delete()
        Revision.objects.filter(question__in=keys).delete()
        Question.objects.filter(pk__in=keys).delete()


def _restore(keys: Sequence[int], batch: ImportBatch, now: datetime.datetime, by: User | None) -> None:
    records = {
        each.question_id: each
        for each in History.objects.filter(question__in=keys, at=batch.at, action=IMPORTED, after__batch=batch.pk)
    }
    with transaction.atomic():
        for record in records.values():
            after: dict[str, Any] = record.after or {}
            if "wording" in after:
                made = Revision.objects.filter(question=record.question_id, number=after["revision"])
                made.filter(published_at=None).delete()
        changes = []
        exam = ""
        for ours in stored.questions(Q(pk__in=keys)):
            before = dict(records[ours.question.pk].before or {})
            if "base" in before:
                ours.question.base = before.pop("base")
            before.pop("wording", None)
            exam, values = ours.question.exam_domain.exam, fields(ours.draft)
            draft = replace(from_fields(ours.draft.id, ours.draft.revision, values | before), status="draft")
            wording: Wording | None = None
            if _COMMENTARY & set(before):
                wording = Wording(ours.revision, list(ours.options))
                comment(wording, draft)
            said = {name: values[name] for name in before}
            changes.append(bulk_write.Change(ours.question, draft, tuple(before), said, before, wording))
        if changes:
            bulk_write.write(changes, exam, now=now, by=by, action=TAKEN_BACK)
            raise_bank_version()
