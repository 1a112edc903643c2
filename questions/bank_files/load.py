"""Load a bank of files into the database, merged field by field with the stored bank, all or nothing.

Everything is read, checked, compared and rendered before the transaction begins. The transaction compares and swaps
Bank.version, so a concurrent change leads to a new comparison and is never overwritten.
"""

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
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
from questions.services import bulk_write, stored_bank, syllabus_rows
from questions.services.bank_version import bank_version, raise_bank_version, set_manifest
from questions.services.bulk_write import QuestionChange
from questions.services.stored_bank import StoredQuestion
from questions.services.syllabus_rows import BlueprintFile
from questions.services.wordings import Wording, compose, set_commentary

SYLLABUS = "syllabus.yaml"
_MAX_TRIES = 5


class BankBusyError(Exception):
    """The bank changed repeatedly during the comparison; the message is a sentence for the user."""


@dataclass(slots=True)
class LoadResult:
    """The result of a load or a dry run, by code of question; for kept questions the fields that keep our value.

    A question is created, updated, unchanged or only kept; an updated one can have kept fields too. `conflicts` are the
    kept fields that the file changed as well. `written` is false after a dry run, and if faults prevented the load.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    written: bool = False

    def add(self, other: "LoadResult") -> None:
        """Add the result for another directory."""
        for name in ("created", "updated", "unchanged", "missing", "faults"):
            getattr(self, name).extend(getattr(other, name))
        self.kept |= other.kept
        self.conflicts |= other.conflicts
        self.written = other.written


@dataclass(slots=True)
class _BankDirectory:
    """The read files; `questions` has those, by code, whose hash is not that of the last load.

    Questions that are stored already move to `collection` only if the directory has its name (`names_collection`).
    """

    exam: str
    collection: str
    names_collection: bool
    blueprints: list[BlueprintFile]
    faults: list[Fault]
    syllabus: Syllabus | None = None
    paths: dict[str, Path] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    questions: dict[str, QuestionContent] = field(default_factory=dict)

    def drop(self, faults: Iterable[Fault]) -> None:
        """Add the faults, and leave out the questions that have them."""
        for fault in faults:
            self.faults.append(fault)
            self.questions.pop(Path(fault.file).stem, None)


def shipped_directories() -> list[Path]:
    """Return the directories of the shipped banks: those with a syllabus first, which others share."""
    if not settings.BANKS_DIR.is_dir():
        return [settings.BANKS_DIR]  # to be reported as missing
    directories = [path for path in settings.BANKS_DIR.iterdir() if question_yaml.question_files(path)]
    return sorted(directories, key=lambda path: (not (path / SYLLABUS).is_file(), path.name))


def load_shipped(
    *, now: datetime.datetime, dry_run: bool = False, theirs: bool = False, good_only: bool = False
) -> LoadResult:
    """Load all shipped banks, one after the other, and the blueprints. Stop at the first bank with faults."""
    total = LoadResult()
    directories = shipped_directories()
    for directory in directories:
        result = load(directory, now=now, dry_run=dry_run, theirs=theirs, good_only=good_only)
        total.add(result)
        if result.faults and not good_only:
            break
    # A question that has moved to another directory is not missing.
    present = {path.stem for directory in directories for path in question_yaml.question_files(directory)}
    total.missing = [code for code in total.missing if code not in present]
    return total


def manifest(directory: Path) -> str:
    """Return one hash over the files of a bank and the blueprints, which is stored after a load to detect changes."""
    digest = hashlib.sha256()
    for root, paths in (
        (directory, [directory / SYLLABUS, *question_yaml.question_files(directory)]),
        (settings.BLUEPRINT_DIR, syllabus_rows.blueprint_paths(settings.BLUEPRINT_DIR)),
    ):
        for path in paths:
            if path.is_file():
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(root).as_posix()}\n{sha256}\n".encode())
    return digest.hexdigest()


def load(
    directory: Path,
    *,
    now: datetime.datetime,
    dry_run: bool = False,
    theirs: bool = False,
    good_only: bool = False,
) -> LoadResult:
    """Load a bank directory and the blueprints. With faults, write nothing unless `good_only`.

    `theirs` takes the values of the files where something was edited here. Raises BankBusyError.
    """
    directory = directory.resolve()
    if fault := _directory_fault(directory):
        return LoadResult(faults=[fault])
    sha256 = manifest(directory)
    for _try in range(_MAX_TRIES):
        version = bank_version()
        known = stored_bank.questions_by_code(stored_bank.questions())
        files = _read(directory, known, all_files=theirs)
        result, changes = _compare(files, known, theirs=theirs)
        if dry_run or files.syllabus is None or (files.faults and not good_only):
            return result
        has_changes = changes or syllabus_rows.differs(files.exam, files.syllabus, files.blueprints)
        with transaction.atomic():
            if has_changes:
                if not raise_bank_version(version):
                    continue
                syllabus_rows.write_blueprints(files.blueprints, now)
                syllabus_rows.write_syllabus(files.exam, files.syllabus)
                bulk_write.write(changes, files.exam, now=now)
            # A bank with faults is read again at the next start.
            set_manifest(directory.name, "" if files.faults else sha256)
        result.written = True
        return result
    raise BankBusyError("The questions were changed during the load. Load the bank again.")


def _directory_fault(directory: Path) -> Fault | None:
    if not directory.is_dir():
        return Fault(str(directory), None, "", "This directory does not exist. Give the directory of a bank.")
    if not (directory / SYLLABUS).is_file() and (banks := sorted(directory.glob(f"*/{SYLLABUS}"))):
        sentence = f"This directory contains banks. Give one of them: {directory / banks[0].parent.name}"
        return Fault(str(directory), None, "", sentence)
    return None


def _read(directory: Path, known: dict[str, StoredQuestion], *, all_files: bool) -> _BankDirectory:
    """Read and check the files; with `all_files` also those whose hash is that of the last load."""
    blueprints, faults = syllabus_rows.read_blueprints(settings.BLUEPRINT_DIR)
    files = _assign(directory, blueprints, faults)
    _read_syllabus(directory, files)
    for path in question_yaml.question_files(directory):
        _read_question(path, path.relative_to(directory).as_posix(), files, {} if all_files else known)
    codes = {*known, *files.paths}
    files.drop(_ownership_faults(files, known))
    for question in list(files.questions.values()):
        files.drop(prerequisite_faults(question, files.syllabus, codes))
    files.faults.sort(key=lambda fault: (fault.file, fault.line or 0))
    return files


def _assign(directory: Path, blueprints: list[BlueprintFile], faults: list[Fault]) -> _BankDirectory:
    """Return the still empty contents of a directory, with its exam and collection.

    The name of a directory is that of the collection, and a blueprint names it. A directory of another name with a
    syllabus (a dump, a copy) is the bank of the first blueprint. One without a syllabus belongs to no exam: a fault.
    """
    name, has_syllabus = directory.name, (directory / SYLLABUS).is_file()
    specs = [blueprint.spec for blueprint in blueprints]
    specs += [row.exam for row in Blueprint.objects.order_by("-origin", "code", "-version")]  # shipped ones first
    for spec in specs:
        if name in (*spec.collections, *spec.practice):
            return _BankDirectory(spec.syllabus_code, name, True, blueprints, faults)
    if specs and not has_syllabus:
        sentence = f"No blueprint names '{name}' under collections or practice. Name it there, or add a {SYLLABUS}."
        faults = [*faults, Fault(name, None, "", sentence)]
    if specs:
        return _BankDirectory(specs[0].syllabus_code, specs[0].collections[0], False, blueprints, faults)
    return _BankDirectory(name.upper(), name, True, blueprints, faults)


def syllabus_path(directory: Path) -> Path | None:
    """Return the syllabus of a bank directory, or else that of the directory beside it whose name begins its own."""
    own = directory / SYLLABUS
    if own.is_file():
        return own
    shared = [path for path in directory.parent.glob(f"*/{SYLLABUS}") if directory.name.startswith(path.parent.name)]
    return max(shared, key=lambda path: len(path.parent.name), default=None)


def _read_syllabus(directory: Path, files: _BankDirectory) -> None:
    path = syllabus_path(directory)
    if path:
        files.syllabus, faults = syllabus_file.read(path, SYLLABUS)
        files.faults += faults
        if files.syllabus:
            faults = syllabus_rows.foreign_codes(files.exam, files.syllabus, SYLLABUS)
            files.faults += faults
            files.syllabus = None if faults else files.syllabus
    else:
        files.syllabus = stored_bank.syllabus(files.exam)
        if files.syllabus is None:
            sentence = f"The directory has no {SYLLABUS}, which questions need. Add it."
            files.faults.append(Fault(SYLLABUS, None, "", sentence))


def _read_question(path: Path, name: str, files: _BankDirectory, known: dict[str, StoredQuestion]) -> None:
    code = path.stem
    if code in files.paths:
        sentence = f"The id '{code}' is also in {files.paths[code].parent.name}/{path.name}. Give each a unique id."
        files.drop([Fault(name, 1, "id", sentence)])
        return
    files.paths[code] = path
    files.sha256[code] = hashlib.sha256(path.read_bytes()).hexdigest()
    if code in known and known[code].question.base_sha == files.sha256[code] and _is_in_collection(known[code], files):
        return
    question, faults = question_yaml.read(path, name)
    if question and name != question_yaml.path_in_bank(question):
        sentence = f"The file belongs to {question_yaml.path_in_bank(question)}. Move it there, or correct its task."
        faults = [*faults, Fault(name, question.lines.get("task", 1), "task", sentence)]
    if question and not faults:
        stays = not files.names_collection and code in known
        collection = known[code].question.collection if stays else files.collection
        files.questions[code] = replace(question, collection=collection)
    files.faults += faults


def _is_in_collection(stored_question: StoredQuestion, files: _BankDirectory) -> bool:
    """Return whether the last loaded file had the same collection, so that it was not moved."""
    base = stored_question.question.base or {}
    return not files.names_collection or base.get("collection") == files.collection


def _ownership_faults(files: _BankDirectory, known: dict[str, StoredQuestion]) -> Iterator[Fault]:
    """Yield a fault for each file whose code is that of a stored question that it cannot be merged with."""
    without_wording = stored_bank.question_codes(Q(revisions=None))
    for code, path in files.paths.items():
        name = f"{path.parent.name}/{path.name}"
        if code in without_wording:
            yield Fault(name, 1, "id", f"The database has a question '{code}' without a text. Rename one of them.")
        elif code in known and known[code].question.exam_domain.exam != files.exam:
            yield Fault(name, 1, "id", f"The question '{code}' belongs to another exam. Rename one of them.")


def _compare(
    files: _BankDirectory, known: dict[str, StoredQuestion], *, theirs: bool
) -> tuple[LoadResult, list[QuestionChange]]:
    """Return what the load does to each question, and the changes to write."""
    result = LoadResult(faults=files.faults)
    faulty = {Path(fault.file).stem for fault in files.faults}
    changes: list[QuestionChange] = []
    for code, sha256 in files.sha256.items():
        if code not in known:
            if code in files.questions:
                changes.append(_creation(files.questions[code], sha256))
                result.created.append(code)
        elif code not in faulty:
            change = _merge(known[code], files.questions.get(code), sha256, result, theirs=theirs)
            if change:
                changes.append(change)
    result.missing = sorted(
        code
        for code, row in known.items()
        if code not in files.paths
        and row.question.origin == Question.Origin.SHIPPED
        and row.question.collection == files.collection
        and row.question.status != Question.Status.RETIRED
    )
    return result, changes


def _creation(content: QuestionContent, sha256: str) -> QuestionChange:
    question = Question(
        code=content.id,
        origin=Question.Origin.SHIPPED,
        collection=content.collection,
        base=fields(content),
        base_sha=sha256,
    )
    after = {"status": content.status, "revision": content.revision}
    wording = compose(question, content, content.revision)
    return QuestionChange(question, content, FIELDS, after=after, wording=wording)


def _merge(
    ours: StoredQuestion, theirs_content: QuestionContent | None, sha256: str, result: LoadResult, *, theirs: bool
) -> QuestionChange | None:
    """Merge a stored question with its file, and add it to the result. Return the change to write, if any.

    `theirs_content` is None if the file is that of the last load.
    """
    question, code = ours.question, ours.question.code
    our_fields = fields(ours.content)
    file_fields = fields(theirs_content) if theirs_content else dict(question.base or {})
    merged = merge(question.base, our_fields, file_fields, take_theirs=theirs)
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
    conflict = {name: value for name, value in (question.conflict or {}).items() if name in merged.kept}
    conflict |= {name: file_fields[name] for name in merged.conflicts}
    question.base, question.base_sha, question.conflict = file_fields, sha256, conflict or None
    number = ours.content.revision
    if "wording" in merged.taken:
        number = max(theirs_content.revision if theirs_content else 1, ours.last_number + 1)
    content = from_fields(code, number, merged.values)
    wording: Wording | None = None
    if "wording" in merged.taken:
        wording = compose(question, content, number, "loaded")
    elif {"rationales", "explanation", "references"} & set(merged.taken):
        wording = Wording(ours.revision, list(ours.options))
        set_commentary(wording, content)
    before = {name: our_fields[name] for name in merged.taken}
    after = {name: merged.values[name] for name in merged.taken}
    return QuestionChange(question, content, merged.taken, before, after, wording)
