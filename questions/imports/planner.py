"""What an import would do with each question of a file: created, updated, unchanged, skipped or refused, and why.

A question of the file is one of the bank if it has its id, or if it says the same. What a file does not say (its
format carries no references, say) is left as it is here; what was edited here since the same file was imported stays.
Nothing is written: `questions.imports.batch_writer` does that.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from django.db.models import Q

from questions.content.fingerprint import fingerprint, normalized
from questions.content.merge import FIELDS
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.prose import words
from questions.content.schema import Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.refusals import code_from_text, kind_for_keys, refusal_reasons
from questions.imports.comparison import compared
from questions.imports.plan import CREATED, REFUSED, SKIPPED, Outcome, Plan, Planned, Row, Settings, outcome_of
from questions.lint.prerequisites import faults_of
from questions.services import stored

LOSSLESS = ("yaml", "json")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_NUMBERED = re.compile(
    r"(?:exam )?(?:domain |section |content domain )?(\d{1,2})(?:\.\d{1,2})?[\s.:)-]*(.*)\Z", re.IGNORECASE
)
_LONGEST_CODE, _LONGEST_COLLECTION = 80, 40
_NAMED_DUPLICATES = 3  # near duplicates named in the notes of a question
_TOLD = 250  # questions from one word on progress to the next


def plan(reading: ParsedFile, settings: Settings, progress: Callable[[int, int], None] | None = None) -> Plan:
    """What an import of this file would do. Reads the whole bank once and writes nothing.

    `progress` is told how many questions of the file are looked at, and of how many.
    """
    result = Plan(reading.format, settings, faults=reading.faults)
    syllabus = stored.syllabus(settings.exam)
    if syllabus is None:
        sentence = f"The exam '{settings.exam}' has no syllabus here. Load its bank first."
        result.faults = (*result.faults, Fault("", None, "", sentence))
    result.faults = (*result.faults, *_settings_faults(settings, syllabus))
    if result.faults or syllabus is None:
        return result
    outcomes: dict[int, Outcome] = {}
    rows: dict[int, Row] = {}
    names: dict[str, int | None] = {}
    for found in reading.questions:
        row = _prepared(found, settings, syllabus, names)
        if isinstance(row, Outcome):
            outcomes[found.number] = row
        else:
            rows[found.number] = row
    result.unknown = tuple(name for name, number in names.items() if number is None)
    result.unplaced = sum(
        settings.topic is None
        and not each.domain
        and each.content is not None
        and each.content.topic is None
        and each.content.exam_domain is None
        for each in reading.questions
    )
    _twice(rows, outcomes)
    planned: dict[int, Planned] = {}
    near_duplicates = NearDuplicateIndex()
    _meet_the_bank(rows, outcomes, planned, near_duplicates, settings, lossless=reading.format in LOSSLESS)
    others = {row.draft.id for row in rows.values()} | stored.codes(Q())
    for number, each in list(planned.items()):
        if reasons := [fault.sentence for fault in faults_of(each.draft, syllabus, others)]:
            outcomes[number] = replace(outcomes[number], what=REFUSED, reasons=tuple(reasons))
            del planned[number]
    wordless = stored.codes(Q(revisions=None))
    for number, row in rows.items():
        if progress and number % _TOLD == 0:
            progress(number, len(reading.questions))
        near = near_duplicates.matches(row.draft)[:_NAMED_DUPLICATES]
        near_duplicates.put([replace(row.draft, id=f"#{number}")])
        row.alike = bool(near)
        row.notes += [f"Nearly the same as {_called(name, rows)} (about {share:.0%})." for name, share in near]
        reasons = [fault.sentence for fault in faults_of(row.draft, syllabus, others)]
        if row.draft.id in wordless:
            reasons.append(f"Somebody has begun a question '{row.draft.id}' here without a wording. Rename one.")
        if reasons:
            outcomes[number] = outcome_of(row.found, REFUSED, row.draft.id, reasons, row.notes)
        else:
            outcomes[number] = outcome_of(row.found, CREATED, row.draft.id, (), row.notes)
            planned[number] = Planned(row.draft, FIELDS)
        outcomes[number] = replace(outcomes[number], alike=row.alike)
    result.outcomes = [outcomes[found.number] for found in reading.questions]
    result.planned = [replace(planned[number], number=number) for number in sorted(planned)]
    return result


def match_domain(name: str, domains: Mapping[int, str]) -> int | None:
    """The number of the exam domain that a file means by `name`: its title, its number, or both; else None."""
    titles = {normalized(title): number for number, title in domains.items()}
    for part in reversed(re.split(r"\s*(?:/|>|::|\|)\s*", name.strip())):
        if normalized(part) in titles:
            return titles[normalized(part)]
        numbered = _NUMBERED.match(part)
        if numbered and int(numbered[1]) in domains:
            number, rest = int(numbered[1]), normalized(numbered[2])
            # A number before another title belongs to another exam.
            if not rest or titles.get(rest) == number:
                return number
    return None


def _settings_faults(settings: Settings, syllabus: Syllabus | None) -> Iterator[Fault]:
    numbers = [domain.number for domain in syllabus.exam_domains] if syllabus else []
    chosen = [settings.exam_domain] if settings.exam_domain is not None else []
    for number in (*chosen, *settings.mapping.values()):
        if syllabus and number not in numbers:
            known = ", ".join(map(str, numbers))
            yield Fault("", None, "", f"The syllabus has no exam domain {number}. Known are {known}.")
    if syllabus and settings.topic and settings.topic not in syllabus.topics:
        yield Fault("", None, "", f"The syllabus has no topic '{settings.topic}'. Choose one that it has.")
    if not 1 <= settings.rating <= 99:
        yield Fault("", None, "", f"The rating {settings.rating} is no per cent from 1 to 99.")
    if not _SLUG.match(settings.collection) or len(settings.collection) > _LONGEST_COLLECTION:
        sentence = f"The collection '{settings.collection}' is not possible: use small letters, digits and hyphens."
        yield Fault("", None, "", sentence)


def _prepared(
    found: ParsedQuestion, settings: Settings, syllabus: Syllabus, names: dict[str, int | None]
) -> Row | Outcome:
    """The question with place, facts and id, or why not. `names` collects what the file calls exam domains."""
    notes = [f"Left out: {each}." for each in found.ignored]
    draft = found.content
    reasons = list(found.refusals) or ([] if draft is None else [*refusal_reasons(draft), *_impossible(draft)])
    if draft is None or reasons:
        true_false = any("true/false" in each.lower() for each in reasons) or (
            draft is not None and {normalized(option.text) for option in draft.options} == {"true", "false"}
        )
        return outcome_of(found, SKIPPED if true_false else REFUSED, draft.id if draft else "", reasons, notes)
    placed, reason = _placed(draft, found.domain, settings, syllabus, names)
    if reason:
        return outcome_of(found, REFUSED, draft.id, [reason], notes)
    said = fingerprint(draft)
    if draft.status != "draft":
        notes.append(f"The file says '{draft.status}': it arrives as a draft.")
    own_place = bool(draft.topic) or draft.exam_domain is not None or bool(found.domain)
    draft = replace(
        placed,
        id=draft.id or _code(draft, said),
        status="draft",
        rating=settings.rating if draft.rating is None else draft.rating,
        license=draft.license or settings.license or None,
        as_of=draft.as_of or settings.as_of,
        collection=draft.collection or settings.collection,
        file="",
        lines={},
    )
    return Row(found, draft, said, notes, own_place)


def _impossible(draft: QuestionContent) -> Iterator[str]:
    """What the database or the room could not hold, though it may be read."""
    if draft.kind != kind_for_keys(len(draft.keys)):
        yield f"The question is called {draft.kind}, and {len(draft.keys)} options are correct. Change one of them."
    for what, code, longest in (("id", draft.id, _LONGEST_CODE), ("collection", draft.collection, _LONGEST_COLLECTION)):
        if code and (not _SLUG.match(code) or len(code) > longest):
            hint = f"use small letters, digits and single hyphens, at most {longest}"
            yield f"The {what} '{code[:60]}' is not possible: {hint}."


def _placed(
    draft: QuestionContent, name: str, settings: Settings, syllabus: Syllabus, names: dict[str, int | None]
) -> tuple[QuestionContent, str]:
    """The draft at its place in the syllabus, or a reason why it has none."""
    if draft.topic is None and draft.exam_domain is None:
        if name and name not in names:
            titles = {domain.number: domain.title for domain in syllabus.exam_domains}
            mapping = {normalized(each): number for each, number in settings.mapping.items()}
            names[name] = mapping.get(normalized(name)) or match_domain(name, titles)
        number = names[name] if name else settings.exam_domain
        if number is None and not name and settings.topic:
            number = syllabus.exam_domain_of_task[syllabus.task_of_topic[settings.topic]]
        if number is None and name:
            return draft, f"The exam domain '{name[:80]}' is not known. Say which one it is."
        if number is None:
            return draft, "The file does not say the exam domain. Say which one it is."
        draft = replace(draft, exam_domain=number)
    if draft.topic is None and settings.topic:
        task = syllabus.task_of_topic[settings.topic]
        if syllabus.exam_domain_of_task[task] == draft.exam_domain:
            draft = replace(draft, exam_domain=None, task=task, topic=settings.topic)
    return draft, ""


def _code(draft: QuestionContent, said: bytes) -> str:
    """An id made of the first words, and of what the question says: the same file gives the same id again."""
    stem = code_from_text(" ".join(words(draft.stem)[:8]))[: _LONGEST_CODE - 9].strip("-")
    return f"{stem or 'question'}-{said.hex()[:8]}"


def _twice(rows: dict[int, Row], outcomes: dict[int, Outcome]) -> None:
    """Takes out the questions that stand in the file before."""
    by_content: dict[bytes, Row] = {}
    by_code: dict[str, Row] = {}
    for number, row in list(rows.items()):
        code = row.draft.id
        if row.content in by_content:
            reason = f"It says the same as {_where(by_content[row.content])}."
            outcomes[number] = outcome_of(row.found, SKIPPED, code, [reason], row.notes)
        elif code in by_code:
            reason = f"The id '{code}' stands at {_where(by_code[code])}, with another text. Rename one."
            outcomes[number] = outcome_of(row.found, REFUSED, code, [reason], row.notes)
        else:
            by_content[row.content], by_code[code] = row, row
            continue
        del rows[number]


def _meet_the_bank(
    rows: dict[int, Row],
    outcomes: dict[int, Outcome],
    planned: dict[int, Planned],
    near_duplicates: NearDuplicateIndex,
    settings: Settings,
    *,
    lossless: bool,
) -> None:
    """Compares with what is here, question by question; who is found here leaves `rows`."""
    by_code = {row.draft.id: number for number, row in rows.items()}
    by_content = {row.content: number for number, row in rows.items()}
    met: set[int] = set()
    for each in stored.questions():
        said = fingerprint(each.draft)
        near_duplicates.put([each.draft])
        number = by_code.get(each.draft.id)
        same = number is not None
        if number is None:
            number = by_content.get(said)
        if number is None or number not in rows or (number in met and not same):
            continue
        row = rows[number]
        outcome, plan_of = compared(
            each, row, settings, same_id=same, same_content=said == row.content, lossless=lossless
        )
        outcomes[number] = outcome
        planned.pop(number, None)
        if plan_of:
            planned[number] = plan_of
        met.add(number)
    for number in met:
        del rows[number]


def _called(name: str, rows: Mapping[int, Row]) -> str:
    return _where(rows[int(name[1:])]) if name.startswith("#") else f"'{name}' of the bank"


def _where(row: Row) -> str:
    """Where a question stands: lines are what the tables show, and in a package each file counts its own."""
    line = "" if row.found.line is None else f" (line {row.found.line})"
    return f"question {row.found.number} of the file{line}"


def sha256(data: bytes) -> str:
    """The hash by which a file is known again."""
    return hashlib.sha256(data).hexdigest()
