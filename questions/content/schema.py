"""The content of a question as plain values, shared by files, forms, rows and lint; and faults of files (no Django).

Readers of a format return contents and faults, writers take contents. Texts are in the Markdown subset of
`questions.content.markdown`, with `\\n` as line end and no blank lines at either end (see `tidy`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from string import ascii_uppercase
from typing import Annotated

from questions.content.declarations import (
    Approval,
    Choice,
    Day,
    InFile,
    Line,
    Part,
    Points,
    Prose,
    Store,
    Whole,
    Word,
)

STATUSES = ("draft", "review", "pilot", "live", "retired")
MULTIPLE_CHOICE = "multiple-choice"
MULTIPLE_RESPONSE = "multiple-response"
KINDS = (MULTIPLE_CHOICE, MULTIPLE_RESPONSE)
ASKS = ("service", "technique", "diagnosis", "computation", "setting")  # what the decision of a question is about
TEXTBOOK_PLACES = ("key", "distractor", "absent")  # where the textbook answer is among the options
ASKABLE_STATUSES = ("pilot", "live")  # new forms draw from these
PUBLISHED_STATUSES = ("pilot", "live", "retired")  # these have a published wording
MAX_OPTIONS = 30  # ticks are stored as bits of one integer
MAX_ENEMIES = 50  # each is a row, and thousands would be written while candidates wait for their saves
LETTERS = f"{ascii_uppercase}abcdef"  # of options, by position or by bit
MAX_BIT = MAX_OPTIONS - 1  # bits count from 0
MIN_LIVE_RATING, MAX_LIVE_RATING = 5, 97  # percent: the ratings with which a question may be asked
DEFAULT_RATING = 70  # percent, for a question that nobody rated; `raters` stays 0

Slug = Annotated[str, Word(re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*"), "use small letters, digits and single hyphens")]
TaskCode = Annotated[str, Word(re.compile(r"[0-9]+\.[0-9]+"), 'write it as "3.4"')]
PointCode = Annotated[str, Word(re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*"), "use letters, digits, periods and hyphens")]
_OptionCode = Annotated[str, Word(re.compile(r"[a-z0-9]{1,20}"), "use a few small letters or digits")]
MAX_TAGS, MAX_TAG_CHARS = 20, 40
_TAG = re.compile(rf"[^\s,;](?:[^\n\r,;]{{0,{MAX_TAG_CHARS - 2}}}[^\s,;])?")
Tag = Annotated[str, Word(_TAG, "use at most 40 characters, without commas", spaced=True)]
WebAddress = Annotated[
    str, Line(re.compile(r"https?://[^\s/\"<>]+\.[^\s\"<>]+"), "write a complete address that begins with https://")
]

_PLACE = Part("place in the syllabus", Store.OWN, name="place", approval=Approval.DRAWN)
_WORDING = Part("stem, options and key", Store.WORDING, name="wording", approval=Approval.SHOWN)


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

    id: Annotated[_OptionCode, InFile(twice="Two options have the id '{}'. Give each a unique id.", names_row=True)]
    correct: bool
    text: Annotated[str, Prose()]
    rationale: Annotated[
        str, Prose(), Part("rationales", Store.COMMENTARY, name="rationales", approval=Approval.SHOWN)
    ] = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that supports the key. `checked` is the ISO date on which it was read, or None."""

    title: str
    url: WebAddress
    checked: Annotated[str, Day()] | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A lint rule that this question may break, and why."""

    rule: Slug
    reason: Annotated[str, Line(blank="A waiver needs a reason. Explain why the rule does not apply.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionContent:
    """The content of one question, in the order of its file.

    The syllabus place is either `task` and `topic`, or `exam_domain` alone (no topic assigned). `rating` is in
    percent, `worth` in hundredths of a point; with `partial`, a partly right answer earns a share of it. Both count in
    exams that are scored in percent. Without `shuffle`, all candidates see the options in their order here. `tags` are
    free labels. `same_item` says that the revision corrects the spelling of the one before. `accepted` are the ids of
    the options that make a second right answer beside the key, as a key ruling decided.
    `collection` is empty in formats whose folder names it. `lines` maps field paths to lines of the file. `file` and
    `lines` do not take part in equality.

    Each field declares what is true of it (`questions.content.declarations`). Readers, writers, merge, history, forms
    and tables derive their lists from here, so a new field needs this line, its column and a migration.
    """

    id: Slug = field(kw_only=False)
    revision: Annotated[int, Whole(1), InFile(required=True)] = 1
    same_item: bool = False
    status: Annotated[
        str, Choice(STATUSES), InFile(required=True),
        Part("status", Store.OWN, approval=Approval.SHOWN, compared=False, imported=False),
    ] = "draft"  # fmt: skip
    task: Annotated[TaskCode | None, _PLACE] = None
    exam_domain: Annotated[int | None, Whole(1, 99), _PLACE] = None
    topic: Annotated[Slug | None, _PLACE] = None
    points: Annotated[tuple[PointCode, ...], InFile(always=True), Part("syllabus points", Store.OWN)] = ()
    kind: Annotated[str, Choice(KINDS), InFile(required=True), _WORDING] = MULTIPLE_CHOICE
    rating: Annotated[
        int | None, Whole(1, 99),
        Part("rating", Store.OWN, approval=Approval.SHOWN, needed="a rating", compared=False),
    ] = None  # fmt: skip
    ask: Annotated[str | None, Choice(ASKS), Part("decision", Store.FACT)] = None
    default: Annotated[str | None, Choice(TEXTBOOK_PLACES), Part("textbook answer", Store.FACT)] = None
    enemies: Annotated[
        tuple[Slug, ...], InFile(always=True),
        Part("questions that must not meet", Store.OWN, approval=Approval.DRAWN),
    ] = ()  # fmt: skip
    waivers: Annotated[tuple[Waiver, ...], Part("kept warnings", Store.OWN, compared=False)] = ()
    as_of: Annotated[str | None, Day(), Part("facts checked on", Store.FACT, needed="the date of the facts")] = None
    worth: Annotated[int, Points(), Part("points for a right answer", Store.FACT, approval=Approval.SHOWN)] = 100
    partial: Annotated[bool, Part("partial credit", Store.FACT, approval=Approval.SHOWN)] = False
    shuffle: Annotated[bool, Part("options in random order", Store.FACT, approval=Approval.SHOWN)] = True
    tags: Annotated[tuple[Tag, ...], Part("tags", Store.FACT, approval=Approval.DRAWN)] = ()
    license: Annotated[str | None, Word(), Part("license", Store.FACT, needed="a license")] = None
    stem: Annotated[str, Prose(), _WORDING] = field(kw_only=False)
    options: Annotated[
        tuple[OptionContent, ...], InFile(least=2, too_few="A question needs at least two options."), _WORDING
    ] = field(kw_only=False)
    explanation: Annotated[
        str, Prose(), Part("explanation", Store.COMMENTARY, approval=Approval.SHOWN)
    ] = ""  # fmt: skip
    references: Annotated[
        tuple[Reference, ...], Part("references", Store.COMMENTARY, approval=Approval.SHOWN)
    ] = ()  # fmt: skip
    accepted: Annotated[
        tuple[_OptionCode, ...], Part("second answer that is accepted", Store.COMMENTARY, approval=Approval.SHOWN)
    ] = ()  # fmt: skip
    collection: Annotated[
        str, InFile(absent=True), Part("collection", Store.FACT, approval=Approval.DRAWN, imported=False)
    ] = ""  # fmt: skip
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
    def is_accepted_possible(self) -> bool:
        """Whether candidates could give the second answer: other options than the key, and as many."""
        ids, keys = {option.id for option in self.options}, {option.id for option in self.keys}
        return set(self.accepted) <= ids and len(set(self.accepted)) == len(keys) and set(self.accepted) != keys

    @property
    def is_true_false(self) -> bool:
        """Whether the stem is a statement, and the two options are True and False."""
        words = sorted(option.text.strip().strip(".").lower() for option in self.options)
        return words == ["false", "true"] and len(self.keys) == 1


def is_live_rating(rating: int | None) -> bool:
    """Return whether a question with this rating may be asked."""
    return rating is not None and MIN_LIVE_RATING <= rating <= MAX_LIVE_RATING


def is_tag(text: str) -> bool:
    """Return whether a text can be a tag."""
    return bool(_TAG.fullmatch(text))


def option_letters(content: QuestionContent) -> dict[str, str]:
    """Return the letters of the options by id, in the authored order, as on all pages for staff."""
    return dict(zip((option.id for option in content.options), letters_by_place(), strict=False))


def letters_by_place() -> Iterator[str]:
    """Return the letters of options, and then numbers: a file or a form may have more options than a question can."""
    return chain(LETTERS, map(str, count(len(LETTERS) + 1)))


def tidy(text: str) -> str:
    """Return the text with `\\n` as line end and without blank lines at either end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
