"""Load directories of files into the database, merged field by field with the stored bank, all or nothing.

Everything is read, checked, compared and rendered before the transaction begins. There is one for all directories; it
compares and swaps Bank.version, so a concurrent change leads to a new comparison and is never overwritten.
"""

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from questions.bank_files import gone_files, overlap, question_yaml, same_items
from questions.bank_files.directories import SYLLABUS, shipped_directories
from questions.bank_files.overlap import OVERLAP
from questions.content import syllabus as syllabus_file
from questions.content.merge import merge
from questions.content.parts import PART_NAMES, fields, from_fields, stored
from questions.content.picture_files import PictureError, PictureFile, checked_picture
from questions.content.pictures import picture_names
from questions.content.schema import Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint.prerequisites import prerequisite_faults
from questions.models import Blueprint, Question
from questions.services import bulk_write, images, stored_bank, syllabus_rows, table_statistics
from questions.services.bank_version import bank_version, raise_bank_version, set_manifest
from questions.services.bulk_write import QuestionChange
from questions.services.stored_bank import StoredQuestion
from questions.services.syllabus_rows import BlueprintFile
from questions.services.wordings import compose

_MAX_TRIES = 5


class BankBusyError(Exception):
    """The bank changed repeatedly during the comparison; the message is a sentence for the user."""


