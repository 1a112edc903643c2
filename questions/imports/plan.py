"""The plan of an import as plain values: its settings, the outcome of each question, and what to write."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from questions.content.picture_files import PictureFile
from questions.content.schema import DEFAULT_RATING, Fault, QuestionContent
from questions.formats.parsed import ParsedQuestion

CREATED, UPDATED, UNCHANGED, SKIPPED, WAITING, REFUSED = OUTCOMES = (
    "created", "updated", "unchanged", "skipped", "waiting", "refused"
)  # fmt: skip
LEFT_OUT = (REFUSED, WAITING)  # outcomes that prevent the import of the whole file

type Difference = tuple[tuple[str, str, str], ...]  # field, text in the bank, text in the file


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """Values for the whole file, used where the file has none.

    `as_of` is an ISO date. `mapping` gives the number of the exam domain for names used in the file. With
    `new_revisions`, another text under a known id becomes a new revision of the question. `as_new` has the numbers of
    the questions of the file that become new questions although the bank has them. With `keep_live`, new questions that
    the file calls live skip the review. With `full_credit_only`, questions with other partial credit than ours are
    taken without it. `columns` says what columns of a table are, by their names in the file. Only `by_approver` changes
    what candidates get at once, and adds to the collections of the shipped bank.
    """

    exam: str
    exam_domain: int | None = None
    topic: str | None = None
    rating: int = DEFAULT_RATING
    license: str = ""
    as_of: str | None = None
    collection: str = "local"
    mapping: Mapping[str, int] = field(default_factory=dict)
    new_revisions: bool = False
    as_new: tuple[int, ...] = ()
    keep_live: bool = False
    full_credit_only: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    by_approver: bool = True


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """The outcome of one question of the file; `outcome` is one of OUTCOMES.

    `reasons` explain a refusal, `warnings` name what the bank does not show as the file does, `notes` are for
    information. `code` is the id in the bank. `difference` compares what changes with the question of the bank.
    """

    number: int
    line: int | None
    name: str
    outcome: str
    code: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    difference: Difference = ()
    near_duplicate: bool = False
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as plain values, without empty ones."""
        values = {
            "number": self.number,
            "line": self.line,
            "name": self.name,
            "what": self.outcome,
            "code": self.code,
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "difference": [{"field": name, "here": ours, "file": theirs} for name, ours, theirs in self.difference],
            "alike": self.near_duplicate,
        }
        return {key: value for key, value in values.items() if value not in ("", [], None, False)}


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """A question to write.

    `fields` are those of `parts.PART_NAMES` that change, `lock_version` is that of the row that the plan is based on
    (None for a new question), `number` is the number of the question in the file.
    """

    content: QuestionContent
    fields: tuple[str, ...]
    lock_version: int | None = None
    number: int = 0


@dataclass(slots=True)
class ImportPlan:
    """The plan for a whole file, or the `faults` that prevent the import.

    `warnings` are about how the file was read. `pictures` are those of the file that the bank does not have.
    `unknown_domains` are names of exam domains to be mapped, `mapped_domains` those already mapped. `without_domain`
    counts the questions without one, `other_credit` those with other partial credit than ours, `unread_columns` has the
    names of columns that are not imported.
    """

    format: str
    settings: ImportSettings
    outcomes: list[QuestionOutcome] = field(default_factory=list)
    planned: list[PlannedQuestion] = field(default_factory=list)
    pictures: list[PictureFile] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    unknown_domains: tuple[str, ...] = ()
    mapped_domains: tuple[str, ...] = ()
    without_domain: int = 0
    other_credit: int = 0
    unread_columns: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the number of questions by outcome."""
        counter = Counter(outcome.outcome for outcome in self.outcomes)
        return {name: counter[name] for name in OUTCOMES}

    def live_count(self) -> int:
        """Return the number of new questions that candidates can get at once."""
        return sum(question.content.status == "live" and question.lock_version is None for question in self.planned)

    def left_out(self) -> list[QuestionOutcome]:
        """Return the outcomes that prevent the import of the whole file."""
        return [outcome for outcome in self.outcomes if outcome.outcome in LEFT_OUT]

    def summary(self) -> dict[str, Any]:
        """Return what is true of the whole file as plain values."""
        return {
            "counts": self.counts(),
            "faults": [str(fault) for fault in self.faults],
            "warnings": list(self.warnings),
            "unknown_domains": list(self.unknown_domains),
            "without_domain": self.without_domain,
        }


@dataclass(slots=True)
class FileQuestion:
    """A question of the file during planning; `has_place` if the file itself names the exam domain.

    `is_live` if it is to stay live, as the file says. `place_missing` says why the question has no exam domain: then
    only the one of the bank can be used.
    """

    parsed: ParsedQuestion
    content: QuestionContent
    fingerprint: bytes
    notes: list[str]
    has_place: bool
    place_missing: str = ""
    is_live: bool = False


def question_outcome(
    parsed: ParsedQuestion,
    outcome: str,
    code: str,
    reasons: Iterable[str],
    notes: Iterable[str],
    difference: Difference = (),
) -> QuestionOutcome:
    """Return the outcome of a parsed question."""
    return QuestionOutcome(
        parsed.number, parsed.line, parsed.name, outcome, code, tuple(reasons), tuple(notes), difference
    )


def plan_json(format: str, summary: Mapping[str, Any], outcomes: Iterable[QuestionOutcome]) -> dict[str, Any]:
    """Return a plan as plain values, for `import_questions --json` and the page of a checked file."""
    shown = ("counts", "faults", "warnings", "unknown_domains", "without_domain")
    questions = [outcome.as_json() for outcome in outcomes]
    return {"format": format, **{name: summary[name] for name in shown}, "questions": questions}
