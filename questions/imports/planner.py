"""Planning of an import: created, updated, unchanged, skipped or refused for each question of a file, with reasons.

A question of the file matches one of the bank by its id or by its text. Fields that the file does not contain, and
fields edited in the bank since the same file was imported, keep their values. Nothing is written here.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from django.db.models import Q

from questions.content.fingerprint import fingerprint, fingerprint_without_key, normalized
from questions.content.formulas import find_formulas
from questions.content.near_duplicates import MAX_COMPARED, NearDuplicateIndex
from questions.content.parts import COMMENTARY, DRAWN, PART_NAMES, SCORING_FACTS, SHOWN
from questions.content.pictures import describe_pictures, picture_names, texts_of, with_changed_texts
from questions.content.prose import without_code, words
from questions.content.schema import ASKABLE_STATUSES, Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.refusals import code_from_text, kind_for_keys, refusal_reasons
from questions.imports.comparison import compare_with_bank
from questions.imports.content_warnings import content_warnings
from questions.imports.file_pictures import with_stored_names
from questions.imports.live_status import reason_to_stay_draft
from questions.imports.plan import (
    CREATED,
    REFUSED,
    SKIPPED,
    UPDATED,
    WAITING,
    FileQuestion,
    ImportPlan,
    ImportSettings,
    PlannedQuestion,
    QuestionOutcome,
    question_outcome,
)
from questions.lint.prerequisites import prerequisite_faults
from questions.models import Question
from questions.services import collections, drawn_questions, stored_bank
from questions.services.drawing_rights import closed_collections, closed_sentence

LOSSLESS_FORMATS = ("yaml", "json")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_NUMBERED_DOMAIN = re.compile(
    r"(?:exam )?(?:domain |section |content domain )?(\d{1,2})(?:\.\d{1,2})?[\s.:)-]*(.*)\Z", re.IGNORECASE
)
_MAX_CODE_CHARS, _MAX_COLLECTION_CHARS = 80, 40
MAX_FORMULA_CHARS_OF_FILE = 2_000_000  # each is converted several times, at about 10 µs a character
_QUESTIONS_PER_PROGRESS_REPORT = 250
_MAX_NAMED_DUPLICATES = 3
_PLACED_HERE = (CREATED, WAITING)  # outcomes for which the exam domain of the import counts
_FILE_PREFIX = "#"  # of names of questions of the file in the near-duplicate index; codes never start with it

type Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _PlanInProgress:
    """A plan in progress: the questions still to be planned, and the results, by number in the file."""

    remaining: dict[int, FileQuestion] = field(default_factory=dict)
    outcomes: dict[int, QuestionOutcome] = field(default_factory=dict)
    planned: dict[int, PlannedQuestion] = field(default_factory=dict)


def make_plan(parsed_file: ParsedFile, settings: ImportSettings, progress: Progress | None = None) -> ImportPlan:
    """Plan the import of a file. Read the whole bank once and write nothing.

    `progress` is called with the number of planned questions and their total.
    """
    parsed_file, pictures, missing = with_stored_names(parsed_file)
    plan = ImportPlan(parsed_file.format, settings, faults=parsed_file.faults, warnings=parsed_file.warnings)
    syllabus = stored_bank.syllabus(settings.exam)
    if syllabus is None:
        sentence = f"The exam '{settings.exam}' has no syllabus. Load its bank first."
        plan.faults = (*plan.faults, Fault("", None, "", sentence))
    plan.faults = (*plan.faults, *_settings_faults(settings, syllabus), *_formula_faults(parsed_file))
    if plan.faults or syllabus is None:
        return plan
    other_credit = [parsed for parsed in parsed_file.questions if parsed.all_or_nothing]
    if settings.full_credit_only:
        parsed_file = replace(parsed_file, questions=tuple(map(_with_full_credit_only, parsed_file.questions)))
    work = _PlanInProgress()
    domains: dict[str, int | None] = {}
    free = _without_place(parsed_file, settings)
    for parsed in parsed_file.questions:
        result = _prepare(parsed, settings, syllabus, domains, free)
        if isinstance(result, QuestionOutcome):
            work.outcomes[parsed.number] = result
        else:
            work.remaining[parsed.number] = result
    _remove_duplicates(work)
    _rename_chosen(work, settings)
    index = NearDuplicateIndex()
    _match_bank(work, index, settings, lossless=parsed_file.format in LOSSLESS_FORMATS)
    known_codes = {question.content.id for question in work.remaining.values()} | stored_bank.question_codes(Q())
    _refuse_faulty_updates(work, syllabus, known_codes)
    _plan_new_questions(work, index, settings, syllabus, known_codes, len(parsed_file.questions), progress)
    plan.outcomes = [_with_warnings(work.outcomes[parsed.number], parsed, missing) for parsed in parsed_file.questions]
    named = {name for question in work.planned.values() for name in picture_names(question.content)}
    plan.pictures = [picture for picture in pictures if picture.name in named]
    placed_here = [parsed for parsed in parsed_file.questions if work.outcomes[parsed.number].outcome in _PLACED_HERE]
    names = {parsed.domain for parsed in placed_here}
    plan.unknown_domains = tuple(name for name, number in domains.items() if number is None and name in names)
    plan.mapped_domains = tuple(name for name in settings.mapping if name in names)
    plan.without_domain = (
        0 if _only_domain(syllabus) else sum(_lacks_domain(parsed, settings, free) for parsed in placed_here)
    )
    plan.other_credit, plan.unread_columns = len(other_credit), parsed_file.unread_columns
    plan.planned = [replace(work.planned[number], number=number) for number in sorted(work.planned)]
    return plan


def _formula_faults(parsed_file: ParsedFile) -> Iterator[Fault]:
    """Yield a fault if to convert the formulas of a file would keep a worker from other work for minutes."""
    chars = 0
    for parsed in parsed_file.questions:
        for text in texts_of(parsed.content) if parsed.content else ():
            if "$" in text:
                chars += sum(len(match[0]) for match in find_formulas(without_code(text)))
        if chars > MAX_FORMULA_CHARS_OF_FILE:
            yield Fault(
                "", parsed.line, "", f"The formulas have over {MAX_FORMULA_CHARS_OF_FILE:,} characters. Split the file."
            )
            return


def _with_full_credit_only(parsed: ParsedQuestion) -> ParsedQuestion:
    return replace(parsed, content=parsed.all_or_nothing, refusals=()) if parsed.all_or_nothing else parsed


def _with_warnings(outcome: QuestionOutcome, parsed: ParsedQuestion, missing: set[str]) -> QuestionOutcome:
    if parsed.content is None or outcome.outcome not in (CREATED, UPDATED, WAITING):
        return outcome
    credit = (
        ["Taken with full credit only: its partial credit in the file is left out."] if parsed.all_or_nothing else []
    )
    return replace(outcome, warnings=(*credit, *content_warnings(parsed.content, parsed.losses, missing)))


def match_exam_domain(name: str, domains: Mapping[int, str]) -> int | None:
    """Return the number of the exam domain that a file calls `name` by title, number or both; else None."""
    titles = {normalized(title): number for number, title in domains.items()}
    for part in reversed(re.split(r"\s*(?:/|>|::|\|)\s*", name.strip())):
        if normalized(part) in titles:
            return titles[normalized(part)]
        numbered = _NUMBERED_DOMAIN.match(part)
        if numbered and int(numbered[1]) in domains:
            number, title = int(numbered[1]), normalized(numbered[2])
            # A number with an unknown title belongs to another exam.
            if not title or titles.get(title) == number:
                return number
    return None


def file_sha256(data: bytes) -> str:
    """Return the hash that identifies an imported file."""
    return hashlib.sha256(data).hexdigest()


def _settings_faults(settings: ImportSettings, syllabus: Syllabus | None) -> Iterator[Fault]:
    numbers = [domain.number for domain in syllabus.exam_domains] if syllabus else []
    chosen = [settings.exam_domain] if settings.exam_domain is not None else []
    for number in (*chosen, *settings.mapping.values()):
        if syllabus and number not in numbers:
            known = ", ".join(map(str, numbers))
            yield Fault("", None, "", f"The syllabus has no exam domain {number}. Known exam domains: {known}.")
    if syllabus and settings.topic and settings.topic not in syllabus.topics:
        yield Fault("", None, "", f"The syllabus has no topic '{settings.topic}'. Choose one of its topics.")
    if not 1 <= settings.rating <= 99:
        yield Fault("", None, "", f"The rating {settings.rating} is not a percentage from 1 to 99.")
    if not _SLUG.match(settings.collection) or len(settings.collection) > _MAX_COLLECTION_CHARS:
        sentence = f"The collection '{settings.collection}' is not allowed: use small letters, digits and hyphens."
        yield Fault("", None, "", sentence)


def _without_place(parsed_file: ParsedFile, settings: ImportSettings) -> set[str]:
    """Return the collections of the file whose questions need no exam domain."""
    named = {parsed.content.collection for parsed in parsed_file.questions if parsed.content}
    house = collections.rules_of({settings.collection, *named} - {""})
    return {name for name, rules in house.items() if drawn_questions.needs_no_place(name, rules)}


def _lacks_domain(parsed: ParsedQuestion, settings: ImportSettings, free: Collection[str]) -> bool:
    content = parsed.content
    return (
        settings.topic is None
        and (settings.exam_domain is not None or _collection(content, settings) not in free)
        and not parsed.domain
        and content is not None
        and content.topic is None
        and content.exam_domain is None
    )


def _collection(content: QuestionContent | None, settings: ImportSettings) -> str:
    return (content and content.collection) or settings.collection


def _prepare(
    parsed: ParsedQuestion,
    settings: ImportSettings,
    syllabus: Syllabus,
    domains: dict[str, int | None],
    free: Collection[str],
) -> FileQuestion | QuestionOutcome:
    """Return the question with place, facts and id, or the outcome if it is refused.

    Adds the names of exam domains in the file to `domains`, with their numbers or None. Questions of the collections in
    `free` need none.
    """
    notes = [f"Ignored: {ignored}." for ignored in parsed.ignored if ignored not in parsed.losses]
    content = parsed.content
    reasons = list(parsed.refusals)
    if not reasons and content is not None:
        reasons = [*refusal_reasons(content), *_invalid_values(content)]
    if content is None or reasons:
        return question_outcome(parsed, REFUSED, content.id if content else "", reasons, notes)
    is_free = _collection(content, settings) in free
    placed, place_missing = _with_place(content, parsed.domain, settings, syllabus, domains, is_free=is_free)
    text_hash = fingerprint(content)
    is_live = settings.keep_live and content.status == "live"
    if content.status != "draft" and not is_live:
        notes.append(f"The status '{content.status}' of the file is ignored: it is imported as a draft.")
    in_file = bool(content.topic) or content.exam_domain is not None or bool(parsed.domain)
    has_place = in_file and not place_missing and _is_placed(placed)
    if parsed.domain and not place_missing and not _is_placed(placed):
        notes.append(f"It gets no exam domain: '{parsed.domain[:80]}' is not known.")
    content = replace(
        placed,
        id=content.id or new_code(content),
        status="draft",
        rating=settings.rating if content.rating is None else content.rating,
        license=content.license or settings.license or None,
        as_of=content.as_of or settings.as_of,
        collection=content.collection or settings.collection,
        file="",
        lines={},
    )
    return FileQuestion(parsed, content, text_hash, notes, has_place, place_missing, is_live)


def _invalid_values(content: QuestionContent) -> Iterator[str]:
    """Yield reasons why a parsed question cannot be stored."""
    if content.kind != kind_for_keys(len(content.keys)):
        yield f"The kind is {content.kind}, but {len(content.keys)} options are correct. Change one of them."
    limits = (("id", content.id, _MAX_CODE_CHARS), ("collection", content.collection, _MAX_COLLECTION_CHARS))
    for name, value, max_chars in limits:
        if value and (not _SLUG.match(value) or len(value) > max_chars):
            hint = f"use small letters, digits and single hyphens, at most {max_chars}"
            yield f"The {name} '{value[:60]}' is not allowed: {hint}."


def _with_place(
    content: QuestionContent,
    name: str,
    settings: ImportSettings,
    syllabus: Syllabus,
    domains: dict[str, int | None],
    *,
    is_free: bool,
) -> tuple[QuestionContent, str]:
    """Return the question with its place in the syllabus, or with the reason why it lacks one; none if it `is_free`."""
    only = None if is_free else _only_domain(syllabus)
    if not _is_placed(content):
        if name and name not in domains:
            titles = {domain.number: domain.title for domain in syllabus.exam_domains}
            mapping = {normalized(alias): number for alias, number in settings.mapping.items()}
            known = mapping.get(normalized(name)) or match_exam_domain(name, titles)
            domains[name] = known or only
        number = domains[name] if name else settings.exam_domain or only
        if number is None and not name and settings.topic:
            number = syllabus.exam_domain_of_task[syllabus.task_of_topic[settings.topic]]
        if number is None and is_free:
            return content, ""
        if number is None and name:
            return content, f"The exam domain '{name[:80]}' is not known. Choose an exam domain."
        if number is None:
            return content, "The file has no exam domain for the question. Choose one."
        content = replace(content, exam_domain=number)
    if content.topic is None and settings.topic:
        task = syllabus.task_of_topic[settings.topic]
        if syllabus.exam_domain_of_task[task] == content.exam_domain:
            content = replace(content, exam_domain=None, task=task, topic=settings.topic)
    return content, ""


def _is_placed(content: QuestionContent) -> bool:
    return content.topic is not None or content.exam_domain is not None


def _only_domain(syllabus: Syllabus) -> int | None:
    """Return the exam domain of an exam that has only one, whatever the file calls it."""
    return syllabus.exam_domains[0].number if len(syllabus.exam_domains) == 1 else None


def new_code(content: QuestionContent) -> str:
    """Return a code made of the first words and a fingerprint: importing the file again gives the same code.

    Candidates read codes in their files, so nothing of the key goes into one.
    """
    stem = code_from_text(" ".join(words(content.stem)[:8]))[: _MAX_CODE_CHARS - 9].strip("-")
    return f"{stem or 'question'}-{fingerprint_without_key(content).hex()[:8]}"


def _remove_duplicates(work: _PlanInProgress) -> None:
    """Skip or refuse the questions that repeat an earlier text or id of the file."""
    by_text: dict[bytes, FileQuestion] = {}
    by_code: dict[str, FileQuestion] = {}
    for number, question in list(work.remaining.items()):
        code = question.content.id
        if question.fingerprint in by_text:
            reason = f"The question has the same text as {_position(by_text[question.fingerprint])}."
            outcome = question_outcome(question.parsed, SKIPPED, code, [reason], question.notes)
        elif code in by_code:
            reason = f"The id '{code}' is used by {_position(by_code[code])} with another text. Rename one."
            outcome = question_outcome(question.parsed, REFUSED, code, [reason], question.notes)
        else:
            by_text[question.fingerprint], by_code[code] = question, question
            continue
        work.outcomes[number] = outcome
        del work.remaining[number]


def _rename_chosen(work: _PlanInProgress, settings: ImportSettings) -> None:
    """Give a free code to the questions that are to be new although the bank has them."""
    chosen = [work.remaining[number] for number in settings.as_new if number in work.remaining]
    taken = stored_bank.question_codes(Q()) | {question.content.id for question in work.remaining.values()}
    for question in chosen:
        code = question.content.id
        free = next(name for n in count(2) if (name := f"{code[: _MAX_CODE_CHARS - 5]}-{n}") not in taken)
        question.content = replace(question.content, id=free)
        question.notes.append("Imported as a new question, as you chose. The question of the bank stays as it is.")
        taken.add(free)


def _match_bank(work: _PlanInProgress, index: NearDuplicateIndex, settings: ImportSettings, *, lossless: bool) -> None:
    """Plan the questions that the bank has, by id or else by text; add the bank to `index`."""
    by_code = {question.content.id: number for number, question in work.remaining.items()}
    by_text = {
        question.fingerprint: number for number, question in work.remaining.items() if number not in settings.as_new
    }
    matched: set[int] = set()
    for ours in stored_bank.questions():
        text_hashes = _text_hashes(ours.content, lossless=lossless)
        index.put([ours.content])
        number = by_code.get(ours.content.id)
        same_id = number is not None
        if number is None:
            number = next((by_text[text_hash] for text_hash in text_hashes if text_hash in by_text), None)
        if number is None or number not in work.remaining or (number in matched and not same_id):
            continue
        question = work.remaining[number]
        same_text = question.fingerprint in text_hashes
        outcome, planned = compare_with_bank(
            ours, question, settings, same_id=same_id, same_text=same_text, lossless=lossless
        )
        if planned and not settings.by_approver and (reason := _approver_reason(ours.question, planned)):
            outcome, planned = replace(outcome, outcome=REFUSED, reasons=(reason,)), None
        work.outcomes[number] = outcome
        work.planned.pop(number, None)
        if planned:
            work.planned[number] = planned
        matched.add(number)
    for number in matched:
        del work.remaining[number]


def _text_hashes(ours: QuestionContent, *, lossless: bool) -> list[bytes]:
    """Return the hash of a question of the bank, and the one that it has in a file with descriptions for pictures."""
    hashes = [fingerprint(ours)]
    if not lossless and picture_names(ours):
        hashes.append(fingerprint(with_changed_texts(ours, describe_pictures)))
    return hashes


def _approver_reason(question: Question, planned: PlannedQuestion) -> str:
    """Return why only a reviewer may make this change, or an empty string."""
    changed = set(planned.fields)
    # For the approval of the new revision:
    waits = {"wording", *COMMENTARY, *SCORING_FACTS} if "wording" in changed else set()
    if question.status in ASKABLE_STATUSES and changed & SHOWN - waits:
        return "Candidates get this question. Only a reviewer can import its rating or its explanations."
    if question.status in ASKABLE_STATUSES and changed & DRAWN:
        return "Candidates get this question. Only a reviewer can import its exam domain, topic or enemies."
    return ""


def _refuse_faulty_updates(work: _PlanInProgress, syllabus: Syllabus, known_codes: set[str]) -> None:
    for number, planned in list(work.planned.items()):
        if reasons := [fault.sentence for fault in prerequisite_faults(planned.content, syllabus, known_codes)]:
            work.outcomes[number] = replace(work.outcomes[number], outcome=REFUSED, reasons=tuple(reasons))
            del work.planned[number]


def _plan_new_questions(
    work: _PlanInProgress,
    index: NearDuplicateIndex,
    settings: ImportSettings,
    syllabus: Syllabus,
    known_codes: set[str],
    total: int,
    progress: Progress | None,
) -> None:
    without_wording = stored_bank.question_codes(Q(revisions=None))
    closed = closed_collections(approves=settings.by_approver)
    for number, question in work.remaining.items():
        if progress and number % _QUESTIONS_PER_PROGRESS_REPORT == 0:
            progress(number, total)
        content = question.content
        if question.place_missing:
            work.outcomes[number] = question_outcome(
                question.parsed, WAITING, "", [question.place_missing], question.notes
            )
            continue
        found, is_cut = index.matches(content)
        duplicates = found[:_MAX_NAMED_DUPLICATES]
        if len(duplicates) < _MAX_NAMED_DUPLICATES:  # each with all others of thousands would take minutes
            index.put([replace(content, id=f"{_FILE_PREFIX}{number}")])
        for name, share in duplicates:
            question.notes.append(f"Nearly the same as {_index_position(name, work.remaining)} (about {share:.0%}).")
        if len(duplicates) < _MAX_NAMED_DUPLICATES and is_cut:
            question.notes.append(
                f"Very many questions have sentences of this one: it was compared with {MAX_COMPARED} of them."
            )
        if question.is_live:
            draft_reason = reason_to_stay_draft(content, syllabus)
            question.notes.append(draft_reason or "Stays live: exams can draw it at once.")
            content = content if draft_reason else replace(content, status="live")
        reasons = [fault.sentence for fault in prerequisite_faults(content, syllabus, known_codes)]
        if content.collection in closed:
            reasons.append(closed_sentence(content.collection))
        if content.id in without_wording:
            reasons.append(f"The bank has a question '{content.id}' without a text. Rename one of the two.")
        outcome = question_outcome(
            question.parsed, REFUSED if reasons else CREATED, content.id, reasons, question.notes
        )
        work.outcomes[number] = replace(outcome, near_duplicate=bool(duplicates))
        if not reasons:
            work.planned[number] = PlannedQuestion(content, PART_NAMES)


def _index_position(name: str, questions: Mapping[int, FileQuestion]) -> str:
    if name.startswith(_FILE_PREFIX):
        return _position(questions[int(name.removeprefix(_FILE_PREFIX))])
    return f"'{name}' of the bank"


def _position(question: FileQuestion) -> str:
    """Return number and line; a number is needed since each file of a package has its own lines."""
    line = "" if question.parsed.line is None else f" (line {question.parsed.line})"
    return f"question {question.parsed.number} of the file{line}"
