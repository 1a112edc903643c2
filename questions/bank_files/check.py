"""Check a bank directory: faults and findings of its files, how far it can be guessed, its profile and coverage."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from questions.bank_files import glossary, overlap, question_yaml, study_pages
from questions.bank_files.load import syllabus_path
from questions.bank_files.reader_verdicts import reader_verdicts
from questions.content import syllabus as syllabus_file
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.picture_files import PictureError, checked_picture
from questions.content.pictures import DIRECTORY, picture_names
from questions.content.schema import Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint import profile as profile_file
from questions.lint.coverage import Coverage, measure_coverage
from questions.lint.guessing_strategies import StrategyResult, measure_strategies
from questions.lint.profile import ProfileMeasure, measure_profile
from questions.lint.rules import RULES, Context, E, Finding, Severity, field_line, lint


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """A finding in a file of the bank; `question` is empty for the syllabus and for study pages."""

    file: str
    question: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class BankCheck:
    """The report on a bank directory. `verdicts` counts what its readers answered, by the question to them."""

    name: str
    findings: tuple[LocatedFinding, ...]
    strategies: tuple[StrategyResult, ...]
    coverage: Coverage
    profile: tuple[ProfileMeasure, ...]
    verdicts: Mapping[str, Mapping[str, int]]

    @property
    def passes(self) -> bool:
        """Whether the bank has no error and no unwaived warning."""
        return all(row.finding.severity is Severity.INFO for row in self.findings)


def check(
    directory: Path, today: datetime.date, weights: Mapping[int, int] | None = None, *, in_exams: bool = False
) -> BankCheck:
    """Read and check a bank directory. `weights` are the target percents by exam domain.

    A directory without a syllabus uses that of the directory beside it. With `in_exams`, the rules for questions that
    exams draw on apply as well.
    """
    findings: list[LocatedFinding] = []
    syllabus: Syllabus | None = None
    shared = syllabus_path(directory)
    if shared:
        syllabus, faults = syllabus_file.read(shared)
        findings += [_located(fault, "", "file") for fault in faults]
    questions: list[QuestionContent] = []
    for path in question_yaml.question_files(directory):
        question, faults = question_yaml.read(path)
        findings += [_located(fault, path.stem, "file") for fault in faults]
        if question is not None:
            questions.append(question)
            findings += [_located(fault, question.id, "file-form") for fault in _form_faults(path, question)]
    in_use = [question for question in questions if question.status != "retired"]
    findings += [
        LocatedFinding(question.file, question.id, finding)
        for question, finding in _cross_checks(questions, _files_beside(directory, shared))
    ]
    findings += [_located(fault, Path(fault.file).stem, "picture") for fault in _picture_faults(directory, questions)]
    context = Context(today, syllabus, NearDuplicateIndex(in_use), in_exams=in_exams)
    for question in in_use:
        findings += [LocatedFinding(question.file, question.id, finding) for finding in lint(question, context)]
    findings += [_located(fault, "", "study-page") for fault in study_pages.check(directory, syllabus)]
    findings += [_located(fault, "", "glossary") for fault in glossary.check(directory, syllabus)]
    findings += [_located(fault, "", "overlap") for fault in overlap.check(directory, syllabus)]
    profile, faults = profile_file.read_directory(directory)
    findings += [_located(fault, "", "profile") for fault in faults]
    return BankCheck(
        directory.resolve().name,
        tuple(findings),
        tuple(measure_strategies(in_use)),
        measure_coverage(in_use, syllabus, weights),
        measure_profile(in_use, profile),
        reader_verdicts(directory, (question.id for question in in_use)),
    )


def _located(fault: Fault, question: str, rule: str) -> LocatedFinding:
    return LocatedFinding(fault.file, question, Finding(rule, E, fault.field, fault.sentence, fault.line))


def _form_faults(path: Path, question: QuestionContent) -> list[Fault]:
    """Return faults of a file whose form or place would change when the bank is written."""
    faults = []
    fault = question_yaml.form_fault(path.read_bytes().decode("utf-8"), question, str(path))
    if fault:
        faults.append(fault)
    wanted = question_yaml.path_in_bank(question)
    if f"{path.parent.name}/{path.name}" != wanted:
        faults.append(Fault(str(path), 1, "task", f"The file belongs to {wanted}. Move it there."))
    return faults


def _picture_faults(directory: Path, questions: Sequence[QuestionContent]) -> Iterator[Fault]:
    """Yield a fault for each picture that is missing, is none, or belongs to no question."""
    shown: set[str] = set()
    for question in questions:
        names = picture_names(question)
        shown |= names
        for name in sorted(names):
            try:
                checked_picture((directory / name).read_bytes(), name)
            except OSError:
                yield Fault(question.file, 1, "", f"The picture {name} is missing. Draw it with `make figures`.")
            except PictureError as error:
                yield Fault(question.file, 1, "", f"{name}: {error}")
    for path in sorted((directory / DIRECTORY).glob("*")):
        if f"{DIRECTORY}{path.name}" not in shown:
            yield Fault(str(path), None, "", "No question shows this picture. Remove it.")


def _files_beside(directory: Path, syllabus: Path | None) -> list[Path]:
    """Return the question files of the other directories with this syllabus: their ids must differ."""
    if syllabus is None:
        return []
    directory = directory.resolve()
    banks = [path for path in directory.parent.glob(f"{syllabus.resolve().parent.name}*/") if path != directory]
    return [
        file
        for bank in banks
        if syllabus_path(bank) == syllabus.resolve()
        for file in question_yaml.question_files(bank)
    ]


def _cross_checks(
    questions: Sequence[QuestionContent], files_beside: Sequence[Path]
) -> Iterator[tuple[QuestionContent, Finding]]:
    """Yield findings between questions: ids used twice, unknown enemies and waivers."""
    files = defaultdict(list)
    for path in files_beside:
        files[path.stem].append(str(path))
    for question in questions:
        files[question.id].append(question.file)
    for question in questions:
        for other in files[question.id]:
            if other != question.file:
                yield question, _error(question, "id-twice", "id", f"The id is also in {other}. Give each a unique id.")
        for number, enemy in enumerate(question.enemies, 1):
            if enemy == question.id or enemy not in files:
                sentence = f"The enemy '{enemy}' is not another question of the bank. Correct the id."
                yield question, _error(question, "unknown-enemy", f"enemies.{number}", sentence)
        for number, waiver in enumerate(question.waivers, 1):
            if waiver.rule not in RULES:
                sentence = f"There is no rule '{waiver.rule}' to waive. Correct its name, or remove the waiver."
                yield question, _error(question, "unknown-waiver", f"waivers.{number}.rule", sentence)


def _error(question: QuestionContent, rule: str, field: str, sentence: str) -> Finding:
    return Finding(rule, E, field, sentence, field_line(question, field))
