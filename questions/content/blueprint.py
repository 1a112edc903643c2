"""A blueprint: an exam as data, read strictly from its file (no Django).

Weights are percent of the scored questions, minutes are whole minutes, dates are ISO dates.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

from questions.content.declarations import Choice, Day, InFile, Whole, Word
from questions.content.schema import KINDS, Fault, Slug, Tag, WebAddress
from questions.content.yaml_fields import FileMapping, read_file

ExamCode = Annotated[str, Word(re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*"), "use capitals, digits and single hyphens")]
Minutes = Annotated[int, Whole(1, 24 * 60)]
Score = Annotated[int, Whole(0, 100_000)]
PERCENT, EQUATED = "percent", "equated"


@dataclass(frozen=True, slots=True)
class Successor:
    """An exam that replaces a retired one. `url` is the page about it, "" if none is given."""

    code: ExamCode
    title: str
    url: WebAddress = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What is published about the exam and what this blueprint assumes, as read on the day `checked`."""

    text: str
    checked: Annotated[str, Day()]


@dataclass(frozen=True, slots=True)
class Scale:
    """Reported scores from `min` to `max`; `passing` (`pass` in the file) is the pass mark."""

    min: Score
    passing: Annotated[Score, InFile(path="pass")]
    max: Score


NO_SCALE = Scale(0, 0, 0)  # of a file with errors


