"""What classes of content declare about their fields, for all that read, write, merge and store them (no Django).

A field says by its annotation what it is in a file: `Annotated[str, Word(_SLUG, "use small letters")]`. Without such a
form, a `str` is a Line, an `int` a Whole, a `float` a Number, a `bool` a TrueFalse. The fields of a question also
name their Part.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Text:
    """A text. `problem` is a sentence on why a value is not such a text, "" if it is."""

    def problem(self, value: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Line(Text):
    """A text on one line. `hint` says what the pattern allows, `blank` is the sentence about white space alone."""

    pattern: re.Pattern[str] | None = None
    hint: str = ""
    blank: str = ""

    def problem(self, value: str) -> str:
        if self.pattern and not self.pattern.fullmatch(value):
            return f"'{value[:60]}' is not allowed here: {self.hint}."
        return "" if value.strip() else self.blank


@dataclass(frozen=True, slots=True)
class Word(Line):
    """A code, or a `spaced` name of several words."""

    spaced: bool = False


@dataclass(frozen=True, slots=True)
class Prose(Text):
    """Markdown, which is not empty if a file has to contain it."""


@dataclass(frozen=True, slots=True)
class Day(Text):
    """An ISO date, as text."""

    def problem(self, value: str) -> str:
        try:
            possible = len(value) == 10 and date.fromisoformat(value)
        except ValueError:
            possible = False
        return "" if possible else f"'{value[:60]}' is not a date. Write it as \"2026-11-25\"."


@dataclass(frozen=True, slots=True)
class Choice(Text):
    """One of a few words."""

    values: Sequence[str]

    def problem(self, value: str) -> str:
        return "" if value in self.values else f"'{value[:60]}' is not one of: {', '.join(self.values)}."


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    low: int = 0
    high: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is not negative, with a few decimals or none."""

    high: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Points:
    """What a question is worth: in files in points, with at most two decimals; as a value in hundredths of a point."""


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """True or false."""


type FileForm = Text | Whole | Number | Points | TrueFalse


@dataclass(frozen=True, slots=True, kw_only=True)
class InFile:
    """How a field stands in a file, where its name, type and default do not say it.

    `path` is its key, after a period one of a mapping. A field is `required` though it has a default, or if the file
    has to be `complete`; like these, one that stands there `always` is written even if it has its default. `twice` is
    the sentence about a value that another row of the file has, `names_row` whether paths of faults name the row by it.
    A list has at least one entry if it is required, or else `least`, with the sentence `too_few`.
    """

    path: str = ""
    required: bool = False
    complete: bool = False
    always: bool = False
    absent: bool = False  # the directory of the file says it
    twice: str = ""
    names_row: bool = False
    least: int = 1
    too_few: str = "The list is empty. Add at least one entry."


class Store(Enum):
    """Where a part of a question is stored, and how it changes."""

    WORDING = "columns of Revision, hashed and frozen with it"
    COMMENTARY = "columns of Revision that are edited in place"
    FACT = "a column of Question of the same name, edited in place"
    OWN = "rows or columns with a service of their own"


class Approval(Enum):
    """Why only an approver may change a part of a question that candidates get."""

    SHOWN = "candidates see it, or it counts for their score"
    DRAWN = "exams draw questions by it"


@dataclass(frozen=True, slots=True)
class Part:
    """What is true of a part of a question, which is merged, compared and recorded as one.

    `label` is its name on pages; `name` its name in the code, if several fields make it. One that has to be there
    before a review says in `needed` what is missing. An import takes parts that are not `imported` from the bank;
    differences leave out what is not `compared`.
    """

    label: str
    store: Store
    name: str = ""
    approval: Approval | None = None
    needed: str = ""
    compared: bool = True
    imported: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """A declared field. `form` is that of the value, or of each entry of a list; rows and mappings have a class.

    `key` is its key in a file, there in the mapping `group` if that is not empty; `in_file` says more.
    """

    name: str
    group: str
    key: str
    form: FileForm | type[Any]
    is_list: bool
    default: Any  # MISSING without one
    blank: Any  # stands for a value that cannot be read
    in_file: InFile
    part: Part | None

    def is_required(self, *, complete: bool = True) -> bool:
        """Return whether a file has to contain it."""
        return self.default is MISSING or self.in_file.required or (complete and self.in_file.complete)

    def is_written(self, value: Any) -> bool:
        """Return whether files contain this value, since the reader would not assume it."""
        return value != self.default or self.in_file.always or self.in_file.required or self.in_file.complete

    def from_plain(self, value: Any) -> Any:
        """Return a value that was stored as JSON."""
        if self.is_list:
            return tuple(build(self.form, item) if isinstance(self.form, type) else item for item in value)
        return build(self.form, value) if isinstance(self.form, type) else value


_DECLARED: dict[type[Any], tuple[Field, ...]] = {}


def declared(cls: type[Any]) -> tuple[Field, ...]:
    """Return the fields of a class of content in order; fields that take no part in equality are not content."""
    if cls not in _DECLARED:
        hints = get_type_hints(cls, include_extras=True)
        items = (item for item in fields(cls) if item.compare)
        _DECLARED[cls] = tuple(_field(item.name, hints[item.name], item.default) for item in items)
    return _DECLARED[cls]


def in_files(cls: type[Any]) -> tuple[Field, ...]:
    """Return the fields that stand in a file."""
    return tuple(field for field in declared(cls) if not field.in_file.absent)


def _field(name: str, hint: Any, default: Any) -> Field:
    kind, marks = _unwrapped(hint)
    in_file = next((mark for mark in marks if isinstance(mark, InFile)), InFile())
    part = next((mark for mark in marks if isinstance(mark, Part)), None)
    is_list = get_origin(kind) is tuple
    if is_list:
        kind, marks = _unwrapped(get_args(kind)[0])
    form = next((mark for mark in marks if not isinstance(mark, InFile | Part)), None) or _form(kind)
    empty = () if is_list else _blank(form) if isinstance(form, type) else kind()
    group, _period, own = (in_file.path or name).rpartition(".")
    return Field(name, group, own, form, is_list, default, empty if default is MISSING else default, in_file, part)


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the type of an annotation without None, and what it is annotated with."""
    marks: tuple[Any, ...] = ()
    while (origin := get_origin(hint)) in (Annotated, Union, UnionType):
        if origin is Annotated:
            marks += hint.__metadata__
        hint = next(kind for kind in get_args(hint) if kind is not type(None))
    return hint, marks


def _form(kind: Any) -> FileForm | type[Any]:
    forms: Mapping[Any, FileForm] = {str: Line(), int: Whole(), float: Number(), bool: TrueFalse()}
    return forms.get(kind, kind)


def _blank(cls: type[Any]) -> Any:
    return cls(**{field.name: field.blank for field in declared(cls)})


def plain(value: Any) -> Any:
    """Return a value of a declared field as JSON. Rows leave out what is None."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    items = ((field.name, getattr(value, field.name)) for field in declared(type(value)))
    return {name: plain(item) for name, item in items if item is not None}


def build[T](cls: type[T], values: Mapping[str, Any]) -> T:
    """Return an instance that was stored as JSON; what is missing has its default."""
    return cls(**{field.name: field.from_plain(values[field.name]) for field in declared(cls) if field.name in values})
