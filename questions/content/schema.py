"""The content of a question as plain values, shared by files, forms, rows and lint; and faults of files (no Django).

Readers of a format return contents and faults, writers take contents. Texts are in the Markdown subset of
`questions.content.markdown`, with `\\n` as line end and no blank lines at either end (see `tidy`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_uppercase

STATUSES = ("draft", "review", "pilot", "live", "retired")
MULTIPLE_CHOICE = "multiple-choice"
MULTIPLE_RESPONSE = "multiple-response"
KINDS = (MULTIPLE_CHOICE, MULTIPLE_RESPONSE)
ASKS = ("service", "technique", "diagnosis", "computation", "setting")  # what the decision of a question is about
DEFAULTS = ("key", "distractor", "absent")  # where the textbook answer is among the options
ASKABLE_STATUSES = ("pilot", "live")  # new forms draw from these
PUBLISHED_STATUSES = ("pilot", "live", "retired")  # these have a published wording
MAX_OPTIONS = 30  # ticks are stored as bits of one integer
MIN_LIVE_RATING, MAX_LIVE_RATING = 5, 97  # percent: the ratings with which a question may be asked


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason why a file cannot be read: where it is, and what to do.

    `line` counts from 1 and is None in formats without lines; `field` is a dotted path such as
    `options.b.rationale` (the authored id of the option) or `references.2.url` (from 1).
    """

    file: str
    line: int | None
    field: str
    sentence: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.sentence}" if self.field else f"{place}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class OptionContent:
    """One option. `id` is the authored code, not a position."""

    id: str
    correct: bool
    text: str
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that supports the key. `checked` is the ISO date on which it was read, or None."""

    title: str
    url: str
    checked: str | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A lint rule that this question may break, and why."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class QuestionContent:
    """The content of one question.

    The syllabus place is either `task` and `topic`, or `exam_domain` alone (no topic assigned). `rating` is in
    percent, `ask` one of ASKS, `default` one of DEFAULTS, `as_of` an ISO date. `collection` is empty in formats whose
    folder names it. `lines` maps field paths to lines of the file. `file` and `lines` do not take part in equality.
    """

    id: str
    stem: str
    options: tuple[OptionContent, ...]
    kind: str = MULTIPLE_CHOICE
    revision: int = 1
    status: str = "draft"
    task: str | None = None
    exam_domain: int | None = None
    topic: str | None = None
    points: tuple[str, ...] = ()
    rating: int | None = None
    ask: str | None = None
    default: str | None = None
    enemies: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    as_of: str | None = None
    license: str | None = None
    explanation: str = ""
    references: tuple[Reference, ...] = ()
    collection: str = ""
    file: str = field(default="", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def keys(self) -> tuple[OptionContent, ...]:
        """The correct options, in the authored order."""
        return tuple(option for option in self.options if option.correct)

    @property
    def distractors(self) -> tuple[OptionContent, ...]:
        """The options that are not correct, in the authored order."""
        return tuple(option for option in self.options if not option.correct)

    @property
    def is_true_false(self) -> bool:
        """Whether the stem is a statement, and the two options are True and False."""
        words = sorted(option.text.strip().strip(".").lower() for option in self.options)
        return words == ["false", "true"] and len(self.keys) == 1


def option_letters(content: QuestionContent) -> dict[str, str]:
    """Return the letters of the options by id, in the authored order, as on all pages for staff."""
    return dict(zip((option.id for option in content.options), ascii_uppercase, strict=False))


def tidy(text: str) -> str:
    """Return the text with `\\n` as line end and without blank lines at either end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
