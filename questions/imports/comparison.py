"""A question of a file beside the one of the bank that it is: what changes, what stays, and what is refused.

What the file does not say is as it is here, so an import never empties a field.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from questions.content.fingerprint import normalized
from questions.content.merge import FIELDS, fields, from_fields
from questions.content.schema import OptionContent, QuestionContent
from questions.imports.plan import REFUSED, SKIPPED, UNCHANGED, UPDATED, Outcome, Planned, Row, Settings, outcome_of
from questions.services.stored import Stored


def compared(
    ours: Stored, row: Row, settings: Settings, *, same_id: bool, same_content: bool, lossless: bool
) -> tuple[Outcome, Planned | None]:
    """What becomes of a question that is here."""
    code, found, notes = ours.draft.id, row.found, list(row.notes)
    if ours.question.exam_domain.exam != settings.exam:
        reason = f"The question '{code}' of the bank belongs to another exam. Rename one of them."
        return outcome_of(found, REFUSED, code, [reason], notes), None
    if not same_id and found.content is not None and found.content.id:
        return outcome_of(found, SKIPPED, code, [f"The bank has this question as '{code}'."], notes), None
    now, said = fields(ours.draft), _said(ours.draft, row, same_content=same_content, lossless=lossless)
    base = ours.question.base or {}
    differing = [name for name in FIELDS if said[name] != now[name]]
    changed = tuple(name for name in differing if said[name] != base.get(name))
    if kept := [name for name in differing if name not in changed]:
        notes.append(f"Edited here since it was imported, and left so: {', '.join(kept)}.")
    if "wording" in changed and not settings.new_revisions:
        difference = tuple(_difference(now, said))
        parts = ", ".join(name for name, _, _ in difference)
        reason = f"The question '{code}' has another text here ({parts}). It becomes a new revision only when told."
        return outcome_of(found, REFUSED, code, [reason], notes, difference), None
    if not changed:
        return outcome_of(found, UNCHANGED, code, (), notes), None
    values = {name: (said if name in changed else now)[name] for name in FIELDS}
    number = ours.last_number + 1 if "wording" in changed else ours.draft.revision
    draft = from_fields(code, number, values, ours.question.collection)
    notes.append(f"New: {', '.join(changed)}.")
    return outcome_of(found, UPDATED, code, (), notes), Planned(draft, changed, ours.question.lock_version)


def _said(ours: QuestionContent, row: Row, *, same_content: bool, lossless: bool) -> dict[str, Any]:
    """The fields as they would be after the import; what the file is silent about is as it is here."""
    theirs, said_by_file = row.draft, row.found.content or row.draft
    if same_content and (not lossless or theirs.id != ours.id):
        theirs = _aligned(ours, theirs)
    now, said = fields(ours), fields(theirs)
    silent = {
        "status": True,
        "place": not row.has_place or (theirs.topic is None and _domain(theirs) == _domain(ours)),
        "points": not theirs.points,
        "rating": said_by_file.rating is None,
        "enemies": not theirs.enemies,
        "waivers": not theirs.waivers,
        "as_of": said_by_file.as_of is None,
        "license": not said_by_file.license,
        "explanation": not theirs.explanation,
        "references": not theirs.references,
    }
    said |= {name: now[name] for name, nothing in silent.items() if nothing}
    before = {option.id: (option.text, option.rationale) for option in ours.options}
    said["rationales"] = {
        each.id: each.rationale or (before[each.id][1] if before.get(each.id, ("", ""))[0] == each.text else "")
        for each in theirs.options
    }
    if not lossless and normalized(theirs.explanation) == normalized(ours.explanation):
        said["explanation"] = ours.explanation
    return said


def _domain(draft: QuestionContent) -> int | None:
    return int(draft.task.partition(".")[0]) if draft.task else draft.exam_domain


def _aligned(ours: QuestionContent, theirs: QuestionContent) -> QuestionContent:
    """The file's question in our markup, with our ids and order of options: it says the same."""
    by_text = {normalized(option.text): option for option in theirs.options}
    options = []
    for each in ours.options:
        rationale = by_text[normalized(each.text)].rationale
        same = normalized(rationale) == normalized(each.rationale)
        options.append(OptionContent(each.id, each.correct, each.text, each.rationale if same else rationale))
    return replace(theirs, kind=ours.kind, stem=ours.stem, options=tuple(options))


def _difference(now: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What differs between two wordings: field, ours, theirs."""
    ours, theirs = now["wording"], said["wording"]
    if ours["stem"] != theirs["stem"]:
        yield "stem", ours["stem"], theirs["stem"]
    before, after = ({each["id"]: each["text"] for each in wording["options"]} for wording in (ours, theirs))
    for option in sorted(before | after):
        if before.get(option) != after.get(option):
            yield f"option {option}", before.get(option, ""), after.get(option, "")
    keys = [" ".join(each["id"] for each in wording["options"] if each["correct"]) for wording in (ours, theirs)]
    if keys[0] != keys[1]:
        yield "key", keys[0], keys[1]
    if list(before) != list(after) and set(before) == set(after):
        yield "order of options", " ".join(before), " ".join(after)
