"""What a rule, a finding and a context are, and how a question is checked by all rules.

A rule is a pure function with a stable name: it takes a draft and a context and gives pairs of
field path and sentence. Its docstring is its definition. E blocks approval, W needs a waiver with
a reason, I informs.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import QuestionContent
from questions.content.syllabus import Syllabus


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "E"
    WARNING = "W"
    INFO = "I"


E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741 - the letters of the rule book


@dataclass(frozen=True)
class Context:
    """What a rule may know beside the question.

    `installed` is true for questions written or imported in an installation, where a few rules
    of the shipped bank only warn. Without a syllabus or other questions, the rules that need them
    are silent.
    """

    today: datetime.date
    syllabus: Syllabus | None = None
    near_duplicates: NearDuplicateIndex | None = None
    installed: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold: the field (dotted path), a sentence, and the line in a file."""

    rule: str
    severity: Severity
    field: str
    sentence: str
    line: int | None = None


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


def rule(name: str, severity: Severity, installed: Severity | None = None) -> Callable[[Check], Check]:
    """Registers a check under its name."""

    def register(check: Check) -> Check:
        RULES[name] = Rule(name, severity, installed or severity, " ".join((check.__doc__ or "").split()), check)
        return check

    return register


def lint(draft: QuestionContent, context: Context) -> list[Finding]:
    """All findings on a question, errors first; warnings and notes that it waives are left out."""
    waived = {waiver.rule for waiver in draft.waivers}
    findings: list[Finding] = []
    for each in RULES.values():
        severity = each.installed if context.installed else each.severity
        if severity is not E and each.name in waived:
            continue
        for field, sentence in each.check(draft, context):
            findings.append(Finding(each.name, severity, field, sentence, _line(draft, field)))
    return sorted(findings, key=lambda finding: "EWI".index(finding.severity))


def _line(draft: QuestionContent, field: str) -> int | None:
    """The line of a field, or of the nearest field around it that has one."""
    while field and field not in draft.lines:
        field = field.rpartition(".")[0]
    return draft.lines.get(field)
