"""Comparison of a question of the file with the same question of the bank: what changes, what stays, what is refused.

A field that the file does not contain keeps its value in the bank, so an import never empties a field.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from questions.content.fingerprint import normalized
from questions.content.merge import FIELDS, fields, from_fields
from questions.content.schema import OptionContent, QuestionContent
from questions.imports.plan import (
    REFUSED,
    SKIPPED,
    UNCHANGED,
    UPDATED,
    FileQuestion,
    ImportSettings,
    PlannedQuestion,
    QuestionOutcome,
    question_outcome,
)
from questions.services.stored_bank import StoredQuestion


def compare_with_bank(
    ours: StoredQuestion,
    file_question: FileQuestion,
    settings: ImportSettings,
    *,
    same_id: bool,
    same_text: bool,
    lossless: bool,
) -> tuple[QuestionOutcome, PlannedQuestion | None]:
    """Return the outcome for a question that the bank has, and the change to write, if any."""
    code, parsed, notes = ours.content.id, file_question.parsed, list(file_question.notes)
    if ours.question.exam_domain.exam != settings.exam:
        reason = f"The question '{code}' of the bank belongs to another exam. Rename one of them."
        return question_outcome(parsed, REFUSED, code, [reason], notes), None
    if not same_id and parsed.content is not None and parsed.content.id:
        return question_outcome(parsed, SKIPPED, code, [f"The bank has this question as '{code}'."], notes), None
    current = fields(ours.content)
    imported = _imported_fields(ours.content, file_question, same_text=same_text, lossless=lossless)
    base = ours.question.base or {}
    differing = [name for name in FIELDS if imported[name] != current[name]]
    changed = tuple(name for name in differing if imported[name] != base.get(name))
    if edited := [name for name in differing if name not in changed]:
        notes.append(f"Not changed, because you edited it after the import: {', '.join(edited)}.")
    if "wording" in changed and not settings.new_revisions:
        difference = tuple(_wording_differences(current, imported))
        parts = ", ".join(name for name, _, _ in difference)
        reason = f"The question '{code}' has another text here ({parts}). Allow new revisions to import it."
        return question_outcome(parsed, REFUSED, code, [reason], notes, difference), None
    if not changed:
        return question_outcome(parsed, UNCHANGED, code, (), notes), None
    values = {name: (imported if name in changed else current)[name] for name in FIELDS}
    number = ours.last_number + 1 if "wording" in changed else ours.content.revision
    content = from_fields(code, number, values)
    notes.append(f"New: {', '.join(changed)}.")
    return question_outcome(parsed, UPDATED, code, (), notes), PlannedQuestion(
        content, changed, ours.question.lock_version
    )


def _imported_fields(
    ours: QuestionContent, file_question: FileQuestion, *, same_text: bool, lossless: bool
) -> dict[str, Any]:
    """Return the fields after the import; fields that the file does not contain are those of the bank."""
    theirs, in_file = file_question.content, file_question.parsed.content or file_question.content
    if same_text and (not lossless or theirs.id != ours.id):
        theirs = _in_our_markup(ours, theirs)
    current, imported = fields(ours), fields(theirs)
    missing = {
        "status": True,
        "place": not file_question.has_place or (theirs.topic is None and _domain(theirs) == _domain(ours)),
        "points": not theirs.points,
        "rating": in_file.rating is None,
        "ask": in_file.ask is None,
        "default": in_file.default is None,
        "enemies": not theirs.enemies,
        "waivers": not theirs.waivers,
        "as_of": in_file.as_of is None,
        "license": not in_file.license,
        "explanation": not theirs.explanation,
        "references": not theirs.references,
        "collection": True,  # an import never moves a question
    }
    imported |= {name: current[name] for name, is_missing in missing.items() if is_missing}
    before = {option.id: option for option in ours.options}
    imported["rationales"] = {
        option.id: option.rationale
        or (before[option.id].rationale if option.id in before and before[option.id].text == option.text else "")
        for option in theirs.options
    }
    if not lossless and normalized(theirs.explanation) == normalized(ours.explanation):
        imported["explanation"] = ours.explanation
    return imported


def _domain(content: QuestionContent) -> int | None:
    return int(content.task.partition(".")[0]) if content.task else content.exam_domain


def _in_our_markup(ours: QuestionContent, theirs: QuestionContent) -> QuestionContent:
    """Return a question with the same text in the markup, option ids and option order of the bank."""
    by_text = {normalized(option.text): option for option in theirs.options}
    options = []
    for option in ours.options:
        rationale = by_text[normalized(option.text)].rationale
        same = normalized(rationale) == normalized(option.rationale)
        options.append(OptionContent(option.id, option.correct, option.text, option.rationale if same else rationale))
    return replace(theirs, kind=ours.kind, stem=ours.stem, options=tuple(options))


def _wording_differences(current: Mapping[str, Any], imported: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield field, text of the bank and text of the file where two wordings differ."""
    ours, theirs = current["wording"], imported["wording"]
    if ours["stem"] != theirs["stem"]:
        yield "stem", ours["stem"], theirs["stem"]
    before, after = ({option["id"]: option["text"] for option in wording["options"]} for wording in (ours, theirs))
    for code in sorted(before | after):
        if before.get(code) != after.get(code):
            yield f"option {code}", before.get(code, ""), after.get(code, "")
    our_keys, their_keys = (
        " ".join(option["id"] for option in wording["options"] if option["correct"]) for wording in (ours, theirs)
    )
    if our_keys != their_keys:
        yield "key", our_keys, their_keys
    if list(before) != list(after) and set(before) == set(after):
        yield "order of options", " ".join(before), " ".join(after)
