"""Settle parts of a question that were changed both here and in a new version of the shipped bank.

`load_bank` stores these parts in Question.conflict, as the file gives them, and the whole file in Question.base. To
keep a part, remove it there: the next load finds base and file equal. To take a part, write it by the steps of a load
(`questions.services.bulk_write`). As in a load, a new wording of a live or pilot question is published immediately,
because it was reviewed where it was shipped. Therefore only approvers may take it.
"""

import datetime
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from questions.content.differences import ChangedPart, PartChoice, changed_parts, part_text
from questions.content.parts import DRAWN, PART_NAMES, SHOWN, fields, from_fields, stored
from questions.content.schema import (
    ASKABLE_STATUSES,
    MAX_LIVE_RATING,
    MIN_LIVE_RATING,
    PUBLISHED_STATUSES,
    QuestionContent,
    is_live_rating,
    option_letters,
)
from questions.lint.prerequisites import prerequisite_faults
from questions.models import Question, User
from questions.services import bulk_write, question_rows, revisions, stored_bank
from questions.services.authorship import APPROVE
from questions.services.bank_version import raise_bank_version
from questions.services.bulk_write import QuestionChange
from questions.services.errors import EditConflictError, RefusedError
from questions.services.history import record
from questions.services.stored_bank import StoredQuestion

_APPROVED = SHOWN | DRAWN  # elsewhere too, only approvers change these of a published question


def choices(question: Question, by: User) -> list[PartChoice]:
    """Return the parts to decide: our value, and what taking theirs would change."""
    ours = _read(question)
    our_fields = fields(ours.content)
    result = []
    for name, value in _their_fields(ours.question).items():
        if our_fields[name] != value:
            allowed = _may_take(by, ours.question, {name: value})
            locked = "" if allowed else _("Only an approver can take this version.")
            result.append(PartChoice(name, "", _parts(ours, name, value), locked))
    return result


def settle(
    question: Question,
    *,
    kept: Collection[str],
    taken: Collection[str],
    read_version: int,
    now: datetime.datetime,
    by: User,
) -> None:
    """Decide parts by name; a part in neither list stays open. `read_version` is the lock version that was shown.

    Raises EditConflictError, or RefusedError if the result is not possible, and then writes nothing.
    """
    ours = _read(question)
    row = ours.question
    if row.lock_version != read_version:
        raise _outdated()
    theirs = _their_fields(row)
    taken_fields = {name: value for name, value in theirs.items() if name in taken}
    if not _may_take(by, row, taken_fields):
        raise RefusedError(_("Candidates get a shipped version at once. Only an approver can take it."))
    our_fields = fields(ours.content)
    values = {**our_fields, **taken_fields}
    shipped = (row.base or {}).get("rationales", {})
    values["rationales"] = _rationales(values, our_fields, shipped, taken="rationales" in taken_fields)
    changed = tuple(name for name in PART_NAMES if values[name] != our_fields[name])
    number = ours.last_number + 1 if "wording" in changed else ours.content.revision
    content = from_fields(row.code, number, values)
    _check_result(content, row.syllabus)
    row.conflict = {name: value for name, value in theirs.items() if name not in {*kept, *taken}} or None
    wording = bulk_write.changed_wording(ours, content, changed, _("Taken from the shipped bank"), by)
    after = {name: values[name] for name in changed}
    if kept_names := [name for name in theirs if name in kept and name not in taken]:
        after["kept"] = ", ".join(kept_names)
    before = {name: our_fields[name] for name in changed}
    _write(ours, QuestionChange(row, content, changed, before, after, wording), now=now, by=by)


@transaction.atomic
def _write(ours: StoredQuestion, change: QuestionChange, *, now: datetime.datetime, by: User) -> None:
    question = ours.question
    if not question_rows.claim(question):
        raise _outdated()
    raise_bank_version()
    bulk_write.write([change], question.syllabus, now=now, by=by, action="settled")
    if not change.fields:
        record(question, "settled", now=now, by=by, after=change.after)
    if "rating" in change.fields:  # it is no longer the mean of the raters here
        question_rows.set_ratings({(change.content.rating, 0): [question.pk]})
    if "wording" in change.fields and change.content.status in PUBLISHED_STATUSES:
        revisions.keep_work_on_top(question, change.content.revision, above=ours.revision.number)


def _read(question: Question) -> StoredQuestion:
    return next(stored_bank.questions(Q(pk=question.pk)))


def _their_fields(question: Question) -> dict[str, Any]:
    conflict = question.conflict or {}
    return {name: value for name, value in stored(conflict).items() if name in conflict}


def _may_take(by: User, question: Question, taken: dict[str, Any]) -> bool:
    """Return whether a user may take these parts. Only approvers may change what candidates get."""
    published = question.status in PUBLISHED_STATUSES or taken.get("status") in PUBLISHED_STATUSES
    return not (published and taken.keys() & _APPROVED) or by.has_perm(APPROVE)


def _parts(ours: StoredQuestion, name: str, value: Any) -> list[ChangedPart]:
    our_fields = fields(ours.content)
    if name == "rationales":
        codes = sorted(our_fields[name].keys() | value.keys())
        letters = option_letters(ours.content)
        parts = [
            ChangedPart("rationale", code, our_fields[name].get(code, ""), value.get(code, ""), letters.get(code, code))
            for code in codes
        ]
        return [part for part in parts if part.before != part.after]
    if name == "wording":
        theirs = from_fields(ours.content.id, 1, {**our_fields, name: value})
        return [part for part in changed_parts(ours.content, theirs) if part.name != "rationale"]  # a part of its own
    unit = "%" if name == "rating" else ""
    before, after = (
        f"{text}{unit}" if text else "" for text in (part_text(name, our_fields[name]), part_text(name, value))
    )
    return [ChangedPart(name, "", before, after)]


def _rationales(
    values: dict[str, Any], ours: dict[str, Any], shipped: dict[str, str], *, taken: bool
) -> dict[str, str]:
    """Return one rationale for each option of the result: the chosen one, but theirs for an option that is not ours."""
    rationales = {}
    for option in values["wording"]["options"]:
        use_chosen = taken or option in ours["wording"]["options"]
        sources = (values["rationales"] if use_chosen else shipped, ours["rationales"])
        code = option["id"]
        rationales[code] = next((source[code] for source in sources if code in source), "")
    return rationales


def _check_result(content: QuestionContent, exam: str) -> None:
    """Raise RefusedError for a mixture that the database or the syllabus would not accept."""
    known = stored_bank.question_codes(Q(code__in=content.enemies))
    if faults := prerequisite_faults(content, stored_bank.syllabus(exam), known):
        raise RefusedError(_("These parts do not match: %(why)s") % {"why": faults[0].sentence})
    if content.status in ASKABLE_STATUSES and not is_live_rating(content.rating):
        bounds = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
        raise RefusedError(
            _("Candidates would get this question. It needs a rating from %(least)d to %(most)d.") % bounds
        )


def _outdated() -> EditConflictError:
    return EditConflictError(_("Someone else changed this question. Compare the two versions again."))