@dataclass(slots=True)
class LoadResult:
    """The result of a load or a dry run, by code of question; for kept questions the fields that keep our value.

    A question is created, updated, unchanged or only kept; an updated one can have kept fields too. `conflicts` are the
    kept fields that the file changed as well. `written` is false after a dry run, and if faults prevented the load.
    A shipped question without a file is `retired`, or only `missing`; if it is because directories were loaded by hand,
    these are `by_hand`.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    written: bool = False


@dataclass(slots=True)
class _BankDirectory:
    """The read files; `questions` has those, by code, whose hash is not that of the last load.

    Questions that are stored already move to `collection` only if the directory has its name (`names_collection`).
    """

    directory: Path
    exam: str
    collection: str
    names_collection: bool
    faults: list[Fault] = field(default_factory=list)
    syllabus: Syllabus | None = None
    paths: dict[str, Path] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    questions: dict[str, QuestionContent] = field(default_factory=dict)
    changes: list[QuestionChange] = field(default_factory=list)
    pictures: dict[str, PictureFile] = field(default_factory=dict)

    def drop(self, faults: Iterable[Fault]) -> None:
        """Add the faults, and leave out the questions that have them."""
        for fault in faults:
            self.faults.append(fault)
            self.questions.pop(Path(fault.file).stem, None)


def load_shipped(
    *, now: datetime.datetime, dry_run: bool = False, theirs: bool = False, good_only: bool = False
) -> LoadResult:
    """Load all shipped banks and the blueprints, with the arguments of `load`.

    Retire the questions that shipped banks asked before and whose files are gone.
    """
    directories = shipped_directories()
    return _load(directories, retires=True, now=now, dry_run=dry_run, theirs=theirs, good_only=good_only)


def manifest(directory: Path) -> str:
    """Return one hash over the files of a bank and the blueprints, which is stored after a load to detect changes."""
    digest = hashlib.sha256()
    for root, paths in (
        (directory, [directory / SYLLABUS, directory / OVERLAP, *question_yaml.question_files(directory)]),
        (settings.BLUEPRINT_DIR, sorted(settings.BLUEPRINT_DIR.glob("*.yaml"))),
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
    return _load([directory], retires=False, now=now, dry_run=dry_run, theirs=theirs, good_only=good_only)


def _load(
    directories: list[Path], *, retires: bool, now: datetime.datetime, dry_run: bool, theirs: bool, good_only: bool
) -> LoadResult:
    directories = [directory.resolve() for directory in directories]
    if faults := [fault for directory in directories if (fault := _directory_fault(directory))]:
        return LoadResult(faults=faults)
    manifests = {directory.name: manifest(directory) for directory in directories}
    manifests |= {str(directory): manifests[directory.name] for directory in gone_files.mistakable(directories)}
    for _try in range(_MAX_TRIES):
        version = bank_version()
        known = stored_bank.questions_by_code(stored_bank.questions())
        blueprints, faults = syllabus_rows.read_blueprints(settings.BLUEPRINT_DIR)
        banks: list[_BankDirectory] = []
        for directory in directories:
            files = _assign(directory, blueprints)
            _read(files, banks, known, all_files=theirs)
            banks.append(files)
        result = LoadResult(faults=[*faults, *(fault for bank in banks for fault in bank.faults)])
        if not dry_run and (good_only or not result.faults):
            images.store((picture for bank in banks for picture in bank.pictures.values()), now=now, by=None)
        for bank in banks:
            _compare(bank, known, result, theirs=theirs)
        codes = {code for bank in banks for code in bank.paths}
        result.missing = gone_files.without_file(known, codes, {bank.collection for bank in banks})
        if retires and not result.faults:
            _plan_retirement(known, result, directories)
        syllabi = [(bank, bank.syllabus) for bank in banks if bank.syllabus]
        if dry_run or not syllabi or (result.faults and not good_only):
            return result
        has_changes = (
            bool(result.retired)
            or any(bank.changes for bank in banks)
            or any(syllabus_rows.differs(bank.exam, syllabus, blueprints) for bank, syllabus in syllabi)
        )
        with transaction.atomic():
            if has_changes:
                if not raise_bank_version(version):
                    continue
                syllabus_rows.write_blueprints(blueprints, now)
                for bank, syllabus in syllabi:
                    syllabus_rows.write_syllabus(bank.exam, syllabus)
                    bulk_write.write(bank.changes, bank.exam, now=now)
                gone_files.retire([known[code].question for code in result.retired], now)
            for name, sha256 in manifests.items():
                set_manifest(name, "" if result.faults else sha256)  # after faults, read again at the next start
        if has_changes:
            table_statistics.analyze(*table_statistics.BANK_TABLES)
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


def _assign(directory: Path, blueprints: list[BlueprintFile]) -> _BankDirectory:
    """Return the still empty contents of a directory, with its exam and collection.

    The name of a directory is that of the collection, and a blueprint names it. A directory of another name with a
    syllabus (a dump, a copy) is the bank of the default blueprint, or else of the first one. One without a syllabus
    belongs to no exam: a fault.
    """
    name, has_syllabus = directory.name, (directory / SYLLABUS).is_file()
    specs = [blueprint.spec for blueprint in blueprints]
    rows = Blueprint.objects.order_by("-origin", "code", "-version")  # shipped ones first
    specs += sorted((row.exam for row in rows), key=lambda spec: not spec.default)
    for spec in specs:
        if name in (*spec.collections, *spec.practice):
            return _BankDirectory(directory, spec.syllabus_code, name, True)
    if not specs:
        return _BankDirectory(directory, name.upper(), name, True)
    files = _BankDirectory(directory, specs[0].syllabus_code, specs[0].collections[0], False)
    if not has_syllabus:
        sentence = f"No blueprint names '{name}' under collections or practice. Name it there, or add a {SYLLABUS}."
        files.faults.append(Fault(name, None, "", sentence))
    return files


def _read(
    files: _BankDirectory, earlier: list[_BankDirectory], known: dict[str, StoredQuestion], *, all_files: bool
) -> None:
    """Read and check the files, also against the directories read before them.

    With `all_files`, read also those whose hash is that of the last load.
    """
    _read_syllabus(files, earlier)
    for path in question_yaml.question_files(files.directory):
        _read_question(path, files, earlier, {} if all_files else known)
    codes = {*known, *files.paths}.union(*(bank.paths for bank in earlier))
    files.drop(_ownership_faults(files, known))
    files.drop(list(same_items.faults(files.questions, known)))
    for question in list(files.questions.values()):
        files.drop(prerequisite_faults(question, files.syllabus, codes))
    files.faults.sort(key=lambda fault: (fault.file, fault.line or 0))


def syllabus_path(directory: Path) -> Path | None:
    """Return the syllabus of a bank directory, or else that of the directory beside it whose name begins its own."""
    own = directory / SYLLABUS
    if own.is_file():
        return own
    shared = [path for path in directory.parent.glob(f"*/{SYLLABUS}") if directory.name.startswith(path.parent.name)]
    return max(shared, key=lambda path: len(path.parent.name), default=None)


def _read_syllabus(files: _BankDirectory, earlier: list[_BankDirectory]) -> None:
    path = syllabus_path(files.directory)
    shared = [bank for bank in earlier if path == bank.directory / SYLLABUS and bank.exam == files.exam]
    if shared:
        files.syllabus = shared[0].syllabus  # without its faults, which are those of the other directory
    elif path:
        files.syllabus, faults = syllabus_file.read(path, SYLLABUS)
        files.faults += faults
        if files.syllabus:
            others = [bank.syllabus for bank in earlier if bank.syllabus and bank.exam != files.exam]
            faults = syllabus_rows.foreign_codes(files.exam, files.syllabus, others, SYLLABUS)
            files.faults += faults
            files.syllabus = None if faults else files.syllabus
            files.faults += overlap.check(files.directory, files.syllabus, OVERLAP)
    else:
        of_exam = (bank.syllabus for bank in earlier if bank.syllabus and bank.exam == files.exam)
        files.syllabus = next(of_exam, None) or stored_bank.syllabus(files.exam)
        if files.syllabus is None:
            sentence = f"The directory has no {SYLLABUS}, which questions need. Add it."
            files.faults.append(Fault(SYLLABUS, None, "", sentence))


def _read_question(
    path: Path, files: _BankDirectory, earlier: list[_BankDirectory], known: dict[str, StoredQuestion]
) -> None:
    code, name = path.stem, path.relative_to(files.directory).as_posix()
    for bank in (*earlier, files):
        if other := bank.paths.get(code):
            place = other.relative_to(files.directory if bank is files else bank.directory.parent).as_posix()
            sentence = f"The id '{code}' is also in {place}. Give each a unique id."
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
        faults = list(_read_pictures(question, files))
    if question and not faults:
        files.questions[code] = replace(question, collection=collection)
    files.faults += faults


def _read_pictures(question: QuestionContent, files: _BankDirectory) -> Iterator[Fault]:
    """Read the pictures of a question from the directory; yield a fault for each that is neither there nor stored."""
    names = picture_names(question) - set(files.pictures)
    for name in sorted(images.unknown(names) if names else ()):
        try:
            files.pictures[name] = checked_picture((files.directory / name).read_bytes(), name)
        except OSError as error:
            yield Fault(question.file, None, "", f"The picture {name} cannot be read: {error.strerror}.")
        except PictureError as error:
            yield Fault(question.file, None, "", f"{name}: {error}")


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
        elif code in known and known[code].question.syllabus != files.exam:
            yield Fault(name, 1, "id", f"The question '{code}' belongs to another exam. Rename one of them.")


def _compare(files: _BankDirectory, known: dict[str, StoredQuestion], result: LoadResult, *, theirs: bool) -> None:
    """Add what the load does to each question to the result, and collect the changes to write."""
    faulty = {Path(fault.file).stem for fault in files.faults}
    for code, sha256 in files.sha256.items():
        if code not in known:
            if code in files.questions:
                files.changes.append(_creation(files.questions[code], sha256))
                result.created.append(code)
        elif code not in faulty:
            change = _merge(known[code], files.questions.get(code), sha256, result, theirs=theirs)
            if change:
                files.changes.append(change)


def _plan_retirement(known: dict[str, StoredQuestion], result: LoadResult, directories: list[Path]) -> None:
    """Sort the questions without a file into those to retire and those that stay."""
    gone = [code for code in result.missing if gone_files.is_asked_as_shipped(known[code].question)]
    result.by_hand = gone_files.other_directories(known, directories) if gone else []
    result.retired = [] if result.by_hand else gone
    result.missing = [code for code in result.missing if code not in result.retired]


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
    return QuestionChange(question, content, PART_NAMES, after=after, wording=wording)


def _merge(
    ours: StoredQuestion, theirs_content: QuestionContent | None, sha256: str, result: LoadResult, *, theirs: bool
) -> QuestionChange | None:
    """Merge a stored question with its file, and add it to the result. Return the change to write, if any.

    `theirs_content` is None if the file is that of the last load.
    """
    question, code = ours.question, ours.question.code
    our_fields = fields(ours.content)
    file_fields = fields(theirs_content) if theirs_content else stored(question.base or {})
    merged = merge(question.base, our_fields, file_fields, take_theirs=theirs)
    if merged.kept:
        result.kept[code] = merged.kept
    if merged.conflicts:
        result.conflicts[code] = merged.conflicts
    if merged.taken:
        result.updated.append(code)
    elif not merged.kept:
        result.unchanged.append(code)
    if (question.base_sha, stored(question.base or {})) == (sha256, file_fields) and not merged.taken:
        return None
    conflict = {name: value for name, value in (question.conflict or {}).items() if name in merged.kept}
    conflict |= {name: file_fields[name] for name in merged.conflicts}
    question.base, question.base_sha, question.conflict = file_fields, sha256, conflict or None
    number = ours.content.revision
    if "wording" in merged.taken:
        number = max(theirs_content.revision if theirs_content else 1, ours.last_number + 1)
    content = from_fields(code, number, merged.values)
    if theirs_content and "wording" in merged.taken:
        content = replace(content, same_item=theirs_content.same_item)
    wording = bulk_write.changed_wording(ours, content, merged.taken, "loaded")
    if wording and "wording" in merged.taken:
        wording.revision.same_item_as = same_items.continued(ours, theirs_content, content)
    before = {name: our_fields[name] for name in merged.taken}
    after = {name: merged.values[name] for name in merged.taken}
    return QuestionChange(question, content, merged.taken, before, after, wording)
