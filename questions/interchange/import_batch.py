"""Writes what an import plans, as drafts of one batch, and takes a batch back while nobody has touched it.

Texts are rendered before each transaction, and no transaction holds more than some hundred questions: a long one
would stop every save of a candidate on SQLite. If one of them fails, those before it are taken back, so that a file
is imported whole or not at all. A process that is killed leaves a batch that says 'writing': it can be undone, and
importing the same file again completes it.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any

from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from questions.interchange import rows, stored
from questions.interchange.import_plan import REFUSED, Plan, Planned
from questions.interchange.merge import FIELDS, fields, from_fields
from questions.interchange.stored import Stored
from questions.lifecycle import Refused, Wording, comment, compose, raise_bank_version
from questions.models import Draft, History, ImportBatch, Question, QuestionReport, RaterRating, Revision

AT_ONCE = 200  # questions in one transaction: well under a second
IMPORTED, TAKEN_BACK = "imported", "import undone"
WRITING, DONE, UNDONE = "writing", "done", "undone"
_COMMENTARY = {"rationales", "explanation", "references"}

type Progress = Callable[[int, int], None]


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
    """Writes the plan; None if there is nothing to write. `progress` is told how many are written, and of how many.

    Raises Refused if the file cannot be read, if questions are refused and not only the good ones are wanted, or if
    somebody has changed a question since the plan was made.
    """
    if plan.faults:
        raise Refused(str(plan.faults[0]))
    refused = sum(each.what == REFUSED for each in plan.outcomes)
    if refused and not good_only:
        raise Refused(_("%(count)d questions are refused, so nothing is imported.") % {"count": refused})
    if not plan.planned:
        return None
    batch = ImportBatch.objects.create(
        by=by, at=now, file=file[-300:], sha256=sha256, format=plan.format, result={"state": WRITING, **plan.as_json()}
    )
    written = 0
    try:
        for some in batched(plan.planned, AT_ONCE):
            _write(some, plan.settings.exam, batch, by)
            written += len(some)
            if progress:
                progress(written, len(plan.planned))
        _write_enemies(plan.planned)
    except BaseException as error:
        _take_back(batch, now=now, by=by)
        batch.delete()
        if isinstance(error, IntegrityError):
            raise Refused(_("Somebody has changed the bank meanwhile. Check the file again.")) from error
        if isinstance(error, DatabaseError):
            raise Refused(_("The database could not write the questions. Nothing was imported. Try again.")) from error
        raise
    batch.result["state"] = DONE
    batch.save(update_fields=["result"])
    return batch


def touched(batch: ImportBatch) -> list[str]:
    """Codes of the questions that somebody has worked on since they were imported."""
    mine = _questions(batch)
    found: set[str] = set()
    for some in batched(mine.items(), stored.AT_ONCE):
        keys = dict(some)
        of_batch = Q(question__in=keys)
        later = History.objects.filter(of_batch, at__gte=batch.at).exclude(at=batch.at, what=IMPORTED)
        for query in (later, Draft.objects.filter(of_batch), RaterRating.objects.filter(of_batch)):
            found.update(keys[pk] for pk in query.values_list("question", flat=True))
        reports = QuestionReport.objects.filter(revision__question__in=keys, at__gte=batch.at)
        found.update(keys[pk] for pk in reports.values_list("revision__question", flat=True))
        created = Question.objects.filter(pk__in=keys, batch=batch)
        found.update(created.exclude(status=Question.Status.DRAFT).values_list("code", flat=True))
    return sorted(found)


def undo(batch: ImportBatch, *, now: datetime.datetime, by: User | None = None) -> int:
    """Takes the whole import back: deletes what it created, and restores what it changed. Gives how many questions.

    Raises Refused if somebody has worked on one of them since, or if it was undone already.
    """
    if batch.result.get("state") == UNDONE:
        raise Refused(_("This import was undone already."))
    if codes := touched(batch):
        shown = ", ".join(codes[:5]) + (" …" if len(codes) > 5 else "")
        raise Refused(
            _("Somebody has worked on these questions since: %(codes)s. Nothing was undone.") % {"codes": shown}
        )
    count = _take_back(batch, now=now, by=by)
    batch.result["state"] = UNDONE
    batch.save(update_fields=["result"])
    return count


def _questions(batch: ImportBatch) -> dict[int, str]:
    """Keys and codes of the questions that the batch has written."""
    written = History.objects.filter(at=batch.at, what=IMPORTED, after__batch=batch.pk)
    return dict(written.values_list("question", "question__code"))


def _write(some: Sequence[Planned], exam: str, batch: ImportBatch, by: User | None) -> None:
    standing = {
        each.draft.id: each
        for each in stored.questions(
            Q(code__in=[planned.draft.id for planned in some if planned.lock_version is not None])
        )
    }
    changes = []
    for planned in some:
        if planned.lock_version is None:
            changes.append(_created(planned, batch, by))
        else:
            ours = standing.get(planned.draft.id)
            if ours is None or ours.question.lock_version != planned.lock_version:
                raise IntegrityError(f"{planned.draft.id} is not as it was")
            changes.append(_changed(planned, ours, batch, by))
    with transaction.atomic():
        for planned in some:
            if planned.lock_version is not None:
                row = Question.objects.filter(code=planned.draft.id, lock_version=planned.lock_version)
                if not row.select_for_update().exists():
                    raise IntegrityError(f"{planned.draft.id} is not as it was")
        rows.write(changes, exam, now=batch.at, by=by, what=IMPORTED)
        if standing:
            raise_bank_version()


def _created(planned: Planned, batch: ImportBatch, by: User | None) -> rows.Change:
    draft = planned.draft
    question = Question(
        code=draft.id, collection=draft.collection, batch=batch, author=by, base=fields(draft), raters=0
    )
    wording = compose(question, draft, draft.revision, IMPORTED)
    wording.revision.made_by = by
    after = {"status": draft.status, "revision": draft.revision, "batch": batch.pk}
    return rows.Change(question, draft, FIELDS, after=after, wording=wording)


def _changed(planned: Planned, ours: Stored, batch: ImportBatch, by: User | None) -> rows.Change:
    # As 'draft', or a new wording of a live question would be published at once.
    draft, now = replace(planned.draft, status="draft"), fields(ours.draft)
    question = ours.question
    said = fields(planned.draft)
    wording: Wording | None = None
    if "wording" in planned.fields:
        wording = compose(question, draft, draft.revision, IMPORTED)
        wording.revision.made_by = by
    elif _COMMENTARY & set(planned.fields):
        wording = Wording(ours.revision, list(ours.options))
        comment(wording, draft)
    before: dict[str, Any] = {name: now[name] for name in planned.fields}
    after = {name: said[name] for name in planned.fields} | {"batch": batch.pk, "revision": draft.revision}
    if question.origin == Question.Origin.LOCAL:
        before["base"], question.base = question.base, said
    return rows.Change(question, draft, planned.fields, before, after, wording)


def _write_enemies(planned: Iterable[Planned]) -> None:
    """Pairs of two questions of the file: one of them was not there yet when the other was written."""
    naming = [each for each in planned if "enemies" in each.fields and each.draft.enemies]
    for some in batched(naming, AT_ONCE):
        keys = dict(Question.objects.filter(code__in=[each.draft.id for each in some]).in_bulk(field_name="code"))
        with transaction.atomic():
            rows.write_enemies([rows.Change(keys[each.draft.id], each.draft, ("enemies",)) for each in some])


def _take_back(batch: ImportBatch, *, now: datetime.datetime, by: User | None) -> int:
    mine = _questions(batch)
    created = set(Question.objects.filter(batch=batch, pk__in=mine).values_list("pk", flat=True)) if mine else set()
    for some in batched(sorted(created), AT_ONCE):
        _delete(some)
    for some in batched(sorted(set(mine) - created), AT_ONCE):
        _restore(some, batch, now, by)
    return len(mine)


def _delete(keys: Sequence[int]) -> None:
    with transaction.atomic():
        History.objects.filter(question__in=keys).delete()
        Revision.objects.filter(question__in=keys).delete()
        Question.objects.filter(pk__in=keys).delete()


def _restore(keys: Sequence[int], batch: ImportBatch, now: datetime.datetime, by: User | None) -> None:
    records = {
        each.question_id: each
        for each in History.objects.filter(question__in=keys, at=batch.at, what=IMPORTED, after__batch=batch.pk)
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
            changes.append(rows.Change(ours.question, draft, tuple(before), said, before, wording))
        if changes:
            rows.write(changes, exam, now=now, by=by, what=TAKEN_BACK)
            raise_bank_version()
