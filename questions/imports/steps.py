"""The steps of an import that a person starts: receive a file, check it again, confirm, undo, discard.

Each step moves the state of the batch by compare-and-swap. Small work is done in the request, the rest by a worker.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from questions.formats import bounded_reading
from questions.imports import plan_rows, planner, worker
from questions.imports.plan import LEFT_OUT, ImportPlan, ImportSettings
from questions.imports.undo import edited_codes, written_questions
from questions.models import ImportBatch, ImportFile, Job, Question, User
from questions.services import jobs
from questions.services.errors import RefusedError

State = ImportBatch.State
# Limits of what is done in the request.
MAX_INLINE_BYTES, MAX_INLINE_BANK_QUESTIONS, MAX_INLINE_ROWS = 200_000, 2_000, 100
MAX_INLINE_DOLLAR_SIGNS = 200  # a formula takes up to 10 ms, and a file is planned in several passes
_MAX_CODES_SHOWN = 5


def receive_file(
    data: bytes, name: str, settings: ImportSettings, format: str = "", *, now: datetime.datetime, by: User | None
) -> ImportBatch:
    """Store an uploaded file and start its check."""
    with _reading(data) as inline:
        with transaction.atomic():
            batch = ImportBatch.objects.create(
                by=by,
                at=now,
                file=name[-300:],
                sha256=planner.file_sha256(data),
                format="",
                settings=plan_rows.settings_json(settings, format),
            )
            ImportFile.objects.create(batch=batch, kind=ImportFile.Kind.UPLOAD, name=name[-300:], data=data)
            job = jobs.request(worker.KIND, batch.pk, now=now, send=not inline)
        if inline:
            _work(batch, job)
    return batch


def check_again(
    batch: ImportBatch,
    mapping: Mapping[str, int | None],
    exam_domain: int | None,
    as_new: Iterable[int],
    *,
    now: datetime.datetime,
    full_credit_only: bool = False,
    columns: Mapping[str, str] | None = None,
) -> None:
    """Plan again with exam domains for names used in the file; None removes a mapping.

    `exam_domain` is for the questions for which the file has none; `as_new`, `full_credit_only` and `columns` as in
    ImportSettings.
    """
    domains = {**batch.settings["mapping"], **mapping}
    settings = {
        **batch.settings,
        "mapping": {name: number for name, number in domains.items() if number is not None},
        "exam_domain": exam_domain,
        "as_new": sorted(as_new),
        "full_credit_only": full_credit_only,
        "columns": dict(columns or {}),
    }
    upload = batch.files.filter(kind=ImportFile.Kind.UPLOAD).first()
    if upload is None:
        raise RefusedError(_("The file was deleted. Choose it again."))
    with _reading(bytes(upload.data)) as inline:
        _start(batch, State.CHECKED, State.CHECKING, inline=inline, now=now, settings=settings)


def confirm(batch: ImportBatch, *, good_only: bool, now: datetime.datetime) -> None:
    """Start writing a checked batch. Raise RefusedError for questions to be left out unless `good_only`."""
    counts = batch.result.get("counts", {})
    _require_whole_file(sum(counts.get(outcome, 0) for outcome in LEFT_OUT), good_only=good_only)
    pending = batch.rows.filter(pending=True).count()
    if batch.state == State.CHECKED and not pending:
        raise RefusedError(_("There is nothing to import. The bank already has all of these questions."))
    _start(batch, State.CHECKED, State.WRITING, inline=pending <= MAX_INLINE_ROWS, now=now, at=now)


def undo(batch: ImportBatch, *, now: datetime.datetime) -> None:
    """Start undoing a whole import. Raise RefusedError if one of its questions was edited."""
    if batch.state == State.UNDONE:
        raise RefusedError(_("This import was already undone."))
    if batch.result.get("live"):
        raise RefusedError(_("This import has live questions, so it cannot be undone. Retire them instead."))
    if codes := edited_codes(batch):
        listed = ", ".join(codes[:_MAX_CODES_SHOWN]) + (" …" if len(codes) > _MAX_CODES_SHOWN else "")
        message = _("Nothing was undone, because these questions were edited after the import: %(codes)s.")
        raise RefusedError(message % {"codes": listed})
    _start(batch, State.DONE, State.UNDOING, inline=len(written_questions(batch)) <= MAX_INLINE_ROWS, now=now)


def discard(batch: ImportBatch) -> None:
    """Delete a checked or failed batch."""
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=(State.CHECKED, State.FAILED)).delete()[0]:
        raise RefusedError(_("The state of this import has changed. Reload the page."))


def import_plan(
    plan: ImportPlan,
    file: str,
    sha256: str,
    *,
    now: datetime.datetime,
    by: User | None = None,
    good_only: bool = False,
    progress: jobs.Progress | None = None,
) -> ImportBatch | None:
    """Write a plan immediately; return None if there is nothing to write.

    Raise RefusedError, and write nothing, if the file has faults, if questions are left out and not `good_only`, or if
    writing fails.
    """
    if plan.faults:
        raise RefusedError(str(plan.faults[0]))
    _require_whole_file(len(plan.left_out()), good_only=good_only)
    if not plan.planned:
        return None
    batch = ImportBatch.objects.create(
        by=by,
        at=now,
        file=file[-300:],
        sha256=sha256,
        format=plan.format,
        state=State.CHECKED,
        settings=plan_rows.settings_json(plan.settings),
        result=plan_rows.plan_result(plan),
    )
    for _count in plan_rows.store_plan(batch, plan):
        pass
    _start(batch, State.CHECKED, State.WRITING, inline=True, now=now, progress=progress, at=now)
    if batch.state == State.FAILED:
        batch.delete()
        raise RefusedError(f"{batch.result['problem']} {_('Nothing was imported.')}")
    return batch


def _require_whole_file(left_out: int, *, good_only: bool) -> None:
    if left_out and not good_only:
        message = ngettext(
            "%(count)d question cannot be imported, so nothing is imported.",
            "%(count)d questions cannot be imported, so nothing is imported.",
            left_out,
        )
        raise RefusedError(message % {"count": left_out})


@contextmanager
def _reading(data: bytes) -> Iterator[bool]:
    """Yield whether the request may read this file: it and the bank are small, formulas and other readers are few."""
    is_small = len(data) <= MAX_INLINE_BYTES and data.count(b"$") <= MAX_INLINE_DOLLAR_SIGNS
    if not is_small or Question.objects.count() > MAX_INLINE_BANK_QUESTIONS:
        yield False
        return
    with bounded_reading.place() as is_free:
        yield is_free


def _start(
    batch: ImportBatch,
    before: State,
    after: State,
    *,
    inline: bool,
    now: datetime.datetime,
    progress: jobs.Progress | None = None,
    **values: Any,
) -> None:
    """Move the batch to another state, and do what it requires now or in the background.

    Raise RefusedError if its state has changed meanwhile.
    """
    with transaction.atomic():
        if not ImportBatch.objects.filter(pk=batch.pk, state=before).update(state=after, **values):
            raise RefusedError(_("The state of this import has changed. Reload the page."))
        job = jobs.request(worker.KIND, batch.pk, now=now, send=not inline)
    for name, value in {"state": after, **values}.items():
        setattr(batch, name, value)
    if inline:
        _work(batch, job, progress)


def _work(batch: ImportBatch, job: Job, progress: jobs.Progress | None = None) -> None:
    jobs.run(job.pk, timezone.now, progress=progress)
    batch.refresh_from_db()
