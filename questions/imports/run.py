"""An import from step to step: checked > written > done, and back; the row of the batch is the truth of it.

A step is begun by a person and worked on by `work`, in the request where that is quick and else by a worker. Who
works says so in `beat_at` at least every few seconds; whose beat has stopped is followed by the next one, which goes
on from what is stored. Of two that work on one import, one finds the beat moved, and stops. If a piece cannot be
written, those before it are taken back: a file is imported whole or not at all.
"""

import datetime
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from questions import task_queue
from questions.formats import registry
from questions.imports import batch_writer, plan_rows, planner
from questions.imports.plan import REFUSED, Plan, Settings
from questions.imports.refused_file import refused_file
from questions.models import ImportBatch, ImportFile, ImportRow, Question, User
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

State = ImportBatch.State
WORKING = (State.CHECKING, State.WRITING, State.UNDOING)
SILENT = datetime.timedelta(minutes=3)  # longer than a busy machine takes from one beat to the next
TRIES = 3  # after so many deaths over one file it is left alone
KEPT = datetime.timedelta(days=1)  # a file that nobody imports
QUICK_BYTES, QUICK_BANK, QUICK_ROWS = 200_000, 2_000, 100  # worked on while the person waits

type Clock = Callable[[], datetime.datetime]
type Progress = Callable[[int, int], None]


class _Overtaken(Exception):
    """Somebody else works on this import now, or has ended it."""


# --- What a person does


def receive(
    data: bytes, name: str, settings: Settings, format: str = "", *, now: datetime.datetime, by: User | None
) -> ImportBatch:
    """Takes a file in, to be checked; the files that nobody has imported for a day go."""
    tidy(now)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            by=by, at=now, file=name[-300:], sha256=planner.sha256(data), format="",
            settings=plan_rows.settings_json(settings, format),
        )  # fmt: skip
        ImportFile.objects.create(batch=batch, what=ImportFile.What.UPLOAD, name=name[-300:], data=data)
    _begin(batch, len(data) <= QUICK_BYTES and _small_bank())
    return batch


def check_again(batch: ImportBatch, mapping: Mapping[str, int | None], exam_domain: int | None) -> None:
    """Plans anew, with what the file's names of exam domains mean; None takes back what was said of a name.

    `exam_domain` is that of the questions for which the file names none.
    """
    meant = {**batch.settings["mapping"], **mapping}
    told = {
        **batch.settings,
        "mapping": {name: number for name, number in meant.items() if number is not None},
        "exam_domain": exam_domain,
    }
    upload = batch.files.filter(what=ImportFile.What.UPLOAD).first()
    if upload is None:
        raise RefusedError(_("The file is no longer here. Choose it again."))
    _move(batch, State.CHECKED, State.CHECKING, settings=told)
    _begin(batch, len(upload.data) <= QUICK_BYTES and _small_bank())


def confirm(batch: ImportBatch, *, good_only: bool, now: datetime.datetime) -> None:
    """Lets what was checked be written. Raises Refused if questions are refused and not only the good are wanted."""
    _whole(batch.result.get("counts", {}).get(REFUSED, 0), good_only)
    waiting = batch.rows.filter(waits=True).count()
    if batch.state == State.CHECKED and not waiting:
        raise RefusedError(_("There is nothing to import: all of it is here already."))
    _move(batch, State.CHECKED, State.WRITING, at=now, total=waiting)
    _begin(batch, waiting <= QUICK_ROWS)


def undo(batch: ImportBatch) -> None:
    """Lets the whole import be taken back. Raises Refused if somebody has worked on one of its questions since."""
    if batch.state == State.UNDONE:
        raise RefusedError(_("This import was undone already."))
    if codes := batch_writer.touched(batch):
        shown = ", ".join(codes[:5]) + (" …" if len(codes) > 5 else "")
        raise RefusedError(
            _("Somebody has worked on these questions since: %(codes)s. Nothing was undone.") % {"codes": shown}
        )
    total = len(batch_writer.written(batch))
    _move(batch, State.DONE, State.UNDOING, total=total)
    _begin(batch, total <= QUICK_ROWS)


def give_up(batch: ImportBatch) -> None:
    """Throws a checked file away."""
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=(State.CHECKED, State.FAILED)).delete()[0]:
        raise RefusedError(_("This import is not waiting for you any more. Look at it again."))


