"""A blueprint: an exam as data, read strictly from its file (no Django).

Weights are percent of the scored questions, minutes are whole minutes, dates are ISO dates.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from questions.content.declarations import Choice, Day, InFile, Whole, Word
from questions.content.schema import KINDS, Fault, Slug
from questions.content.yaml_fields import FileMapping, read_file

ExamCode = Annotated[str, Word(re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*"), "use capitals, digits and single hyphens")]
Minutes = Annotated[int, Whole(1, 24 * 60)]
Score = Annotated[int, Whole(0, 100_000)]


@dataclass(frozen=True, slots=True)
class Successor:
    """An exam that replaces a retired one."""

    code: ExamCode
    title: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Reported scores from `min` to `max`; `passing` (`pass` in the file) is the pass mark."""

    min: Score
    passing: Annotated[Score, InFile(path="pass")]
    max: Score


@dataclass(frozen=True, slots=True)
class DomainWeight:
    """An exam domain and its weight in percent."""

    number: Annotated[int, Whole(1, 99), InFile(twice="The exam domain {} is used twice. Keep one.")]
    title: str
    weight: Annotated[int, Whole(1, 100)]


@dataclass(frozen=True, slots=True)
class ExtraTime:
    """Extra minutes a candidate may ask for before the start, by the code."""

    code: Annotated[Slug, InFile(twice="The extra time '{}' is used twice. Give each its own code.")]
    title: str
    minutes: Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintSpec:
    """An exam. `collections` name the banks that forms are drawn from, `practice` those that practice may use.

    `retired_on` is None while the exam is offered by AWS.

    `syllabus` is the code of the exam whose exam domains it uses, None if it has its own.

    `self_allowance` is whether candidates may choose extra time themselves, where the installation lets them.
    """

    code: ExamCode
    version: Annotated[int, Whole(1, 10_000)]
    title: str
    short_title: str
    retired_on: Annotated[str, Day()] | None = None
    successors: tuple[Successor, ...] = ()
    minutes: Minutes
    scored: Annotated[int, Whole(1, 500), InFile(path="counts.scored")]
    unscored: Annotated[int, Whole(0, 500), InFile(path="counts.unscored")]
    scale: Scale
    kinds: tuple[Annotated[str, Choice(KINDS)], ...]
    exam_domains: tuple[DomainWeight, ...]
    collections: tuple[Slug, ...]
    practice: tuple[Slug, ...] = ()
    extra_time: tuple[ExtraTime, ...] = ()
    self_allowance: bool = True
    syllabus: ExamCode | None = None

    @property
    def syllabus_code(self) -> str:
        """The code of the exam whose syllabus is used: a quiz uses the exam domains of another exam."""
        return self.syllabus or self.code

    @property
    def questions(self) -> int:
        """The number of questions on a form."""
        return self.scored + self.unscored

    @property
    def shows_domains(self) -> bool:
        """Whether pages show exam domains: a single one is the whole exam."""
        return len(self.exam_domains) > 1

    def domain_title(self, number: int) -> str:
        """Return the title of the exam domain with this number; "" if the exam shows none."""
        if not self.shows_domains:
            return ""
        return next(domain.title for domain in self.exam_domains if domain.number == number)


def read(source: Path | str, file: str = "") -> tuple[BlueprintSpec | None, list[Fault]]:
    """Return the blueprint of a file (a Path) or of a text, and all faults by line. It is None if there are any."""
    return read_file(source, file, spec_of)


def spec_of(fields: FileMapping, *, also: tuple[str, ...] = ()) -> BlueprintSpec:
    """Return the blueprint of the fields of a file, valid only if no fault was added to them."""
    spec = fields.read(BlueprintSpec, also=also)
    scale, total = spec.scale, sum(domain.weight for domain in spec.exam_domains)
    if fields.is_read("scale") and not scale.min < scale.passing < scale.max:
        sentence = f"The pass mark {scale.passing} must be between min {scale.min} and max {scale.max}."
        fields.fault("scale.pass", sentence)
    if fields.is_read("exam_domains") and total != 100:
        fields.fault("exam_domains", f"The weights sum to {total}. They must sum to 100.")
    return spec
