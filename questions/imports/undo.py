"""Undo a batch of imported questions, unless one of them was edited afterwards."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Q

from questions.content.parts import fields, from_fields
from questions.imports import batch_writer
from questions.imports.batch_writer import IMPORTED
from questions.models import AutosavedEdit, History, ImportBatch, Question, QuestionReport, RaterRating, User
from questions.services import bulk_write, history, question_rows, revisions, stored_bank
from questions.services.bank_version import raise_bank_version
from questions.services.query_limits import ROWS_PER_QUERY

IMPORT_UNDONE = "import undone"


def edited_codes(batch: ImportBatch) -> list[str]:
    """Return the codes of the questions that were edited after the import."""
    return _edited_codes(batch, written_questions(batch))


def _edited_codes(batch: ImportBatch, questions: Mapping[int, str]) -> list[str]:
    edited: set[str] = set()
    undone = set(ImportBatch.objects.filter(state=ImportBatch.State.UNDONE).values_list("pk", flat=True))
    for part in batched(questions.items(), ROWS_PER_QUERY):
        codes = dict(part)
        of_batch = Q(question__in=codes)
        later = History.objects.filter(of_batch, at__gte=batch.at).exclude(at=batch.at, action=IMPORTED)
        # A later import that was undone has left the question as it was.
        edited.update(
            codes[pk]
            for pk, action, later_batch in later.values_list("question", "action", "after__batch")
            if action != IMPORT_UNDONE and not (action == IMPORTED and later_batch in undone)
        )
        for query in (AutosavedEdit.objects.filter(of_batch), RaterRating.objects.filter(of_batch)):
            edited.update(codes[pk] for pk in query.values_list("question", flat=True))
        reports = QuestionReport.objects.filter(revision__question__in=codes, at__gte=batch.at)
        edited.update(codes[pk] for pk in reports.values_list("revision__question", flat=True))
        created = Question.objects.filter(pk__in=codes, batch=batch)
        edited.update(created.exclude(status=Question.Status.DRAFT).values_list("code", flat=True))
    return sorted(edited)


def written_questions(batch: ImportBatch) -> dict[int, str]:
    """Return the codes by primary key of the questions that the batch has written."""
    entries = History.objects.filter(at=batch.at, action=IMPORTED, after__batch=batch.pk)
    return dict(entries.values_list("question", "question__code"))


def undo_batch(batch: ImportBatch, *, now: datetime.datetime, by: User | None) -> Iterator[tuple[int, int]]:
    """Delete the created and restore the changed questions of a batch; yield the number done and the total.

    A question that is edited meanwhile stays as it is, and `edited_codes` has it in the end.
    """
    questions = written_questions(batch)
    created = (
        set(Question.objects.filter(batch=batch, pk__in=questions).values_list("pk", flat=True)) if questions else set()
    )
    done = 0
    for undo, keys in ((_delete, created), (_restore, set(questions) - created)):
        for part in batched(sorted(keys), batch_writer.QUESTIONS_PER_TRANSACTION):
            undo(part, batch, now, by)
            done += len(part)
            yield done, len(questions)


def _delete(keys: Sequence[int], batch: ImportBatch, now: datetime.datetime, by: User | None) -> None:
    with transaction.atomic():
        unedited = _lock_unedited(keys, batch)
        history.delete_for(unedited)
        revisions.delete_all(unedited)
        question_rows.delete(unedited)


def _lock_unedited(keys: Sequence[int], batch: ImportBatch) -> list[int]:
    """Lock the questions, and return those that nobody has edited since the import."""
    rows = Question.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    codes = dict(rows.values_list("pk", "code"))
    edited = _edited_codes(batch, codes)
    return [key for key, code in codes.items() if code not in edited]


def _restore(keys: Sequence[int], batch: ImportBatch, now: datetime.datetime, by: User | None) -> None:
    with transaction.atomic():
        unedited = _lock_unedited(keys, batch)
        entries = History.objects.filter(question__in=unedited, at=batch.at, action=IMPORTED, after__batch=batch.pk)
        records = {record.question_id: record for record in entries}
        for record in records.values():
            after: dict[str, Any] = record.after or {}
            if "wording" in after:
                revisions.delete_unpublished(record.question_id, after["revision"])
        changes = []
        exam = ""
        for ours in stored_bank.questions(Q(pk__in=unedited)):
            before = dict(records[ours.question.pk].before or {})
            if "base" in before:
                ours.question.base = before.pop("base")
            before.pop("wording", None)
            exam, values = exam or ours.question.syllabus, fields(ours.content)
            content = replace(from_fields(ours.content.id, ours.content.revision, values | before), status="draft")
            wording = bulk_write.changed_wording(ours, content, before)
            current = {name: values[name] for name in before}
            changes.append(bulk_write.QuestionChange(ours.question, content, tuple(before), current, before, wording))
        if changes:
            bulk_write.write(changes, exam, now=now, by=by, action=IMPORT_UNDONE)
            raise_bank_version()
