"""What an import would do, as plain values: the settings of the file, the outcome of each question, what to write."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from questions.content.schema import Fault, QuestionContent
from questions.formats.parsed import ParsedQuestion

CREATED, UPDATED, UNCHANGED, SKIPPED, REFUSED = WHAT = ("created", "updated", "unchanged", "skipped", "refused")
RATING = 70  # of a question that nobody has rated; raters stay 0


@dataclass(frozen=True, slots=True)
class Settings:
    """What one form says for the whole file, where the file does not say it itself.

    `as_of` is the ISO date on which its facts were checked. `mapping` gives the number of the exam domain for what
    the file calls it. With `new_revisions`, an id with another text becomes a new revision of the question.
    """

    exam: str
    exam_domain: int | None = None
    topic: str | None = None
    rating: int = RATING
    license: str = ""
    as_of: str | None = None
    collection: str = "local"
    mapping: Mapping[str, int] = field(default_factory=dict)
    new_revisions: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one question of the file. `reasons` say why not, `notes` what to know; `code` is its id here.

    `difference` has field, what stands here and what the file says, where an id has another text. `alike` says that
    another question is nearly the same.
    """

    number: int
    line: int | None
    name: str
    what: str
    code: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    difference: tuple[tuple[str, str, str], ...] = ()
    alike: bool = False

    def as_json(self) -> dict[str, Any]:
        """The outcome as plain values, without empty ones."""
        said = {
            "number": self.number, "line": self.line, "name": self.name, "what": self.what, "code": self.code,
            "reasons": list(self.reasons), "notes": list(self.notes),
            "difference": [{"field": name, "here": ours, "file": theirs} for name, ours, theirs in self.difference],
            "alike": self.alike,
        }  # fmt: skip
        return {key: value for key, value in said.items() if value not in ("", [], None, False)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A question to write: `fields` (of `merge.FIELDS`) change; `lock_version` is that of the row it is based on."""

    draft: QuestionContent
    fields: tuple[str, ...]
    lock_version: int | None = None
    number: int = 0  # of the question in the file


@dataclass(slots=True)
class Plan:
    """The whole file: `faults` where it cannot be read, `unknown` what it calls exam domains that are not known.

    `unplaced` counts the questions for which the file names no exam domain.
    """

    format: str
    settings: Settings
    outcomes: list[Outcome] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    unknown: tuple[str, ...] = ()
    unplaced: int = 0

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
            "without_domain": self.unplaced,
            "questions": [each.as_json() for each in self.outcomes],
        }


@dataclass(slots=True)
class Row:
    """A question of the file on its way."""

    found: ParsedQuestion
    draft: QuestionContent
    content: bytes
    notes: list[str]
    has_place: bool  # the file itself says the exam domain
    alike: bool = False


def outcome_of(
    found: ParsedQuestion,
    what: str,
    code: str,
    reasons: Iterable[str],
    notes: Iterable[str],
    difference: tuple[tuple[str, str, str], ...] = (),
) -> Outcome:
    """The outcome of a question that was found in a file."""
    return Outcome(found.number, found.line, found.name, what, code, tuple(reasons), tuple(notes), difference)
