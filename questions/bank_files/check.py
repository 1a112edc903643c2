"""A whole bank directory: faults and findings of its files, how it can be guessed, and what it covers."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from questions.bank_files import question_yaml, study_pages
from questions.content import syllabus as syllabus_file
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint.coverage import Coverage, measure_coverage
from questions.lint.rules import RULES, Context, E, Finding, Severity, lint
from questions.lint.strategies import StrategyResult, measure_strategies


@dataclass(frozen=True, slots=True)
class Located:
    """A finding in a file of the bank; `question` is empty for the syllabus and for study pages."""

    file: str
    question: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class BankReport:
    """All that can be said about a bank directory."""

    found: tuple[Located, ...]
    strategies: tuple[StrategyResult, ...]
    coverage: Coverage

    @property
    def passes(self) -> bool:
        """Whether no error and no unwaived warning is left."""
        return all(each.finding.severity is Severity.INFO for each in self.found)


def check(directory: Path, today: datetime.date, weights: Mapping[int, int] | None = None) -> BankReport:
    """Reads and checks a bank directory; `weights` are the wanted percents by exam domain."""
    found: list[Located] = []
    syllabus: Syllabus | None = None
    place = directory / "syllabus.yaml"
    if place.exists():
        syllabus, faults = syllabus_file.read(place)
        found += [_located(fault, "", "file") for fault in faults]
    drafts: list[QuestionContent] = []
    for path in question_yaml.question_files(directory):
        draft, faults = question_yaml.read(path)
        found += [_located(fault, path.stem, "file") for fault in faults]
        if draft is not None:
            drafts.append(draft)
            found += [_located(fault, draft.id, "file-form") for fault in _form(path, draft)]
    used = [draft for draft in drafts if draft.status != "retired"]
    found += [Located(draft.file, draft.id, finding) for draft, finding in _between(drafts)]
    context = Context(today, syllabus, NearDuplicateIndex(used))
    for draft in used:
        found += [Located(draft.file, draft.id, finding) for finding in lint(draft, context)]
    found += [_located(fault, "", "study-page") for fault in study_pages.check(directory, syllabus)]
    return BankReport(tuple(found), tuple(measure_strategies(used)), measure_coverage(used, syllabus, weights))


def _located(fault: Fault, question: str, rule: str) -> Located:
    return Located(fault.file, question, Finding(rule, E, fault.field, fault.sentence, fault.line))


def _form(path: Path, draft: QuestionContent) -> list[Fault]:
    """A file in another form or place would not come back unchanged when the bank is written."""
    faults = []
    fault = question_yaml.form_fault(path.read_bytes().decode("utf-8"), draft, str(path))
    if fault:
        faults.append(fault)
    if f"{path.parent.name}/{path.name}" != question_yaml.place(draft):
        faults.append(Fault(str(path), 1, "task", f"The file belongs to {question_yaml.place(draft)}. Move it there."))
    return faults


def _between(drafts: Iterable[QuestionContent]) -> Iterable[tuple[QuestionContent, Finding]]:
    """What only shows between questions: ids given twice, enemies and waivers that name nothing."""
    drafts = list(drafts)
    files = defaultdict(list)
    for draft in drafts:
        files[draft.id].append(draft.file)
    for draft in drafts:
        for other in files[draft.id]:
            if other != draft.file:
                yield (
                    draft,
                    _error(draft, "id-twice", "id", f"The id stands in {other} too. Give each its own."),
                )
        for number, enemy in enumerate(draft.enemies, 1):
            if enemy == draft.id or enemy not in files:
                sentence = f"The enemy '{enemy}' is not another question of the bank. Correct the id."
                yield draft, _error(draft, "unknown-enemy", f"enemies.{number}", sentence)
        for number, waiver in enumerate(draft.waivers, 1):
            if waiver.rule not in RULES:
                sentence = f"There is no rule '{waiver.rule}' to waive. Correct its name, or remove the waiver."
                yield draft, _error(draft, "unknown-waiver", f"waivers.{number}.rule", sentence)


def _error(draft: QuestionContent, rule: str, field: str, sentence: str) -> Finding:
    return Finding(rule, E, field, sentence, draft.lines.get(field) or draft.lines.get(field.split(".")[0]))
