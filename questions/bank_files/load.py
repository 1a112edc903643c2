"""A bank of files into the database: merged field by field with what stands here, all or nothing.

Everything is read, checked, compared and rendered before the transaction begins; the transaction
compares and swaps Bank.version, so that a change made meanwhile leads to a new comparison and is
never overwritten.
"""

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from questions.bank_files import question_yaml
from questions.content import syllabus as syllabus_file
from questions.content.merge import FIELDS, fields, from_fields, merge
from questions.content.schema import Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint.prerequisites import prerequisite_faults
from questions.models import Blueprint, Question
from questions.services import bulk_write, stored, syllabus_rows
from questions.services.bank_version import bank_version, raise_bank_version, set_manifest
from questions.services.stored import StoredQuestion
from questions.services.syllabus_rows import BlueprintFile
from questions.services.wordings import Wording, compose, set_commentary

SYLLABUS = "syllabus.yaml"
_TRIES = 5


class BankBusyError(Exception):
    """The bank kept changing while it was compared; the message is a sentence for the human."""


@dataclass(slots=True)
class LoadResult:
    """What a load did, or would do: codes of questions, and for those kept the fields that stay ours.

    A question is created, updated, unchanged or only kept; an updated one can have kept fields too.
    `conflicts` are the kept fields that the file changed as well. `written` is false after a dry run
    and when faults kept everything out.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    written: bool = False


@dataclass(slots=True)
class _Files:
    """What the files say: drafts by code, without those whose hash is that of the last load."""

    exam: str
    collection: str
    syllabus: Syllabus | None
    blueprints: list[BlueprintFile]
    paths: dict[str, Path]
    sha256: dict[str, str]
    drafts: dict[str, QuestionContent]
    faults: list[Fault]

    def drop(self, faults: Iterable[Fault]) -> None:
        """Leaves out the questions that have faults, and keeps the faults."""
        for fault in faults:
            self.faults.append(fault)
            self.drafts.pop(Path(fault.file).stem, None)


def manifest(directory: Path) -> str:
    """One hash over the bank's files and the blueprints: while it is Bank.manifest, nothing needs loading."""
    digest = hashlib.sha256()
    for root, paths in (
        (directory, [directory / SYLLABUS, *question_yaml.question_files(directory)]),
        (settings.BLUEPRINT_DIR, syllabus_rows.blueprint_paths(settings.BLUEPRINT_DIR)),
    ):
        for path in paths:
            if path.is_file():
                said = f"{path.relative_to(root).as_posix()}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
                digest.update(said.encode())
    return digest.hexdigest()


def load(
    directory: Path,
    *,
    now: datetime.datetime,
    dry_run: bool = False,
    theirs: bool = False,
    good_only: bool = False,
) -> LoadResult:
    """Loads a bank directory and the blueprints; with faults nothing is written, unless `good_only`.

    `theirs` takes the files' values where something was edited here.
    """
    directory = directory.resolve()
    if not directory.is_dir():
        return LoadResult(faults=[Fault(str(directory), None, "", "There is no such directory. Name that of a bank.")])
    if not (directory / SYLLABUS).is_file() and (banks := sorted(directory.glob(f"*/{SYLLABUS}"))):
        sentence = (
            f"This directory holds banks and is none itself. Name one of them: {directory / banks[0].parent.name}"
        )
        return LoadResult(faults=[Fault(str(directory), None, "", sentence)])
    hash_of_all = manifest(directory)
    for _try in range(_TRIES):
        version = bank_version()
        known = stored.questions_by_code(stored.questions())
        files = _read(directory, known, again=theirs)
        result, changes = _compare(files, known, theirs=theirs)
        if dry_run or files.syllabus is None or (files.faults and not good_only):
            return result
        news = changes or syllabus_rows.differs(files.exam, files.syllabus, files.blueprints)
        with transaction.atomic():
            if news:
                if not raise_bank_version(version):
                    continue
                syllabus_rows.write_blueprints(files.blueprints, now)
                syllabus_rows.write_syllabus(files.exam, files.syllabus)
                bulk_write.write(changes, files.exam, now=now)
            # A bank with faults is looked at again at the next start.
            set_manifest("" if files.faults else hash_of_all)
        result.written = True
        return result
    raise BankBusyError("Somebody keeps changing questions. Load the bank again in a moment.")


def _read(directory: Path, known: dict[str, StoredQuestion], *, again: bool) -> _Files:
    """Reads and checks all files; `again` also those whose hash is that of the last load."""
    blueprints, faults = syllabus_rows.read_blueprints(settings.BLUEPRINT_DIR)
    exam, collection = _place(directory.name, blueprints)
    files = _Files(exam, collection, None, blueprints, {}, {}, {}, faults)
    _read_syllabus(directory, files)
    for path in question_yaml.question_files(directory):
        _read_question(path, path.relative_to(directory).as_posix(), files, {} if again else known)
    others = {*known, *files.paths}
    files.drop(_not_ours(files, known))
    for draft in list(files.drafts.values()):
        files.drop(prerequisite_faults(draft, files.syllabus, others))
    files.faults.sort(key=lambda fault: (fault.file, fault.line or 0))
    return files


def _place(name: str, blueprints: list[BlueprintFile]) -> tuple[str, str]:
    """The exam and the collection of a bank directory.

    Its name is that of the collection. A directory that is named otherwise (a dump, a copy) belongs
    to the first blueprint: a collection that no exam draws from would never be asked.
    """
    found = [each.spec for each in blueprints]
    found += [row.exam for row in Blueprint.objects.order_by("-origin", "code", "-version")]  # shipped ones first
    specs = [(spec.syllabus_code, spec.collections) for spec in found]
    for code, collections in specs:
        if name in collections:
            return code, name
    return (specs[0][0], specs[0][1][0]) if specs else (name.upper(), name)


