"""Settle parts of a question that were changed both here and in a new version of the shipped bank.

`load_bank` stores these parts in Question.conflict, as the file gives them, and the whole file in Question.base. To
keep a part, remove it there: the next load finds base and file equal. To take a part, write it by the steps of a load
(`questions.services.bulk_write`). Of a question that was published, the wording, the second answer and the facts that
decide scores become a revision that a second person approves, as after an edit: one person has chosen the mixture.
"""

import datetime
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from questions.content.differences import ChangedPart, PartChoice, changed_parts, part_text
from questions.content.parts import (
    COMMENTARY,
    DRAWN,
    PART_NAMES,
    SCORING_FACTS,
    SHOWN,
    WAITING,
    fields,
    from_fields,
    stored,
)
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
from questions.services.wordings import content_of

_REASON = "Taken from the shipped bank"
WAITING_PARTS = ("wording", *WAITING)  # of a published question: they wait for a second person
_APPROVED = SHOWN | DRAWN  # elsewhere too, only approvers change these of a published question


def choices(question: Question, by: User) -> list[PartChoice]:
    """Return the parts to decide: our value, and what taking theirs would change."""
    ours = _read(question)
    our_fields = fields(ours.content)
    result = []
    for name, value in _their_fields(ours.question).items():
        if our_fields[name] != value:
            locked = _obstacle(by, ours.question, {name: value})
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
    if reason := _obstacle(by, row, taken_fields):
        raise RefusedError(reason)
    our_fields = fields(ours.content)
    _check_result(from_fields(row.code, 1, _mixed(row, our_fields, taken_fields)), row.syllabus)
    waits = row.current_id is not None and any(name in taken_fields for name in WAITING_PARTS)
    at_once = {name: value for name, value in taken_fields.items() if not (waits and name in WAITING_PARTS)}
    values = _mixed(row, our_fields, at_once)
    changed = tuple(name for name in PART_NAMES if values[name] != our_fields[name])
    number = ours.last_number + 1 if "wording" in changed else ours.content.revision
    content = from_fields(row.code, number, values)
    row.conflict = {name: value for name, value in theirs.items() if name not in {*kept, *taken}} or None
    wording = bulk_write.changed_wording(ours, content, changed, _REASON, by)
    after = {name: values[name] for name in changed}
    if kept_names := [name for name in theirs if name in kept and name not in taken]:
        after["kept"] = ", ".join(kept_names)
    before = {name: our_fields[name] for name in changed}
    change = QuestionChange(row, content, changed, before, after, wording)
    _write(change, taken_fields if waits else {}, now=now, by=by)


@transaction.atomic
def _write(change: QuestionChange, waiting: dict[str, Any], *, now: datetime.datetime, by: User) -> None:
    question = change.question
    if not question_rows.claim(question):
        raise _outdated()
    raise_bank_version()
    if waiting:
        change.after["revision"] = _revise(question, waiting, now=now, by=by)
    bulk_write.write([change], question.syllabus, now=now, by=by, action="settled")
    if not change.fields:
        record(question, "settled", now=now, by=by, after=change.after)
    if "rating" in change.fields:  # it is no longer the mean of the raters here
        question_rows.set_ratings({(change.content.rating, 0): [question.pk]})


def _revise(question: Question, taken: dict[str, Any], *, now: datetime.datetime, by: User) -> int:
    """Write the taken parts of a revision into the unpublished one, which waits for approval. Return its number."""
    work = revisions.revise(question, now=now, by=by)
    parts = {name: taken[name] for name in ("wording", *COMMENTARY, *SCORING_FACTS) if name in taken}
    facts = work.facts | {name: value for name, value in parts.items() if name in SCORING_FACTS}
    content = from_fields(question.code, work.number, _mixed(question, fields(content_of(work)), parts))
    revisions.rewrite(work, content, facts, now=now, by=by)
    published = question.current
    same_item = published if published and published.sha256 == work.sha256 else None
    revisions.set_reason(work, _REASON, same_item)
    return work.number


def _read(question: Question) -> StoredQuestion:
    return next(stored_bank.questions(Q(pk=question.pk)))


def _their_fields(question: Question) -> dict[str, Any]:
    conflict = question.conflict or {}
    return {name: value for name, value in stored(conflict).items() if name in conflict}


def _obstacle(by: User, question: Question, taken: dict[str, Any]) -> str:
    """Return why a user may not take these parts. Only approvers may change what candidates get."""
    is_published = question.status in PUBLISHED_STATUSES
    publishes = not is_published and taken.get("status") in PUBLISHED_STATUSES
    if (is_published or publishes) and taken.keys() & _APPROVED and not by.has_perm(APPROVE):
        return _("Only an approver can take this version.")
    if publishes:
        return _("Nobody has approved this question. Submit it for approval instead.")
    return ""


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


def _mixed(question: Question, ours: dict[str, Any], taken: dict[str, Any]) -> dict[str, Any]:
    """Return our values with those taken."""
    values = {**ours, **taken}
    shipped = (question.base or {}).get("rationales", {})
    return values | {"rationales": _rationales(values, ours, shipped, taken="rationales" in taken)}


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
