"""Read a blueprint file strictly: an exam as data (no Django).

Weights are percent of the scored questions, minutes are whole minutes, dates are ISO dates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from questions.content.schema import KINDS, Fault
from questions.content.yaml_fields import Fields, in_order, root_fields

KEYS = (
    "code", "version", "title", "short_title", "retired_on", "successors", "minutes", "counts", "scale",
    "kinds", "exam_domains", "collections", "practice", "extra_time", "self_allowance",
    "syllabus",
)  # fmt: skip
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*\Z")
_CODE_HINT = "use capitals, digits and single hyphens"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_SLUG_HINT = "use small letters, digits and single hyphens"
_MAX_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Successor:
    """An exam that replaces a retired one."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Reported scores from `min` to `max`; `passing` (`pass` in the file) is the pass mark."""

    min: int
    passing: int
    max: int


@dataclass(frozen=True, slots=True)
class DomainWeight:
    """An exam domain and its weight in percent."""

    number: int
    title: str
    weight: int


@dataclass(frozen=True, slots=True)
class ExtraTime:
    """Extra minutes a candidate may ask for before the start."""

    code: str
    title: str
    minutes: int


@dataclass(frozen=True, slots=True)
class BlueprintSpec:
    """An exam. `collections` name the banks that forms are drawn from, `practice` those that practice may use.

    `retired_on` is None while the exam is offered by AWS.

    `syllabus` is the code of the exam whose exam domains it uses, None if it has its own.

    `self_allowance` is whether candidates may choose extra time themselves, where the installation lets them.
    """

    code: str
    version: int
    title: str
    short_title: str
    retired_on: str | None
    successors: tuple[Successor, ...]
    minutes: int
    scored: int
    unscored: int
    scale: Scale
    kinds: tuple[str, ...]
    exam_domains: tuple[DomainWeight, ...]
    collections: tuple[str, ...]
    extra_time: tuple[ExtraTime, ...]
    syllabus: str | None = None
    practice: tuple[str, ...] = ()
    self_allowance: bool = True

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


def from_json(spec: Mapping[str, Any]) -> BlueprintSpec:
    """Return a blueprint that was stored by `dataclasses.asdict`."""
    return BlueprintSpec(
        **{
            **spec,
            "successors": tuple(Successor(**row) for row in spec["successors"]),
            "scale": Scale(**spec["scale"]),
            "kinds": tuple(spec["kinds"]),
            "exam_domains": tuple(DomainWeight(**row) for row in spec["exam_domains"]),
            "collections": tuple(spec["collections"]),
            "practice": tuple(spec.get("practice", ())),
            "extra_time": tuple(ExtraTime(**row) for row in spec["extra_time"]),
        }
    )


def read(source: Path | str, file: str = "") -> tuple[BlueprintSpec | None, list[Fault]]:
    """Return the blueprint of a file (a Path) or of a text, and all faults by line. It is None if there are any."""
    fields, faults = root_fields(source, file)
    if fields is None:
        return None, in_order(faults)
    fields.only(KEYS)
    spec = spec_of(fields)
    return (None if faults else spec), in_order(faults)


def spec_of(fields: Fields) -> BlueprintSpec:
    """Return the blueprint of the fields of a file, valid only if no fault was added to them."""
    counts = _part(fields, "counts", ("scored", "unscored"))
    spec = BlueprintSpec(
        code=fields.text("code", _CODE, _CODE_HINT) or "",
        version=fields.integer("version", 1, 10_000) or 1,
        title=fields.text("title") or "",
        short_title=fields.text("short_title") or "",
        retired_on=fields.date("retired_on", required=False),
        successors=tuple(_successor(row) for row in fields.rows("successors", required=False)),
        minutes=fields.integer("minutes", 1, _MAX_MINUTES) or 0,
        scored=(counts and counts.integer("scored", 1, 500)) or 0,
        unscored=(counts and counts.integer("unscored", 0, 500)) or 0,
        scale=_scale(fields),
        kinds=_kinds(fields),
        exam_domains=_weights(fields),
        collections=fields.words("collections", _SLUG, _SLUG_HINT),
        extra_time=_extra_time(fields),
        self_allowance="self_allowance" not in fields.node.value or bool(fields.truth("self_allowance")),
        syllabus=fields.text("syllabus", _CODE, _CODE_HINT, required=False),
        practice=fields.words("practice", _SLUG, _SLUG_HINT, required=False),
    )
    for key in ("kinds", "exam_domains", "collections"):
        if key in fields.node.value and fields.node.value[key].value == []:
            fields.fault(key, "The list is empty. Add at least one entry.")
    return spec


def _part(fields: Fields, key: str, known: tuple[str, ...]) -> Fields | None:
    part = fields.mapping(key)
    if part is not None:
        part.only(known)
    return part


def _successor(row: Fields) -> Successor:
    row.only(("code", "title"))
    return Successor(row.text("code", _CODE, _CODE_HINT) or "", row.text("title") or "")


def _extra_time(fields: Fields) -> tuple[ExtraTime, ...]:
    options: list[ExtraTime] = []
    for row in fields.rows("extra_time", required=False):
        row.only(("code", "title", "minutes"))
        code = row.text("code", _SLUG, _SLUG_HINT) or ""
        if code and any(other.code == code for other in options):  # candidates choose it by its code
            row.fault("code", f"The extra time '{code}' is used twice. Give each its own code.")
        options.append(ExtraTime(code, row.text("title") or "", row.integer("minutes", 1, _MAX_MINUTES) or 0))
    return tuple(options)


def _scale(fields: Fields) -> Scale:
    part = _part(fields, "scale", ("min", "pass", "max"))
    if part is None:
        return Scale(0, 0, 0)
    low, passing, high = (part.integer(key, 0, 100_000) for key in ("min", "pass", "max"))
    if low is not None and passing is not None and high is not None and not low < passing < high:
        part.fault("pass", f"The pass mark {passing} must be between min {low} and max {high}.")
    return Scale(low or 0, passing or 0, high or 0)


def _kinds(fields: Fields) -> tuple[str, ...]:
    kinds = fields.words("kinds")
    for number, kind in enumerate(kinds, 1):
        if kind not in KINDS:
            line = fields.node.value["kinds"].line
            fields.fault(f"kinds.{number}", f"'{kind}' is not one of: {', '.join(KINDS)}.", line)
    return kinds


def _weights(fields: Fields) -> tuple[DomainWeight, ...]:
    before = len(fields.faults)
    domains: list[DomainWeight] = []
    for row in fields.rows("exam_domains"):
        row.only(("number", "title", "weight"))
        number, weight = row.integer("number", 1, 99) or 0, row.integer("weight", 1, 100) or 0
        if any(other.number == number for other in domains):
            row.fault("number", f"The exam domain {number} is used twice. Keep one.")
        domains.append(DomainWeight(number, row.text("title") or "", weight))
    total = sum(domain.weight for domain in domains)
    if domains and len(fields.faults) == before and total != 100:
        fields.fault("exam_domains", f"The weights sum to {total}. They must sum to 100.")
    return tuple(domains)
