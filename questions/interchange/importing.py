"""What an import would do with each question of a file: created, updated, unchanged, skipped or refused, and why.

A question of the file is one of the bank if it has its id, or if it says the same. What a file does not say (its
format carries no references, say) is left as it is here; what was edited here since the same file was imported stays.
Nothing is written: `questions.interchange.import_batch` does that.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q

from questions.interchange import stored
from questions.interchange.alike import Alike, content, plain
from questions.interchange.check import faults_of
from questions.interchange.merge import FIELDS, fields, from_fields
from questions.interchange.reading import Found, Reading
from questions.interchange.refusals import code_of, kind_of, refusals
from questions.interchange.schema import Fault, OptionDraft, QuestionDraft
from questions.interchange.stored import Stored
from questions.interchange.syllabus import Syllabus
from questions.lint.prose import words

CREATED, UPDATED, UNCHANGED, SKIPPED, REFUSED = WHAT = ("created", "updated", "unchanged", "skipped", "refused")
RATING = 70  # of a question that nobody has rated; raters stay 0
LOSSLESS = ("yaml", "json")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_NUMBERED = re.compile(
    r"(?:exam )?(?:domain |section |content domain )?(\d{1,2})(?:\.\d{1,2})?[\s.:)-]*(.*)\Z", re.IGNORECASE
)
_LONGEST_CODE, _LONGEST_COLLECTION = 80, 40


@dataclass(frozen=True, slots=True)
class Settings:
    """What one form says for the whole file, where the file does not say it itself.

    `mapping` gives the number of the exam domain for what the file calls it. With `new_revisions`, an id with another
    text becomes a new revision of the question.
    """

    exam: str
    exam_domain: int | None = None
    topic: str | None = None
    rating: int = RATING
    license: str = ""
    collection: str = "local"
    mapping: Mapping[str, int] = field(default_factory=dict)
    new_revisions: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one question of the file. `reasons` say why not, `notes` what to know; `code` is its id here.

    `difference` has field, what stands here and what the file says, where an id has another text.
    """

    number: int
    line: int | None
    name: str
    what: str
    code: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    difference: tuple[tuple[str, str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The outcome as plain values, without empty ones."""
        said = {
            "number": self.number, "line": self.line, "name": self.name, "what": self.what, "code": self.code,
            "reasons": list(self.reasons), "notes": list(self.notes),
            "difference": [{"field": name, "here": ours, "file": theirs} for name, ours, theirs in self.difference],
        }  # fmt: skip
        return {key: value for key, value in said.items() if value not in ("", [], None)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A question to write: `fields` (of `merge.FIELDS`) change; `lock_version` is that of the row it is based on."""

    draft: QuestionDraft
    fields: tuple[str, ...]
    lock_version: int | None = None


@dataclass(slots=True)
class Plan:
    """The whole file: `faults` where it cannot be read, `unknown` what it calls exam domains that are not known."""

    format: str
    settings: Settings
    outcomes: list[Outcome] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    unknown: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many questions are created, updated, unchanged, skipped and refused."""
        found = Counter(each.what for each in self.outcomes)
        return {what: found[what] for what in WHAT}

    def as_json(self) -> dict[str, Any]:
        """The plan as plain values: what `--json` prints and a batch keeps."""
        return {
            "format": self.format,
            "counts": self.counts(),
            "faults": [str(fault) for fault in self.faults],
            "unknown_domains": list(self.unknown),
            "questions": [each.as_json() for each in self.outcomes],
        }


@dataclass(slots=True)
class _Row:
    """A question of the file on its way."""

    found: Found
    draft: QuestionDraft
    content: bytes
    notes: list[str]
    placed: bool  # the file itself says the exam domain


def plan(reading: Reading, settings: Settings) -> Plan:
    """What an import of this file would do. Reads the whole bank once and writes nothing."""
    result = Plan(reading.format, settings, faults=reading.faults)
    syllabus = stored.syllabus(settings.exam)
    if syllabus is None:
        sentence = f"The exam '{settings.exam}' has no syllabus here. Load its bank first."
        result.faults = (*result.faults, Fault("", None, "", sentence))
    result.faults = (*result.faults, *_settings_faults(settings, syllabus))
    if result.faults or syllabus is None:
        return result
    outcomes: dict[int, Outcome] = {}
    rows: dict[int, _Row] = {}
    names: dict[str, int | None] = {}
    for found in reading.questions:
        row = _prepared(found, settings, syllabus, names)
        if isinstance(row, Outcome):
            outcomes[found.number] = row
        else:
            rows[found.number] = row
    result.unknown = tuple(name for name, number in names.items() if number is None)
    _twice(rows, outcomes)
    planned: dict[int, Planned] = {}
    alike = Alike()
    _meet_the_bank(rows, outcomes, planned, alike, settings, lossless=reading.format in LOSSLESS)
    others = {row.draft.id for row in rows.values()} | stored.codes(Q())
    for number, each in list(planned.items()):
        if reasons := [fault.sentence for fault in faults_of(each.draft, syllabus, others)]:
            outcomes[number] = replace(outcomes[number], what=REFUSED, reasons=tuple(reasons))
            del planned[number]
    wordless = stored.codes(Q(revisions=None))
    for number, row in rows.items():
        near = alike.add(f"#{number}", row.draft)
        row.notes += [f"Nearly the same as {_called(name)} (about {share:.0%})." for name, share in near]
        reasons = [fault.sentence for fault in faults_of(row.draft, syllabus, others)]
        if row.draft.id in wordless:
            reasons.append(f"Somebody has begun a question '{row.draft.id}' here without a wording. Rename one.")
        if reasons:
            outcomes[number] = _outcome(row.found, REFUSED, row.draft.id, reasons, row.notes)
        else:
            outcomes[number] = _outcome(row.found, CREATED, row.draft.id, (), row.notes)
            planned[number] = Planned(row.draft, FIELDS)
    result.outcomes = [outcomes[found.number] for found in reading.questions]
    result.planned = [planned[number] for number in sorted(planned)]
    return result


def match_domain(name: str, domains: Mapping[int, str]) -> int | None:
    """The number of the exam domain that a file means by `name`: its title, its number, or both; else None."""
    titles = {plain(title): number for number, title in domains.items()}
    for part in reversed(re.split(r"\s*(?:/|>|::|\|)\s*", name.strip())):
        if plain(part) in titles:
            return titles[plain(part)]
        numbered = _NUMBERED.match(part)
        if numbered and int(numbered[1]) in domains:
            number, rest = int(numbered[1]), plain(numbered[2])
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


def _prepared(found: Found, settings: Settings, syllabus: Syllabus, names: dict[str, int | None]) -> _Row | Outcome:
    """The question with place, facts and id, or why not. `names` collects what the file calls exam domains."""
    notes = [f"Left out: {each}." for each in found.ignored]
    draft = found.draft
    reasons = list(found.refusals) or ([] if draft is None else [*refusals(draft), *_impossible(draft)])
    if draft is None or reasons:
        true_false = any("true/false" in each.lower() for each in reasons) or (
            draft is not None and {plain(option.text) for option in draft.options} == {"true", "false"}
        )
        return _outcome(found, SKIPPED if true_false else REFUSED, draft.id if draft else "", reasons, notes)
    placed, reason = _placed(draft, found.domain, settings, syllabus, names)
    if reason:
        return _outcome(found, REFUSED, draft.id, [reason], notes)
    said = content(draft)
    if draft.status != "draft":
        notes.append(f"The file says '{draft.status}': it arrives as a draft.")
    own_place = bool(draft.topic) or draft.exam_domain is not None or bool(found.domain)
    draft = replace(
        placed,
        id=draft.id or _code(draft, said),
        status="draft",
        rating=settings.rating if draft.rating is None else draft.rating,
        license=draft.license or settings.license or None,
        collection=draft.collection or settings.collection,
        file="",
        lines={},
    )
    return _Row(found, draft, said, notes, own_place)


def _impossible(draft: QuestionDraft) -> Iterator[str]:
    """What the database or the room could not hold, though it may be read."""
    if draft.kind != kind_of(len(draft.keys)):
        yield f"The question is called {draft.kind}, and {len(draft.keys)} options are correct. Change one of them."
    for what, code, longest in (("id", draft.id, _LONGEST_CODE), ("collection", draft.collection, _LONGEST_COLLECTION)):
        if code and (not _SLUG.match(code) or len(code) > longest):
            hint = f"use small letters, digits and single hyphens, at most {longest}"
            yield f"The {what} '{code[:60]}' is not possible: {hint}."


def _placed(
    draft: QuestionDraft, name: str, settings: Settings, syllabus: Syllabus, names: dict[str, int | None]
) -> tuple[QuestionDraft, str]:
    """The draft at its place in the syllabus, or a reason why it has none."""
    if draft.topic is None and draft.exam_domain is None:
        if name and name not in names:
            titles = {domain.number: domain.title for domain in syllabus.exam_domains}
            mapping = {plain(each): number for each, number in settings.mapping.items()}
            names[name] = mapping.get(plain(name)) or match_domain(name, titles)
        number = names[name] if name else settings.exam_domain
        if number is None and not name and settings.topic:
            number = syllabus.exam_domain_of_task[syllabus.task_of_topic[settings.topic]]
        if number is None and name:
            return draft, f"The exam domain '{name[:80]}' is not known. Say which one it is."
        if number is None:
            return draft, "The file does not say the exam domain. Choose one for the whole file."
        draft = replace(draft, exam_domain=number)
    if draft.topic is None and settings.topic:
        task = syllabus.task_of_topic[settings.topic]
        if syllabus.exam_domain_of_task[task] == draft.exam_domain:
            draft = replace(draft, exam_domain=None, task=task, topic=settings.topic)
    return draft, ""


def _code(draft: QuestionDraft, said: bytes) -> str:
    """An id made of the first words, and of what the question says: the same file gives the same id again."""
    stem = code_of(" ".join(words(draft.stem)[:8]))[: _LONGEST_CODE - 9].strip("-")
    return f"{stem or 'question'}-{said.hex()[:8]}"


def _twice(rows: dict[int, _Row], outcomes: dict[int, Outcome]) -> None:
    """Takes out the questions that stand in the file before."""
    by_content: dict[bytes, int] = {}
    by_code: dict[str, int] = {}
    for number, row in list(rows.items()):
        code = row.draft.id
        if row.content in by_content:
            reason = f"It says the same as question {by_content[row.content]} of the file."
            outcomes[number] = _outcome(row.found, SKIPPED, code, [reason], row.notes)
        elif code in by_code:
            reason = f"The id '{code}' stands at question {by_code[code]} of the file, with another text. Rename one."
            outcomes[number] = _outcome(row.found, REFUSED, code, [reason], row.notes)
        else:
            by_content[row.content], by_code[code] = number, number
            continue
        del rows[number]


def _meet_the_bank(
    rows: dict[int, _Row],
    outcomes: dict[int, Outcome],
    planned: dict[int, Planned],
    alike: Alike,
    settings: Settings,
    *,
    lossless: bool,
) -> None:
    """Compares with what is here, question by question; who is found here leaves `rows`."""
    by_code = {row.draft.id: number for number, row in rows.items()}
    by_content = {row.content: number for number, row in rows.items()}
    met: set[int] = set()
    for each in stored.questions():
        said = content(each.draft)
        alike.add(each.draft.id, each.draft)
        number = by_code.get(each.draft.id)
        same = number is not None
        if number is None:
            number = by_content.get(said)
        if number is None or number not in rows or (number in met and not same):
            continue
        row = rows[number]
        outcome, plan_of = _compared(
            each, row, settings, same_id=same, same_content=said == row.content, lossless=lossless
        )
        outcomes[number] = outcome
        planned.pop(number, None)
        if plan_of:
            planned[number] = plan_of
        met.add(number)
    for number in met:
        del rows[number]


def _compared(
    ours: Stored, row: _Row, settings: Settings, *, same_id: bool, same_content: bool, lossless: bool
) -> tuple[Outcome, Planned | None]:
    """What becomes of a question that is here."""
    code, found, notes = ours.draft.id, row.found, list(row.notes)
    if ours.question.exam_domain.exam != settings.exam:
        reason = f"The question '{code}' of the bank belongs to another exam. Rename one of them."
        return _outcome(found, REFUSED, code, [reason], notes), None
    if not same_id and found.draft is not None and found.draft.id:
        return _outcome(found, SKIPPED, code, [f"The bank has this question as '{code}'."], notes), None
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
        return _outcome(found, REFUSED, code, [reason], notes, difference), None
    if not changed:
        return _outcome(found, UNCHANGED, code, (), notes), None
    values = {name: (said if name in changed else now)[name] for name in FIELDS}
    number = ours.last_number + 1 if "wording" in changed else ours.draft.revision
    draft = from_fields(code, number, values, ours.question.collection)
    notes.append(f"New: {', '.join(changed)}.")
    return _outcome(found, UPDATED, code, (), notes), Planned(draft, changed, ours.question.lock_version)


def _said(ours: QuestionDraft, row: _Row, *, same_content: bool, lossless: bool) -> dict[str, Any]:
    """The fields as they would be after the import; what the file is silent about is as it is here."""
    theirs, said_by_file = row.draft, row.found.draft or row.draft
    if same_content and (not lossless or theirs.id != ours.id):
        theirs = _aligned(ours, theirs)
    now, said = fields(ours), fields(theirs)
    silent = {
        "status": True,
        "place": not row.placed or (theirs.topic is None and _domain(theirs) == _domain(ours)),
        "points": not theirs.points,
        "rating": said_by_file.rating is None,
        "enemies": not theirs.enemies,
        "waivers": not theirs.waivers,
        "as_of": theirs.as_of is None,
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
    if not lossless and plain(theirs.explanation) == plain(ours.explanation):
        said["explanation"] = ours.explanation
    return said


def _domain(draft: QuestionDraft) -> int | None:
    return int(draft.task.partition(".")[0]) if draft.task else draft.exam_domain


def _aligned(ours: QuestionDraft, theirs: QuestionDraft) -> QuestionDraft:
    """The file's question in our markup, with our ids and order of options: it says the same."""
    by_text = {plain(option.text): option for option in theirs.options}
    options = []
    for each in ours.options:
        rationale = by_text[plain(each.text)].rationale
        same = plain(rationale) == plain(each.rationale)
        options.append(OptionDraft(each.id, each.correct, each.text, each.rationale if same else rationale))
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


def _outcome(
    found: Found,
    what: str,
    code: str,
    reasons: Iterable[str],
    notes: Iterable[str],
    difference: tuple[tuple[str, str, str], ...] = (),
) -> Outcome:
    return Outcome(found.number, found.line, found.name, what, code, tuple(reasons), tuple(notes), difference)


def _called(name: str) -> str:
    return f"question {name[1:]} of the file" if name.startswith("#") else f"'{name}' of the bank"


def exam_domains(exam: str) -> dict[int, str]:
    """The exam domains of an exam by number, for a mapping."""
    syllabus = stored.syllabus(exam)
    return {domain.number: domain.title for domain in syllabus.exam_domains} if syllabus else {}


def sha256(data: bytes) -> str:
    """The hash by which a file is known again."""
    return hashlib.sha256(data).hexdigest()
