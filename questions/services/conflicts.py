"""Settles what people here and a new version of the shipped bank have both changed: keep ours or take theirs.

`load_bank` leaves such parts in Question.conflict, as the file says them, and the whole file in Question.base. So what
is kept needs only to be decided: the next load finds base and file alike and is quiet. What is taken is written by
the steps of the load (`questions.services.bulk_write`), and as there, a wording that is taken is published at once if
candidates meet the question: it was reviewed where it was shipped. So only who may approve takes one.
"""

import datetime
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from questions.content.differences import Choice, Part, parts, plain
from questions.content.merge import FIELDS, fields, from_fields
from questions.content.schema import ASKABLE_STATUSES, MAX_LIVE_RATING, MIN_LIVE_RATING, PUBLISHED_STATUSES
from questions.lint.prerequisites import faults_of
from questions.models import Question, Revision, User
from questions.services import bulk_write, stored
from questions.services.errors import EditConflictError, RefusedError
from questions.services.lifecycle import Wording, comment, compose, raise_bank_version, record
from questions.services.review import APPROVE
from questions.services.stored import Stored

_WORDING = ("stem", "option", "key", "order")


def waiting() -> QuerySet[Question]:
    """Questions of which people here and a newer shipped version have changed the same part."""
    return Question.objects.filter(conflict__isnull=False)


def choices(question: Question, by: User) -> list[Choice]:
    """What is to be decided, part by part: ours as it stands, and what taking theirs would change."""
    ours = _ours(question)
    now_here, found = fields(ours.draft), []
    for name, value in _theirs(ours.question).items():
        if now_here[name] == value:
            continue
        why = "" if _may(by, ours.question, {name: value}) else _("Only somebody who may approve can take this.")
        found.append(Choice(name, "", _parts(ours, name, value), why))
    return found


def settle(
    question: Question,
    *,
    kept: Collection[str],
    taken: Collection[str],
    read: int,
    now: datetime.datetime,
    by: User,
) -> None:
    """Decides parts by name; what is named in neither stays open. `read` is the lock_version that was shown.

    Raises Overtaken, or Refused when the outcome cannot stand, and then writes nothing.
    """
    ours = _ours(question)
    row = ours.question
    if row.lock_version != read:
        raise _overtaken()
    theirs = _theirs(row)
    said = {name: value for name, value in theirs.items() if name in taken}
    if not _may(by, row, said):
        raise RefusedError(
            _("Candidates get a shipped wording or status at once. Somebody who may approve has to take it.")
        )
    now_here = fields(ours.draft)
    values = {**now_here, **said}
    shipped = (row.base or {}).get("rationales", {})
    values["rationales"] = _rationales(values, now_here, shipped, taken="rationales" in said)
    changed = tuple(name for name in FIELDS if values[name] != now_here[name])
    number = ours.last_number + 1 if "wording" in changed else ours.draft.revision
    final = from_fields(row.code, number, values, row.collection)
    _stands(final, row.exam_domain.exam)
    row.conflict = {name: value for name, value in theirs.items() if name not in {*kept, *taken}} or None
    wording = None
    if "wording" in changed:
        wording = compose(row, final, number, _("Taken from the shipped bank"))
        wording.revision.made_by = by
    elif {"rationales", "explanation", "references"} & set(changed):
        wording = Wording(ours.revision, list(ours.options))
        comment(wording, final)
    after = {name: values[name] for name in changed}
    if stays := [name for name in theirs if name in kept and name not in taken]:
        after["kept"] = ", ".join(stays)
    before = {name: now_here[name] for name in changed}
    _write(ours, bulk_write.Change(row, final, changed, before, after, wording), now=now, by=by)


@transaction.atomic
def _write(ours: Stored, change: bulk_write.Change, *, now: datetime.datetime, by: User) -> None:
    question = ours.question
    # A rating that somebody gives meanwhile raises no lock_version, and must not be overwritten either.
    same = {"lock_version": question.lock_version, "rating": question.rating, "raters": question.raters}
    row = Question.objects.filter(pk=question.pk, **same)
    if not row.update(lock_version=F("lock_version") + 1):
        raise _overtaken()
    raise_bank_version()
    bulk_write.write([change], question.exam_domain.exam, now=now, by=by, action="settled")
    if not change.fields:
        record(question, "settled", now=now, by=by, after=change.after)
    if "rating" in change.fields:
        Question.objects.filter(pk=question.pk).update(raters=0)  # the mean of nobody here
    if "wording" in change.fields and change.draft.status in PUBLISHED_STATUSES:
        _keep_work_on_top(ours, change.draft.revision)


def _ours(question: Question) -> Stored:
    return next(stored.questions(Q(pk=question.pk)))


def _theirs(question: Question) -> dict[str, Any]:
    said = question.conflict or {}
    return {name: said[name] for name in FIELDS if name in said}


def _may(by: User, question: Question, taken: dict[str, Any]) -> bool:
    """Whether somebody may take these parts: who takes what candidates then get does what approving does."""
    asked = question.status in PUBLISHED_STATUSES or taken.get("status") in PUBLISHED_STATUSES
    return not (asked and taken.keys() & {"wording", "status"}) or by.has_perm(APPROVE)


def _parts(ours: Stored, name: str, value: Any) -> list[Part]:
    here = fields(ours.draft)
    if name == "rationales":
        codes = sorted(here[name].keys() | value.keys())
        return [Part("rationale", code, here[name].get(code, ""), value.get(code, "")) for code in codes
                if here[name].get(code, "") != value.get(code, "")]  # fmt: skip
    if name == "wording":
        theirs = from_fields(ours.draft.id, 1, {**here, name: value}, ours.draft.collection)
        return [part for part in parts(ours.draft, theirs) if part.name in _WORDING]
    unit = "%" if name == "rating" else ""
    before, after = (f"{said}{unit}" if said else "" for said in (plain(here[name]), plain(value)))
    return [Part(name, "", before, after)]


def _rationales(
    values: dict[str, Any], ours: dict[str, Any], shipped: dict[str, str], *, taken: bool
) -> dict[str, str]:
    """One for each option of the wording that stands: the chosen one, but theirs where we have not this option."""
    found = {}
    for option in values["wording"]["options"]:
        here = taken or option in ours["wording"]["options"]
        sources = (values["rationales"] if here else shipped, ours["rationales"])
        found[option["id"]] = next((each[option["id"]] for each in sources if option["id"] in each), "")
    return found


def _stands(final: Any, exam: str) -> None:
    """Refuses a mixture that the database or the syllabus would not take."""
    named = stored.codes(Q(code__in=final.enemies))
    if faults := faults_of(final, stored.syllabus(exam), named):
        raise RefusedError(_("These parts do not fit together: %(why)s") % {"why": faults[0].sentence})
    if final.status in ASKABLE_STATUSES and not (final.rating and MIN_LIVE_RATING <= final.rating <= MAX_LIVE_RATING):
        said = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
        raise RefusedError(
            _("Candidates would meet this question: it needs a rating from %(least)d to %(most)d.") % said
        )


def _keep_work_on_top(ours: Stored, number: int) -> None:
    """A wording that somebody writes here goes on as the newest one, above the one that was just taken."""
    work = Revision.objects.filter(question=ours.question, published_at=None, number__gt=ours.revision.number)
    if newest := work.filter(number__lt=number).order_by("-number").first():
        Revision.objects.filter(pk=newest.pk).update(number=number + 1)


def _overtaken() -> EditConflictError:
    return EditConflictError(_("Somebody changed this question meanwhile. Look at both again."))