def _read_syllabus(directory: Path, files: _Files) -> None:
    path = directory / SYLLABUS
    if path.is_file():
        files.syllabus, faults = syllabus_file.read(path, SYLLABUS)
        files.faults += faults
        if files.syllabus:
            faults = syllabus_rows.foreign_codes(files.exam, files.syllabus, SYLLABUS)
            files.faults += faults
            files.syllabus = None if faults else files.syllabus
    else:
        files.syllabus = stored.syllabus(files.exam)
        if files.syllabus is None:
            sentence = f"The directory has no {SYLLABUS}. Questions need the syllabus they belong to: add it."
            files.faults.append(Fault(SYLLABUS, None, "", sentence))


def _read_question(path: Path, name: str, files: _Files, known: dict[str, StoredQuestion]) -> None:
    code = path.stem
    if code in files.paths:
        sentence = f"The id '{code}' stands in {files.paths[code].parent.name}/{path.name} too. Give each its own."
        files.drop([Fault(name, 1, "id", sentence)])
        return
    files.paths[code] = path
    files.sha256[code] = hashlib.sha256(path.read_bytes()).hexdigest()
    if code in known and known[code].question.base_sha == files.sha256[code]:
        return
    draft, faults = question_yaml.read(path, name)
    if draft and name != question_yaml.place(draft):
        sentence = f"The file belongs to {question_yaml.place(draft)}. Move it there, or correct its task."
        faults = [*faults, Fault(name, draft.lines.get("task", 1), "task", sentence)]
    if draft and not faults:
        files.drafts[code] = draft
    files.faults += faults


def _not_ours(files: _Files, known: dict[str, StoredQuestion]) -> Iterator[Fault]:
    """Files whose code a question here has that they cannot be merged with."""
    wordless = stored.question_codes(Q(revisions=None))
    for code, path in files.paths.items():
        name = f"{path.parent.name}/{path.name}"
        if code in wordless:
            yield Fault(name, 1, "id", f"Somebody has begun a question '{code}' here without a wording. Rename one.")
        elif code in known and known[code].question.exam_domain.exam != files.exam:
            yield Fault(name, 1, "id", f"The question '{code}' belongs to another exam. Rename one of them.")


def _compare(
    files: _Files, known: dict[str, StoredQuestion], *, theirs: bool
) -> tuple[LoadResult, list[bulk_write.QuestionChange]]:
    """What the load does to each question, and what is to be written for it."""
    result = LoadResult(faults=files.faults)
    broken = {Path(fault.file).stem for fault in files.faults}
    changes: list[bulk_write.QuestionChange] = []
    for code, sha256 in files.sha256.items():
        if code not in known:
            if code in files.drafts:
                changes.append(_created(files.drafts[code], sha256, files.collection))
                result.created.append(code)
        elif code not in broken:
            change = _merged(known[code], files.drafts.get(code), sha256, result, theirs=theirs)
            if change:
                changes.append(change)
    result.gone = sorted(
        code
        for code, each in known.items()
        if code not in files.paths
        and each.question.origin == Question.Origin.SHIPPED
        and each.question.collection == files.collection
        and each.question.status != Question.Status.RETIRED
    )
    return result, changes


def _created(draft: QuestionContent, sha256: str, collection: str) -> bulk_write.QuestionChange:
    question = Question(
        code=draft.id,
        origin=Question.Origin.SHIPPED,
        collection=collection,
        base=fields(draft),
        base_sha=sha256,
    )
    after = {"status": draft.status, "revision": draft.revision}
    return bulk_write.QuestionChange(
        question, draft, FIELDS, after=after, wording=compose(question, draft, draft.revision)
    )


def _merged(
    ours: StoredQuestion, draft: QuestionContent | None, sha256: str, result: LoadResult, *, theirs: bool
) -> bulk_write.QuestionChange | None:
    """Notes in the result what becomes of a question that is here; what is to be written, None if nothing."""
    question, code = ours.question, ours.question.code
    now_here = fields(ours.content)
    said = fields(draft) if draft else dict(question.base or {})
    merged = merge(question.base, now_here, said, take_theirs=theirs)
    if merged.kept:
        result.kept[code] = merged.kept
    if merged.conflicts:
        result.conflicts[code] = merged.conflicts
    if merged.taken:
        result.updated.append(code)
    elif not merged.kept:
        result.unchanged.append(code)
    if question.base_sha == sha256 and not merged.taken:
        return None
    open_conflicts = {name: value for name, value in (question.conflict or {}).items() if name in merged.kept}
    open_conflicts |= {name: said[name] for name in merged.conflicts}
    question.base, question.base_sha, question.conflict = said, sha256, open_conflicts or None
    number = ours.content.revision
    if "wording" in merged.taken:
        number = max(draft.revision if draft else 1, ours.last_number + 1)
    final = from_fields(code, number, merged.values, question.collection)
    wording: Wording | None = None
    if "wording" in merged.taken:
        wording = compose(question, final, number, "loaded")
    elif {"rationales", "explanation", "references"} & set(merged.taken):
        wording = Wording(ours.revision, list(ours.options))
        set_commentary(wording, final)
    before = {name: now_here[name] for name in merged.taken}
    after = {name: merged.values[name] for name in merged.taken}
    return bulk_write.QuestionChange(question, final, merged.taken, before, after, wording)
