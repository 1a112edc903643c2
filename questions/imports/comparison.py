"""Comparison of a question of the file with the same question of the bank: what changes, what stays, what is refused.

A field that the file does not contain keeps its value in the bank, so an import never empties a field.
"""

from dataclasses import replace
from typing import Any

from questions.content.differences import changed_parts, part_label
from questions.content.fingerprint import normalized
from questions.content.parts import DEFAULTS, PART_NAMES, PARTS, WAITING, fields, from_fields, stored
from questions.content.pictures import describe_pictures
from questions.content.schema import OptionContent, QuestionContent
from questions.imports.plan import (
    REFUSED,
    SKIPPED,
    UNCHANGED,
    UPDATED,
    Difference,
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
    if ours.question.syllabus not in ("", settings.exam):
        reason = f"The question '{code}' of the bank belongs to another exam. Rename one of them."
        return question_outcome(parsed, REFUSED, code, [reason], notes), None
    if not same_id and parsed.content is not None and parsed.content.id:
        return question_outcome(parsed, SKIPPED, code, [f"The bank has this question as '{code}'."], notes), None
    current = fields(ours.content)
    imported = _imported_fields(ours.content, file_question, same_text=same_text, lossless=lossless)
    base = stored(ours.question.base) if ours.question.base else {}
    differing = [name for name in PART_NAMES if imported[name] != current[name]]
    changed = tuple(name for name in differing if imported[name] != base.get(name))
    if edited := [name for name in differing if name not in changed]:
        names = ", ".join(part_label(name) for name in edited)
        notes.append(f"Not changed, because it was edited after the import: {names}.")
    if ours.question.current_id and "wording" not in changed and set(WAITING) & set(changed):
        changed = (*changed, "wording")  # they wait for approval, with a new revision of the same text
    if "wording" in changed and not settings.new_revisions:
        waiting = {name: imported[name] for name in ("wording", *WAITING) if name in changed}
        with_new_text = from_fields(code, ours.content.revision, current | waiting)
        difference = _difference(ours.content, with_new_text)
        parts = ", ".join(name for name, _, _ in difference)
        reason = f"The question '{code}' has another text here ({parts}). Allow new revisions to import it."
        return question_outcome(parsed, REFUSED, code, [reason], notes, difference), None
    if not changed:
        return question_outcome(parsed, UNCHANGED, code, (), notes), None
    values = {name: (imported if name in changed else current)[name] for name in PART_NAMES}
    number = ours.last_number + 1 if "wording" in changed else ours.content.revision
    content = from_fields(code, number, values)
    notes.append(f"Changes: {', '.join(part_label(name) for name in changed)}.")
    outcome = question_outcome(parsed, UPDATED, code, (), notes, _difference(ours.content, content))
    return outcome, PlannedQuestion(content, changed, ours.question.lock_version)


def _imported_fields(
    ours: QuestionContent, file_question: FileQuestion, *, same_text: bool, lossless: bool
) -> dict[str, Any]:
    """Return the fields after the import; fields that the file does not contain are those of the bank."""
    theirs, in_file = file_question.content, file_question.parsed.content or file_question.content
    if same_text and (not lossless or theirs.id != ours.id):
        theirs = _in_our_markup(ours, theirs)
    current, imported = fields(ours), fields(theirs)
    given = fields(in_file)
    missing = {name for name, part in PARTS.items() if not part.imported or given[name] == DEFAULTS[name]}
    if ours.accepted:  # a ruling here is not changed by one elsewhere
        missing.add("accepted")
    missing.discard("place")
    if not file_question.has_place or (theirs.topic is None and _domain(theirs) == _domain(ours)):
        missing.add("place")
    imported |= {name: current[name] for name in missing}
    before = {option.id: option for option in ours.options}
    imported["rationales"] = {
        option.id: option.rationale
        or (before[option.id].rationale if option.id in before and before[option.id].text == option.text else "")
        for option in theirs.options
    }
    if not lossless and _same_text(ours.explanation, theirs.explanation):
        imported["explanation"] = ours.explanation
    return imported


def _domain(content: QuestionContent) -> int | None:
    return int(content.task.partition(".")[0]) if content.task else content.exam_domain


def _in_our_markup(ours: QuestionContent, theirs: QuestionContent) -> QuestionContent:
    """Return a question with the same text in the markup, option ids, option order and pictures of the bank."""
    remaining = list(theirs.options)
    options = []
    for option in ours.options:
        same = next(o for o in remaining if o.correct == option.correct and _same_text(option.text, o.text))
        remaining.remove(same)
        rationale = option.rationale if _same_text(option.rationale, same.rationale) else same.rationale
        options.append(OptionContent(option.id, option.correct, option.text, rationale))
    return replace(theirs, kind=ours.kind, stem=ours.stem, options=tuple(options))


def _same_text(ours: str, theirs: str) -> bool:
    """Return whether a file has our text, with our pictures or with the descriptions that are exported for them."""
    return normalized(theirs) in (normalized(ours), normalized(describe_pictures(ours)))


def _difference(ours: QuestionContent, theirs: QuestionContent) -> Difference:
    """Return what differs, by the names and letters on the pages of the bank."""
    ratings = [] if ours.rating == theirs.rating else [("rating", str(ours.rating or ""), str(theirs.rating or ""))]
    parts = ((part.label, part.before, part.after) for part in changed_parts(ours, theirs))
    return (*parts, *ratings)