def carry_out(
    plan: Plan,
    file: str,
    sha256: str,
    *,
    now: datetime.datetime,
    by: User | None = None,
    good_only: bool = False,
    progress: Progress | None = None,
) -> ImportBatch | None:
    """Writes a plan at once, for who has just made it; None if there is nothing to write.

    Raises Refused if the file cannot be read, if questions are refused and not only the good ones are wanted, or if
    it could not be written; then nothing stays.
    """
    if plan.faults:
        raise RefusedError(str(plan.faults[0]))
    _whole(plan.counts()[REFUSED], good_only)
    if not plan.planned:
        return None
    batch = ImportBatch.objects.create(
        by=by, at=now, file=file[-300:], sha256=sha256, format=plan.format, state=State.CHECKED,
        settings=plan_rows.settings_json(plan.settings), result=_result(plan),
    )  # fmt: skip
    for _stored in plan_rows.keep(batch, plan):
        pass
    _move(batch, State.CHECKED, State.WRITING, at=now, total=len(plan.planned))
    work(batch.pk, progress=progress)
    batch.refresh_from_db()
    if batch.state == State.FAILED:
        batch.delete()
        raise RefusedError(f"{batch.result['problem']} {_('Nothing was imported.')}")
    return batch


def _whole(refused: int, good_only: bool) -> None:
    if refused and not good_only:
        raise RefusedError(_("%(count)d questions are refused, so nothing is imported.") % {"count": refused})


def _begin(batch: ImportBatch, quick: bool) -> None:
    if quick:
        work(batch.pk)
        batch.refresh_from_db()
    else:
        task_queue.send("questions.work_on_import", batch.pk)


def _small_bank() -> bool:
    return Question.objects.count() <= QUICK_BANK


def _move(batch: ImportBatch, before: State, after: State, **values: Any) -> None:
    """One step of the state, if nobody has taken it meanwhile."""
    fresh = {"state": after, "done": 0, "interrupted": 0, "beat_at": None, **values}
    if not ImportBatch.objects.filter(pk=batch.pk, state=before).update(**fresh):
        raise RefusedError(_("This import is not waiting for you any more. Look at it again."))
    for name, value in fresh.items():
        setattr(batch, name, value)


# --- What works on it


def work(
    batch_id: int, clock: Callable[[], datetime.datetime] = timezone.now, progress: Progress | None = None
) -> None:
    """Does what the state of an import asks for, to its end. Returns at once if somebody else does, or nothing is."""
    batch = _claimed(batch_id, clock())
    if batch is None:
        return
    hand = _Hand(batch, clock, progress)
    try:
        if batch.interrupted > TRIES:
            said = _("The server was interrupted more than %(count)d times over this file. Split it, and try again.")
            hand.fail(said % {"count": TRIES})
        elif batch.state == State.CHECKING:
            _check(batch, hand)
        elif batch.state == State.WRITING:
            _write(batch, hand)
        if batch.state == State.UNDOING:
            _take_back(batch, hand)
    except _Overtaken:
        log.info("import %s is worked on by somebody else", batch_id)


def unfinished(now: datetime.datetime) -> QuerySet[ImportBatch]:
    """Imports that something has to be done on and nobody does."""
    silent = Q(beat_at=None, at__lt=now - datetime.timedelta(seconds=15)) | Q(beat_at__lt=now - SILENT)
    return ImportBatch.objects.filter(silent, state__in=WORKING)


def take_over(now: datetime.datetime) -> None:
    """Lets what a process that ended had in work go on at once, for who knows that no other process works here."""
    dead = now - SILENT - datetime.timedelta(seconds=1)
    ImportBatch.objects.filter(state__in=WORKING, beat_at__gt=dead).update(beat_at=dead)


def sweep(now: datetime.datetime) -> None:
    """Wakes the imports that were left over, and throws away what nobody has imported for a day."""
    for pk in unfinished(now).values_list("pk", flat=True):
        task_queue.send("questions.work_on_import", pk)
    tidy(now)


def tidy(now: datetime.datetime) -> None:
    """Checked files that nobody has imported for a day go, with all that was worked out of them."""
    ImportBatch.objects.filter(state__in=(State.CHECKED, State.FAILED), at__lt=now - KEPT).delete()


def _claimed(batch_id: int, now: datetime.datetime) -> ImportBatch | None:
    batch = ImportBatch.objects.filter(pk=batch_id, state__in=WORKING).first()
    if batch is None or (batch.beat_at and batch.beat_at >= now - SILENT):
        return None
    row = ImportBatch.objects.filter(pk=batch_id, state=batch.state, beat_at=batch.beat_at)
    interrupted = batch.interrupted + (1 if batch.beat_at else 0)
    if not row.update(beat_at=now, interrupted=interrupted):
        return None
    batch.beat_at, batch.interrupted = now, interrupted
    return batch


