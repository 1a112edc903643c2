"""The worker of an import: checks, writes or undoes a batch, in the request or in a background process.

The row of the batch is the truth. A worker claims it by setting `heartbeat_at` and renews the heartbeat every few
seconds; after HEARTBEAT_TIMEOUT another worker claims the batch and continues from what is stored. Each update is a
compare-and-swap on the heartbeat, so the slower of two workers stops. If a part cannot be written, the parts before
are undone: a file is imported as a whole or not at all.
"""

import datetime
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import DatabaseError, IntegrityError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from questions import task_queue
from questions.formats import bounded_reading
from questions.imports import batch_writer, plan_rows, planner, undo
from questions.imports.refused_file import refused_file
from questions.models import ImportBatch, ImportFile, ImportRow
from questions.services import table_statistics

log = logging.getLogger(__name__)

State = ImportBatch.State
TASK = "questions.work_on_import"
WORKING_STATES = (State.CHECKING, State.WRITING, State.UNDOING)
HEARTBEAT_TIMEOUT = datetime.timedelta(minutes=3)  # longer than a busy machine needs between two heartbeats
FIRST_CLAIM_TIMEOUT = datetime.timedelta(seconds=15)
MAX_INTERRUPTIONS = 3
UNCONFIRMED_RETENTION = datetime.timedelta(days=1)

type Clock = Callable[[], datetime.datetime]
type Progress = Callable[[int, int], None]


class _ClaimLost(Exception):
    """Another worker has claimed or finished the batch."""


def work_on_batch(batch_id: int, clock: Clock = timezone.now, progress: Progress | None = None) -> None:
    """Do what the state of a batch requires. Return immediately if another worker does it or there is nothing to do."""
    batch = _claimed_batch(batch_id, clock())
    if batch is None:
        return
    claim = _Claim(batch, clock, progress)
    try:
        if batch.interruptions > MAX_INTERRUPTIONS:
            problem = _("The import of this file was interrupted more than %(count)d times. Split the file.")
            claim.fail(problem % {"count": MAX_INTERRUPTIONS})
        elif batch.state == State.CHECKING:
            _check(batch, claim)
        elif batch.state == State.WRITING:
            _write(batch, claim)
        if batch.state == State.UNDOING:
            _undo(batch, claim)
    except _ClaimLost:
        log.info("another worker has claimed import %s", batch_id)


def abandoned_batches(now: datetime.datetime) -> QuerySet[ImportBatch]:
    """Return the batches in a working state without a living worker."""
    silent = Q(heartbeat_at=None, at__lt=now - FIRST_CLAIM_TIMEOUT) | Q(heartbeat_at__lt=now - HEARTBEAT_TIMEOUT)
    return ImportBatch.objects.filter(silent, state__in=WORKING_STATES)


def release_claims(now: datetime.datetime) -> None:
    """Let all claimed batches be claimed again immediately. Only safe if no other process works on imports."""
    expired = now - HEARTBEAT_TIMEOUT - datetime.timedelta(seconds=1)
    ImportBatch.objects.filter(state__in=WORKING_STATES, heartbeat_at__gt=expired).update(heartbeat_at=expired)


def sweep(now: datetime.datetime) -> None:
    """Send the task for abandoned batches again, and delete expired files."""
    for pk in abandoned_batches(now).values_list("pk", flat=True):
        task_queue.send(TASK, pk)
    delete_expired(now)


def delete_expired(now: datetime.datetime) -> None:
    """Delete checked and failed batches that were not imported within UNCONFIRMED_RETENTION."""
    expired = now - UNCONFIRMED_RETENTION
    ImportBatch.objects.filter(state__in=(State.CHECKED, State.FAILED), at__lt=expired).delete()


def _claimed_batch(batch_id: int, now: datetime.datetime) -> ImportBatch | None:
    batch = ImportBatch.objects.filter(pk=batch_id, state__in=WORKING_STATES).first()
    if batch is None or (batch.heartbeat_at and batch.heartbeat_at >= now - HEARTBEAT_TIMEOUT):
        return None
    row = ImportBatch.objects.filter(pk=batch_id, state=batch.state, heartbeat_at=batch.heartbeat_at)
    interruptions = batch.interruptions + (1 if batch.heartbeat_at else 0)
    if not row.update(heartbeat_at=now, interruptions=interruptions):
        return None
    batch.heartbeat_at, batch.interruptions = now, interruptions
    return batch