@dataclass(frozen=True, slots=True)
class Draw:
    """Questions of a collection, wherever they stand in a syllabus; of these topics and with one of these tags, if any.

    Each is drawn for the exam domain that says so.
    """

    collection: Slug
    topics: tuple[Slug, ...] = ()
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainWeight:
    """An exam domain and its weight in percent. Without `draws`, it draws the questions that are placed in it."""

    number: Annotated[int, Whole(1, 99), InFile(twice="The exam domain {} is used twice. Keep one.")]
    title: str
    weight: Annotated[int, Whole(1, 100)]
    draws: tuple[Draw, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtraTime:
    """Extra minutes a candidate may ask for before the start, by the code."""

    code: Annotated[Slug, InFile(twice="The extra time '{}' is used twice. Give each its own code.")]
    title: str
    minutes: Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintSpec:
    """An exam. `collections` name the banks that forms are drawn from, `practice` those that practice may use.

    `available_from` is the first day on which it can be booked, None if it always could; `retired_on` is the last one,
    None while no end is announced.

    `default` marks the exam that pages and commands take where none is named; one blueprint of a directory may have it.

    `syllabus` is the code of the exam whose exam domains it uses, None if it has its own.

    `scoring` is how attempts are scored: `equated` on the `scale`, by a pass line that depends on the questions, or in
    `percent` of the points, of which `pass_percent` passes. The scale of the latter is that of percent.

    `self_allowance` is whether candidates may choose extra time themselves, where the installation lets them.
    """

    code: ExamCode
    version: Annotated[int, Whole(1, 10_000)]
    title: str
    short_title: str
    default: bool = False
    available_from: Annotated[str, Day()] | None = None
    retired_on: Annotated[str, Day()] | None = None
    successors: tuple[Successor, ...] = ()
    notes: tuple[Note, ...] = ()
    minutes: Minutes
    scored: Annotated[int, Whole(1, 500), InFile(path="counts.scored")]
    unscored: Annotated[int, Whole(0, 500), InFile(path="counts.unscored")]
    scoring: Annotated[str, Choice((PERCENT, EQUATED))] = EQUATED
    pass_percent: Annotated[int, Whole(1, 100)] | None = None
    scale: Scale = NO_SCALE
    kinds: tuple[Annotated[str, Choice(KINDS)], ...]
    exam_domains: tuple[DomainWeight, ...]
    collections: tuple[Slug, ...]
    practice: tuple[Slug, ...] = ()
    extra_time: tuple[ExtraTime, ...] = ()
    self_allowance: bool = True
    syllabus: ExamCode | None = None

    def __post_init__(self) -> None:
        if self.is_percent and self.pass_percent:
            object.__setattr__(self, "scale", percent_scale(self.pass_percent))

    @property
    def is_mock(self) -> bool:
        """Whether it is practice for an exam that is booked elsewhere: exams of one's own have no such days."""
        return bool(self.available_from or self.retired_on)

    @property
    def is_percent(self) -> bool:
        """Whether a share of the points passes, instead of a pass line that depends on the questions."""
        return self.scoring == PERCENT

    @property
    def syllabus_code(self) -> str:
        """The code of the exam whose syllabus is used: a quiz uses the exam domains of another exam."""
        return self.syllabus or self.code

    @property
    def questions(self) -> int:
        """The number of questions on a form."""
        return self.scored + self.unscored

    @property
    def has_draws(self) -> bool:
        """Whether it can draw questions that are placed in another syllabus."""
        return any(domain.draws for domain in self.exam_domains)

    @property
    def shows_domains(self) -> bool:
        """Whether pages show exam domains: a single one is the whole exam."""
        return len(self.exam_domains) > 1

    def is_bookable(self, today: date) -> bool:
        """Return whether candidates can book it on this day."""
        return (self.available_from or "") <= today.isoformat() and not self.is_retired(today)

    def is_retired(self, today: date) -> bool:
        """Return whether the last day on which it could be taken is over."""
        return self.retired_on is not None and self.retired_on < today.isoformat()

    def domain_title(self, number: int) -> str:
        """Return the title of the exam domain with this number; "" if the exam shows none."""
        if not self.shows_domains:
            return ""
        return next(domain.title for domain in self.exam_domains if domain.number == number)


def percent_scale(pass_percent: int) -> Scale:
    """Return the scale of an exam that is scored in percent."""
    return Scale(0, pass_percent, 100)


def read(source: Path | str, file: str = "", today: date | None = None) -> tuple[BlueprintSpec | None, list[Fault]]:
    """Return the blueprint of a file (a Path) or of a text, and all faults by line. It is None if there are any.

    With `today`, a note that was checked later is a fault. Loading ignores it: the clock of a server may be slow.
    """
    return read_file(source, file, partial(spec_of, today=today))


def read_directory(directory: Path, today: date | None = None) -> tuple[list[tuple[Path, BlueprintSpec]], list[Fault]]:
    """Return the blueprints of a directory by file name, the default one first, and all faults."""
    blueprints: list[tuple[Path, BlueprintSpec]] = []
    faults: list[Fault] = []
    for path in sorted(directory.glob("*.yaml")):
        spec, file_faults = read(path, path.name, today)
        faults += file_faults
        if spec:
            blueprints.append((path, spec))
    (first, *others) = [path.name for path, spec in blueprints if spec.default] or [""]
    for name in others:
        sentence = f"The blueprint of {first} is the default one already. Leave 'default' out of one of the files."
        faults.append(Fault(name, line_of(directory / name, "default"), "default", sentence))
    return sorted(blueprints, key=lambda blueprint: not blueprint[1].default), faults


def line_of(path: Path, key: str) -> int | None:
    """Return the number of the line of a blueprint file that has a key of the top level."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(f"{key}:")), None)


def spec_of(fields: FileMapping, *, also: tuple[str, ...] = (), today: date | None = None) -> BlueprintSpec:
    """Return the blueprint of the fields of a file, valid only if no fault was added to them."""
    spec = fields.read(BlueprintSpec, also=also)
    total = sum(domain.weight for domain in spec.exam_domains)
    _check_scoring(fields, spec)
    if fields.is_read("exam_domains") and total != 100:
        fields.fault("exam_domains", f"The weights sum to {total}. They must sum to 100.")
    for place, domain in enumerate(spec.exam_domains, 1):
        for number, draw in enumerate(domain.draws, 1):
            if draw.collection and draw.collection not in spec.collections:
                sentence = f"'{draw.collection}' is not among the collections of the exam. Add it there."
                fields.fault(f"exam_domains.{place}.draws.{number}.collection", sentence)
    if spec.available_from and spec.retired_on and spec.available_from > spec.retired_on:
        sentence = f"The exam ends on {spec.retired_on}, before it is available. Correct one of the dates."
        fields.fault("available_from", sentence)
    for number, successor in enumerate(spec.successors, 1):
        if successor.code == spec.code:
            fields.fault(f"successors.{number}.code", f"{spec.code} cannot replace itself. Name another exam.")
    for number, note in enumerate(spec.notes, 1):
        if today and note.checked > today.isoformat():
            sentence = f"{note.checked} is in the future. Write the day on which the note was checked."
            fields.fault(f"notes.{number}.checked", sentence)
    return spec


def _check_scoring(fields: FileMapping, spec: BlueprintSpec) -> None:
    """Add faults for a missing or impossible pass mark."""
    has_scale, has_percent = (key in fields.node.value for key in ("scale", "pass_percent"))
    if not fields.is_read("scoring") or not fields.is_read("pass_percent") or not fields.is_read("scale"):
        return
    if spec.is_percent and not has_percent:
        fields.fault("pass_percent", "The key 'pass_percent' is missing. Add the percent of the points that passes.")
    elif spec.is_percent and has_scale:
        stated = fields.mapping("scale")
        scale = stated.read(Scale) if stated else spec.scale
        if scale != spec.scale:
            sentence = f"In percent, the scale is {{min: 0, pass: {spec.pass_percent}, max: 100}}."
            fields.fault("scale", f"{sentence} Correct it, or leave it out.")
    elif not spec.is_percent and has_percent:
        sentence = "An equated exam passes at the mark of its scale. Leave this out, or write 'scoring: percent'."
        fields.fault("pass_percent", sentence)
    elif not spec.is_percent and not has_scale:
        fields.fault("scale", "The key 'scale' is missing. Add it.")
    elif not spec.is_percent and not spec.scale.min < spec.scale.passing < spec.scale.max:
        scale = spec.scale
        sentence = f"The pass mark {scale.passing} must be between min {scale.min} and max {scale.max}."
        fields.fault("scale.pass", sentence)
