"""The lint: rules, findings, and the check of a question by all rules.

A rule is a pure function with a stable name. It takes a question and a context, and yields pairs of field path and
sentence. Its docstring is its definition. An error (E) blocks approval, a warning (W) needs a waiver with a reason, a
note (I) informs.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from questions.content.house_rules import STRICT, HouseRules
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import QuestionContent, option_letters
from questions.content.syllabus import Syllabus


class Severity(StrEnum):
    """The severity of a finding."""

    ERROR = "E"
    WARNING = "W"
    INFO = "I"


E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741 - the letters of the rules


@dataclass(frozen=True)
class Context:
    """What a rule may use in addition to the question.

    `installed` is true for questions written or imported in an installation, where a few rules of the shipped bank only
    warn. `in_exams` is true for questions of a shipped collection that exams draw on; the rules of
    `questions.lint.exam_style` apply to them only. `unknown_pictures` are names in the question that are not stored.
    `house` has the rules of the collection: rules that are off there find nothing.
    Rules that need a syllabus or the other questions yield nothing without them.
    """

    today: datetime.date
    syllabus: Syllabus | None = None
    near_duplicates: NearDuplicateIndex | None = None
    installed: bool = False
    in_exams: bool = False
    unknown_pictures: frozenset[str] = frozenset()
    house: HouseRules = STRICT


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule: the field (dotted path), a sentence, the line in a file, and the letter of the option."""

    rule: str
    severity: Severity
    field: str
    sentence: str
    line: int | None = None
    letter: str = ""

    @property
    def located(self) -> str:
        """The sentence with the option that it is about, for pages without a link to the field."""
        return f"Option {self.letter}: {self.sentence}" if self.letter else self.sentence


type Findings = Iterator[tuple[str, str]]  # field path and sentence
type Check = Callable[[QuestionContent, Context], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check; `installed` is its severity in an installation."""

    name: str
    severity: Severity
    installed: Severity
    definition: str
    check: Check


RULES: dict[str, Rule] = {}


def definition_of(rule: str) -> str:
    """Return what a rule demands, for people; of a former rule its name."""
    return RULES[rule].definition if rule in RULES else rule


def rule(name: str, severity: Severity, installed: Severity | None = None) -> Callable[[Check], Check]:
    """Register a check under its name."""

    def register(check: Check) -> Check:
        RULES[name] = Rule(name, severity, installed or severity, " ".join((check.__doc__ or "").split()), check)
        return check

    return register


def lint(question: QuestionContent, context: Context) -> list[Finding]:
    """Return all findings on a question, errors first, without the warnings and notes that it waives."""
    waived = {waiver.rule for waiver in question.waivers}
    findings: list[Finding] = []
    letters = option_letters(question)
    for known in RULES.values():
        severity = known.installed if context.installed else known.severity
        if severity is not E and known.name in waived:
            continue
        if not context.house.applies(known.name, severity):
            continue
        for field, sentence in known.check(question, context):
            letter = letters.get(field.split(".")[1], "") if field.startswith("options.") else ""
            findings.append(Finding(known.name, severity, field, sentence, field_line(question, field), letter))
    return sorted(findings, key=lambda finding: "EWI".index(finding.severity))


def field_line(question: QuestionContent, field: str) -> int | None:
    """Return the line of a field, or of the nearest enclosing field that has one; of a missing field, the first."""
    while field and field not in question.lines:
        field = field.rpartition(".")[0]
    return question.lines.get(field, 1 if question.lines else None)