class _Claim:
    """The claim of this worker on a batch. Each method raises _ClaimLost if another worker has taken over."""

    def __init__(self, batch: ImportBatch, clock: Clock, progress: Progress | None) -> None:
        self._batch, self._clock, self._progress = batch, clock, progress

    def report(self, done: int, total: int) -> None:
        """Store the progress and renew the heartbeat."""
        self._update(done=done, total=total)
        if self._progress and self._batch.state == State.WRITING:
            self._progress(done, total)

    def finish(self, state: State, **values: Any) -> None:
        """Move the batch to the next state; keep the claim if that is a working state."""
        self._update(state=state, done=0, **values)
        if state not in WORKING_STATES:
            ImportBatch.objects.filter(pk=self._batch.pk, state=state).update(heartbeat_at=None)

    def fail(self, problem: str) -> None:
        """End the batch with a message; if questions were written, undo them first."""
        result = {**self._batch.result, "problem": problem}
        written = self._batch.state in (State.WRITING, State.UNDOING)
        self.finish(State.UNDOING if written else State.FAILED, result=result)

    def now(self) -> datetime.datetime:
        """Return the current time."""
        return self._clock()

    def _update(self, **values: Any) -> None:
        batch, now = self._batch, self._clock()
        if batch.heartbeat_at and now <= batch.heartbeat_at:  # the clock was set back, or is coarse
            now = batch.heartbeat_at + datetime.timedelta(microseconds=1)
        claimed = ImportBatch.objects.filter(pk=batch.pk, state=batch.state, heartbeat_at=batch.heartbeat_at)
        if not claimed.update(heartbeat_at=now, **values):
            raise _ClaimLost
        for name, value in {"heartbeat_at": now, **values}.items():
            setattr(batch, name, value)


def _check(batch: ImportBatch, claim: _Claim) -> None:
    upload = batch.files.get(kind=ImportFile.Kind.UPLOAD)
    data = bytes(upload.data)
    try:
        parsed_file = bounded_reading.read(data, batch.file, batch.settings.get("format", ""))
        claim.report(0, len(parsed_file.questions))
        plan = planner.make_plan(parsed_file, plan_rows.batch_settings(batch), claim.report)
    except _ClaimLost:
        raise
    except Exception:
        log.exception("import %s could not be checked", batch.pk)
        claim.fail(_("The file could not be read. The server log has the reason. Try another format."))
        return
    ImportRow.objects.filter(batch=batch).delete()
    batch.files.filter(kind=ImportFile.Kind.REFUSED).delete()
    if plan.faults:
        upload.delete()
        claim.finish(State.FAILED, format=plan.format, result=plan_rows.plan_result(plan))
        return
    try:
        for _count in plan_rows.store_plan(batch, plan):
            claim.report(len(plan.outcomes), len(plan.outcomes))
    except IntegrityError:
        raise _ClaimLost from None
    if plan.left_out():
        name, content = refused_file(data, batch.file, plan)
        ImportFile.objects.create(batch=batch, kind=ImportFile.Kind.REFUSED, name=name[-300:], data=content)
    claim.finish(State.CHECKED, format=plan.format, result=plan_rows.plan_result(plan))


def _write(batch: ImportBatch, claim: _Claim) -> None:
    try:
        pending = batch.rows.filter(pending=True).count()
        while rows := list(
            batch.rows.filter(pending=True).order_by("number")[: batch_writer.QUESTIONS_PER_TRANSACTION]
        ):
            pending -= len(rows)
            batch_writer.write_rows(rows, batch, partial(claim.report, batch.total - pending, batch.total))
        batch_writer.write_enemies(batch)
    except _ClaimLost:
        raise
    except IntegrityError:
        claim.fail(_("The bank was changed after the file was checked. Choose the file again."))
    except DatabaseError as error:
        log.warning("import %s could not be written: %s", batch.pk, error)
        claim.fail(_("The database could not write the questions. Choose the file again later."))
    except Exception:
        log.exception("import %s could not be written", batch.pk)
        claim.fail(_("A question could not be written. The server log has the reason."))
    else:
        batch.files.filter(kind=ImportFile.Kind.UPLOAD).delete()
        batch.rows.filter(plan__isnull=False).update(plan=None)
        table_statistics.analyze(*table_statistics.BANK_TABLES)
        claim.finish(State.DONE)


def _undo(batch: ImportBatch, claim: _Claim) -> None:
    for done, total in undo.undo_batch(batch, now=claim.now(), by=batch.by):
        claim.report(done, total)
    batch.files.filter(kind=ImportFile.Kind.UPLOAD).delete()
    batch.rows.update(plan=None, pending=False)
    edited = undo.edited_codes(batch)
    result = {**batch.result, "edited": edited} if edited else batch.result
    claim.finish(State.FAILED if batch.result.get("problem") else State.UNDONE, result=result)
