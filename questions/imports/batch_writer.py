"""Write the pending rows of an import: as drafts, unless an administrator keeps those live that the file calls so.

Texts are rendered before each transaction, and a transaction writes at most QUESTIONS_PER_TRANSACTION questions: a
longer one would block the saves of candidates on SQLite. Those with many enemies are fewer: PAIRS_PER_TRANSACTION.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from questions.content.parts import PART_NAMES, SCORING_FACTS, fields
from questions.imports.plan import PlannedQuestion
from questions.imports.plan_rows import planned_question
from questions.models import (
    ImportBatch,
    ImportRow,
    Question,
)
from questions.services import bulk_write, collections, stored_bank
from questions.services.bank_version import raise_bank_version
from questions.services.stored_bank import StoredQuestion
from questions.services.wordings import compose

QUESTIONS_PER_TRANSACTION = 200  # well under a second
PAIRS_PER_TRANSACTION = 2000
IMPORTED = "imported"


def next_rows(batch: ImportBatch) -> list[ImportRow]:
    """Return the pending rows of the next transaction; none when all are written."""
    return next(_parts(batch.rows.filter(pending=True).order_by("number")[:QUESTIONS_PER_TRANSACTION]), [])


def _parts(rows: Iterable[ImportRow]) -> Iterator[list[ImportRow]]:
    """Divide planned rows into those of one transaction each."""
    part: list[ImportRow] = []
    pairs = 0
    for row in rows:
        named = len((row.plan or {})["values"]["enemies"])
        if part and (len(part) == QUESTIONS_PER_TRANSACTION or pairs + named > PAIRS_PER_TRANSACTION):
            yield part
            part, pairs = [], 0
        part.append(row)
        pairs += named
    if part:
        yield part


def write_rows(rows: Sequence[ImportRow], batch: ImportBatch, report_progress: Callable[[], None]) -> None:
    """Write the questions of some rows in one transaction, and call `report_progress` in it.

    Raise IntegrityError if a question has changed since the plan was made.
    """
    planned = [planned_question(row) for row in rows]
    changes = _changes(planned, batch)
    changes_bank = any(not change.is_new or change.publishes for change in changes)
    collections.ensure({change.question.collection for change in changes if change.is_new}, batch.by)
    with transaction.atomic():
        _lock_questions([question for question in planned if question.lock_version is not None])
        bulk_write.write(changes, batch.settings["exam"], now=batch.at, by=batch.by, action=IMPORTED)
        ImportRow.objects.filter(pk__in=[row.pk for row in rows]).update(pending=False)
        if changes_bank:
            raise_bank_version()
        report_progress()


def _changes(planned: Sequence[PlannedQuestion], batch: ImportBatch) -> list[bulk_write.QuestionChange]:
    codes = [question.content.id for question in planned if question.lock_version is not None]
    by_code = {ours.content.id: ours for ours in stored_bank.questions(Q(code__in=codes))} if codes else {}
    changes = []
    for question in planned:
        if question.lock_version is None:
            changes.append(_creation(question, batch))
        else:
            ours = by_code.get(question.content.id)
            if ours is None or ours.question.lock_version != question.lock_version:
                raise IntegrityError(f"{question.content.id} has changed since the plan was made")
            changes.append(_update(question, ours, batch))
    return changes


def _lock_questions(planned: Iterable[PlannedQuestion]) -> None:
    """Lock the rows. Raise IntegrityError if one has changed since the plan was made."""
    for question in planned:
        assert question.lock_version is not None, "a new question has no row to lock"
        row = Question.objects.filter(code=question.content.id, lock_version=question.lock_version)
        if not row.select_for_update().exists():
            raise IntegrityError(f"{question.content.id} has changed since the plan was made")


def _creation(planned: PlannedQuestion, batch: ImportBatch) -> bulk_write.QuestionChange:
    content = planned.content
    question = Question(
        code=content.id,
        collection=content.collection,
        batch=batch,
        author=batch.by,
        base=fields(content),
        raters=0,
    )
    wording = compose(question, content, content.revision, IMPORTED)
    wording.revision.made_by = batch.by
    after = {"status": content.status, "revision": content.revision, "batch": batch.pk}
    return bulk_write.QuestionChange(question, content, PART_NAMES, after=after, wording=wording)


def _update(planned: PlannedQuestion, ours: StoredQuestion, batch: ImportBatch) -> bulk_write.QuestionChange:
    # With the status 'draft', or a new wording of a live question would be published immediately.
    content, current = replace(planned.content, status="draft"), fields(ours.content)
    question = ours.question
    imported = fields(planned.content)
    wording = bulk_write.changed_wording(ours, content, planned.fields, IMPORTED, batch.by)
    if wording and not wording.revision.pk and question.current_id:
        waiting = {name: imported[name] for name in SCORING_FACTS if name in planned.fields}
        wording.revision.facts = waiting
        if wording.revision.sha256 == ours.revision.sha256:
            wording.revision.same_item_as = ours.revision
        content = replace(content, **{name: getattr(ours.content, name) for name in waiting})
    before: dict[str, Any] = {name: current[name] for name in planned.fields}
    after = {name: imported[name] for name in planned.fields} | {"batch": batch.pk, "revision": content.revision}
    if question.origin == Question.Origin.LOCAL:
        before["base"], question.base = question.base, imported
    return bulk_write.QuestionChange(question, content, planned.fields, before, after, wording)


def write_enemies(batch: ImportBatch) -> None:
    """Write the enemies of the imported questions, once all questions of the file exist."""
    rows = batch.rows.filter(plan__isnull=False).exclude(plan__values__enemies=[])
    for part in _parts(rows.iterator(chunk_size=QUESTIONS_PER_TRANSACTION)):
        planned = [question for question in map(planned_question, part) if "enemies" in question.fields]
        codes = [question.content.id for question in planned]
        by_code = dict(Question.objects.filter(code__in=codes).in_bulk(field_name="code"))
        with transaction.atomic():
            bulk_write.write_enemies(
                [
                    bulk_write.QuestionChange(by_code[question.content.id], question.content, ("enemies",))
                    for question in planned
                ]
            )