class _Hand:
    """Who works on an import: tells how far it is, and learns when somebody else has taken over."""

    def __init__(self, batch: ImportBatch, clock: Clock, progress: Progress | None) -> None:
        self._batch, self._clock, self._progress = batch, clock, progress

    def beat(self, done: int, total: int) -> None:
        """Stores how far it is."""
        self._set(done=done, total=total)
        if self._progress and self._batch.state == State.WRITING:
            self._progress(done, total)

    def end(self, state: State, **values: Any) -> None:
        """The next state; what is to be worked on further keeps the beat."""
        self._set(state=state, done=0, **values)
        if state not in WORKING:
            ImportBatch.objects.filter(pk=self._batch.pk, state=state).update(beat_at=None)

    def fail(self, problem: str) -> None:
        """Ends it with a sentence; what is written already is taken back first."""
        result = {**self._batch.result, "problem": problem}
        written = self._batch.state in (State.WRITING, State.UNDOING)
        self.end(State.UNDOING if written else State.FAILED, result=result)

    def now(self) -> datetime.datetime:
        return self._clock()

    def _set(self, **values: Any) -> None:
        batch, now = self._batch, self._clock()
        if batch.beat_at and now <= batch.beat_at:  # a clock that was put back, or a coarse one
            now = batch.beat_at + datetime.timedelta(microseconds=1)
        mine = ImportBatch.objects.filter(pk=batch.pk, state=batch.state, beat_at=batch.beat_at)
        if not mine.update(beat_at=now, **values):
            raise _Overtaken
        for name, value in {"beat_at": now, **values}.items():
            setattr(batch, name, value)


def _check(batch: ImportBatch, hand: _Hand) -> None:
    upload = batch.files.get(what=ImportFile.What.UPLOAD)
    data = bytes(upload.data)
    try:
        reading = registry.read(data, batch.file, batch.settings.get("format", ""))
        hand.beat(0, len(reading.questions))
        plan = planner.plan(reading, plan_rows.settings_of(batch), hand.beat)
    except _Overtaken:
        raise
    except Exception:
        log.exception("import %s could not be checked", batch.pk)
        hand.fail(_("The file could not be read. The reason stands in the log of the server. Try another format."))
        return
    ImportRow.objects.filter(batch=batch).delete()
    batch.files.filter(what=ImportFile.What.REFUSED).delete()
    if plan.faults:
        upload.delete()
        hand.end(State.FAILED, format=plan.format, result=_result(plan))
        return
    try:
        for _stored in plan_rows.keep(batch, plan):
            hand.beat(len(plan.outcomes), len(plan.outcomes))
    except IntegrityError:
        raise _Overtaken from None
    if plan.counts()[REFUSED]:
        name, content = refused_file(data, batch.file, plan)
        ImportFile.objects.create(batch=batch, what=ImportFile.What.REFUSED, name=name[-300:], data=content)
    hand.end(State.CHECKED, format=plan.format, result=_result(plan))


def _result(plan: Plan) -> dict[str, Any]:
    whole = plan.as_json()
    faults = [
        fault.sentence if fault.line is None else _("Line %(line)d: ") % {"line": fault.line} + fault.sentence
        for fault in plan.faults
    ]
    return {
        "counts": whole["counts"], "faults": faults, "unknown_domains": whole["unknown_domains"],
        "without_domain": whole["without_domain"],
    }  # fmt: skip


def _write(batch: ImportBatch, hand: _Hand) -> None:
    try:
        waiting = batch.rows.filter(waits=True).count()
        while some := list(batch.rows.filter(waits=True).order_by("number")[: batch_writer.AT_ONCE]):
            waiting -= len(some)
            batch_writer.write(some, batch, partial(hand.beat, batch.total - waiting, batch.total))
        batch_writer.write_enemies(batch)
    except _Overtaken:
        raise
    except IntegrityError:
        hand.fail(_("Somebody has changed the bank meanwhile, perhaps by importing this file too. Choose it again."))
    except DatabaseError as error:
        log.warning("import %s could not be written: %s", batch.pk, error)
        hand.fail(_("The database could not write the questions. Choose the file again in a while."))
    except Exception:
        log.exception("import %s could not be written", batch.pk)
        hand.fail(_("A question could not be written: the reason stands in the log of the server."))
    else:
        batch.files.filter(what=ImportFile.What.UPLOAD).delete()
        batch.rows.filter(plan__isnull=False).update(plan=None)
        hand.end(State.DONE)


def _take_back(batch: ImportBatch, hand: _Hand) -> None:
    for done, total in batch_writer.take_back(batch, now=hand.now(), by=batch.by):
        hand.beat(done, total)
    batch.files.filter(what=ImportFile.What.UPLOAD).delete()
    batch.rows.update(plan=None, waits=False)
    hand.end(State.FAILED if batch.result.get("problem") else State.UNDONE)
