"""Read which points of a bank are topics of another exam, too: `overlap.yaml` of its directory (no Django models).

The overlap is not in the database. The site reads it from the shipped banks, and caches each file until it changes; it
only ever makes a hint. A topic of an exam that is not installed hints at nothing.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from django.conf import settings

from questions.bank_files.directories import SYLLABUS
from questions.content import syllabus as syllabus_file
from questions.content.declarations import Choice, InFile
from questions.content.schema import Fault, PointCode, Slug
from questions.content.syllabus import Syllabus
from questions.content.yaml_fields import FileMapping, read_file

logger = logging.getLogger(__name__)

OVERLAP = "overlap.yaml"
SAME, PARTLY = STRENGTHS = ("same", "partly")


@dataclass(frozen=True, slots=True)
class OverlappingPoint:
    """A point of this bank and its topic, with the topics of other exams that teach the same, or a part of it."""

    point: Annotated[PointCode, InFile(twice="The point '{}' is listed twice. Keep one.")]
    topic: Slug
    strength: Annotated[str, Choice(STRENGTHS)]
    overlaps: tuple[Slug, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """All overlapping points of a bank; a point that is not listed is in no other exam."""

    points: tuple[OverlappingPoint, ...]


def read(
    source: Path | str, syllabus: Syllabus | None, others: Collection[str] | None = None, file: str = ""
) -> tuple[Overlap | None, list[Fault]]:
    """Return the overlap of a file (a Path) or of a text, and all faults by line. It is None if there are any.

    Points and topics are checked by the syllabus of the bank, if it is given, and by the topics of `others`.
    """

    def checked(fields: FileMapping) -> Overlap:
        overlap = fields.read(Overlap)
        for number, row in enumerate(overlap.points, 1):
            if fields.is_read(f"points.{number}"):
                for key, sentence in _problems(row, syllabus, others):
                    fields.fault(f"points.{number}.{key}", sentence)
        return overlap

    return read_file(source, file, checked)


def _problems(
    row: OverlappingPoint, syllabus: Syllabus | None, others: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row, each with its key."""
    if syllabus and row.point not in syllabus.points:
        yield "point", f"The syllabus has no point '{row.point}'. Correct it, or remove the row."
    elif syllabus and row.topic not in syllabus.topics:
        yield "topic", f"The syllabus has no topic '{row.topic}'. Correct it."
    elif syllabus and row.point not in {point.id for point in syllabus.topics[row.topic].points}:
        yield "topic", f"The point '{row.point}' does not belong to the topic '{row.topic}'. Correct one."
    for slug in row.overlaps:
        if syllabus and slug in syllabus.topics:
            yield "overlaps", f"The topic '{slug}' is one of this exam. Name topics of other exams."
        elif others is not None and slug not in others:
            yield "overlaps", f"No other bank has the topic '{slug}'. Correct it, or remove it."


def check(bank: Path, syllabus: Syllabus | None, file: str = "") -> list[Fault]:
    """Return the faults of the overlap of a bank directory, if it has one; the banks beside it are the others.

    Without any, as in a copy of the directory, the topics of others are not checked.
    """
    path = bank / OVERLAP
    if not path.is_file():
        return []
    own = (bank / SYLLABUS).resolve()
    beside = [file for file in bank.resolve().parent.glob(f"*/{SYLLABUS}") if file != own]
    others = {slug for file in beside if (other := syllabus_file.read(file)[0]) for slug in other.topics}
    return read(path, syllabus, others or None, file)[1]


def overlapping_topics() -> Mapping[str, Mapping[str, str]]:
    """Return for each topic the topics of other exams that overlap it, with the strength, in both directions.

    Two topics are the same if one point of them is.
    """
    pairs: dict[str, dict[str, str]] = {}
    for path in sorted(settings.BANKS_DIR.glob(f"*/{OVERLAP}")):
        for row in _read_cached(path, path.stat().st_mtime_ns).points:
            for other in row.overlaps:
                for one, two in ((row.topic, other), (other, row.topic)):
                    topics = pairs.setdefault(one, {})
                    topics[two] = SAME if SAME in (row.strength, topics.get(two)) else PARTLY
    return pairs


@lru_cache(maxsize=64)
def _read_cached(path: Path, changed: int) -> Overlap:
    overlap, faults = read(path, None)
    for fault in faults:
        logger.warning("Overlap not shown: %s", fault)
    return overlap or Overlap(())
