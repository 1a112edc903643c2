"""The job of an import: checks, writes or undoes a batch, in the request or in a background process.

The state of the batch says what to do, its rows how far it is. Each part is written in one transaction with a sign of
life of the job, so the slower of two workers stops. If a part cannot be written, the parts before are undone: a file
is imported as a whole or not at all.
"""

import datetime
import logging
from functools import partial
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _

from questions.formats import bounded_reading
from questions.imports import batch_writer, plan_rows, planner, undo
from questions.imports.refused_file import refused_file
from questions.models import ImportBatch, ImportFile, ImportRow
from questions.services import jobs, table_statistics
from questions.services.jobs import ClaimLostError, Work

log = logging.getLogger(__name__)

State = ImportBatch.State
KIND = "import"
WORKING_STATES = (State.CHECKING, State.WRITING, State.UNDOING)
UNCONFIRMED_RETENTION = datetime.timedelta(days=1)


def work_on_batch(work: Work) -> None:
    """Do what the state of a batch requires: the job of an import."""
    batch = ImportBatch.objects.filter(pk=work.key, state__in=WORKING_STATES).first()
    if batch is None:
        return
    part = _Part(batch, work)
    if batch.state == State.CHECKING:
        _check(batch, part)
    elif batch.state == State.WRITING:
        _write(batch, part)
    if batch.state == State.UNDOING:
        _undo(batch, part)


def give_up(key: str, now: datetime.datetime) -> None:
    """End an import whose workers have all died; if questions were written, undo them.

    An undo that fails stays where it is. The page of the import says so, and *Try again* on the page System continues.
    """
    batch = ImportBatch.objects.filter(pk=key, state__in=(State.CHECKING, State.WRITING)).first()
    if batch is None:
        return
    problem = _("The import of this file was interrupted more than %(count)d times. Split the file.")
    result = {**batch.result, "problem": problem % {"count": jobs.MAX_TRIES - 1}}
    written = batch.state == State.WRITING
    rows = ImportBatch.objects.filter(pk=key, state=batch.state)
    if rows.update(state=State.UNDOING if written else State.FAILED, result=result) and written:
        jobs.request(KIND, key, now=now)


def delete_expired(work: Work) -> None:
    """Delete checked and failed batches that were not imported within UNCONFIRMED_RETENTION: a job of each hour."""
    expired = work.now() - UNCONFIRMED_RETENTION
    ImportBatch.objects.filter(state__in=(State.CHECKED, State.FAILED), at__lt=expired).delete()


class _Part:
    """What this worker does with a batch. Each method raises ClaimLostError if another worker has taken over."""

    def __init__(self, batch: ImportBatch, work: Work) -> None:
        self._batch, self._work, self.now = batch, work, work.now

    def report(self, done: int, total: int) -> None:
        """Report the progress, with a sign of life."""
        self._work.advance(progress=done, total=total)

    def finish(self, state: State, **values: Any) -> None:
        """Move the batch to the next state."""
        batch = self._batch
        with transaction.atomic():
            self._work.advance()
            if not ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(state=state, **values):
                raise ClaimLostError
        for name, value in {"state": state, **values}.items():
            setattr(batch, name, value)

    def fail(self, problem: str) -> None:
        """End the batch with a message; if questions were written, undo them first."""
        result = {**self._batch.result, "problem": problem}
        written = self._batch.state in (State.WRITING, State.UNDOING)
        self.finish(State.UNDOING if written else State.FAILED, result=result)


def _check(batch: ImportBatch, part: _Part) -> None:
    upload = batch.files.get(kind=ImportFile.Kind.UPLOAD)
    try:
        settings = plan_rows.batch_settings(batch)
        format = batch.settings.get("format", "")
        parsed_file = bounded_reading.read(bytes(upload.data), batch.file, format, columns=settings.columns)
        part.report(0, len(parsed_file.questions))
        plan = planner.make_plan(parsed_file, settings, part.report)
    except ClaimLostError:
        raise
    except Exception:
        log.exception("import %s could not be checked", batch.pk)
        part.fail(_("The file could not be read. The server log has the reason. Try another format."))
        return
    ImportRow.objects.filter(batch=batch).delete()
    batch.files.filter(kind=ImportFile.Kind.REFUSED).delete()
    if plan.faults:
        upload.delete()
        part.finish(State.FAILED, format=plan.format, result=plan_rows.plan_result(plan))
        return
    try:
        for _count in plan_rows.store_plan(batch, plan):
            part.report(len(plan.outcomes), len(plan.outcomes))
    except IntegrityError:
        raise ClaimLostError from None
    if plan.left_out():
        name, content = refused_file(parsed_file, batch.file, plan)
        ImportFile.objects.create(batch=batch, kind=ImportFile.Kind.REFUSED, name=name[-300:], data=content)
    part.finish(State.CHECKED, format=plan.format, result=plan_rows.plan_result(plan))


def _write(batch: ImportBatch, part: _Part) -> None:
    try:
        planned = batch.rows.filter(plan__isnull=False)
        total, pending = planned.count(), planned.filter(pending=True).count()
        while rows := batch_writer.next_rows(batch):
            pending -= len(rows)
            batch_writer.write_rows(rows, batch, partial(part.report, total - pending, total))
        batch_writer.write_enemies(batch)
    except ClaimLostError:
        raise
    except IntegrityError:
        part.fail(_("The bank was changed after the file was checked. Choose the file again."))
    except DatabaseError as error:
        log.warning("import %s could not be written: %s", batch.pk, error)
        part.fail(_("The database could not write the questions. Choose the file again later."))
    except Exception:
        log.exception("import %s could not be written", batch.pk)
        part.fail(_("A question could not be written. The server log has the reason."))
    else:
        batch.files.filter(kind=ImportFile.Kind.UPLOAD).delete()
        batch.rows.filter(plan__isnull=False).update(plan=None)
        table_statistics.analyze(*table_statistics.BANK_TABLES)
        part.finish(State.DONE)


def _undo(batch: ImportBatch, part: _Part) -> None:
    for done, total in undo.undo_batch(batch, now=part.now(), by=batch.by):
        part.report(done, total)
    batch.files.filter(kind=ImportFile.Kind.UPLOAD).delete()
    batch.rows.update(plan=None, pending=False)
    edited = undo.edited_codes(batch)
    result = {**batch.result, "edited": edited} if edited else batch.result
    part.finish(State.FAILED if batch.result.get("problem") else State.UNDONE, result=result)
