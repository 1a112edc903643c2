"""Read the syllabus of a bank strictly: exam domain > task > topic > point, and the study plan by weeks (no Django).

Slugs of topics and ids of points are unique in the whole syllabus.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from questions.content.declarations import InFile, Whole, Word
from questions.content.schema import Fault, PointCode, Slug, TaskCode
from questions.content.yaml_fields import FileMapping, read_file

Weeks = tuple[Annotated[int, Whole(1, 52)], ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to know; questions name the points they test."""

    id: Annotated[PointCode, InFile(twice="The point '{}' is used twice. Keep one.")]
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """The subject of one study page. `weeks` are the weeks of the study plan that it belongs to."""

    slug: Annotated[Slug, InFile(twice="The topic '{}' is used twice. Keep one.")]
    title: str
    summary: Annotated[str, InFile(complete=True)] = ""
    weeks: Annotated[Weeks, InFile(complete=True)] = ()
    services: Annotated[tuple[Annotated[str, Word(spaced=True)], ...], InFile(always=True)] = ()
    points: Annotated[tuple[Point, ...], InFile(complete=True)] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A task of an exam domain, such as 3.4."""

    code: Annotated[TaskCode, InFile(twice="The task '{}' is used twice. Keep one.")]
    title: str
    topics: Annotated[tuple[Topic, ...], InFile(complete=True)] = ()


@dataclass(frozen=True, slots=True)
class ExamDomain:
    """A part of the exam with its own weight in the blueprint."""

    number: Annotated[int, Whole(1, 99), InFile(twice="The exam domain '{}' is used twice. Keep one.")]
    title: str
    tasks: Annotated[tuple[Task, ...], InFile(complete=True)] = ()


@dataclass(frozen=True, slots=True)
class PlanPart:
    """Some weeks of the study plan and their subject."""

    weeks: Weeks
    focus: str


@dataclass(frozen=True)
class Syllabus:
    """The whole syllabus. The mappings give its parts by their codes."""

    exam_domains: tuple[ExamDomain, ...]
    plan: tuple[PlanPart, ...] = ()

    @cached_property
    def tasks(self) -> dict[str, Task]:
        return {task.code: task for domain in self.exam_domains for task in domain.tasks}

    @cached_property
    def topics(self) -> dict[str, Topic]:
        return {topic.slug: topic for task in self.tasks.values() for topic in task.topics}

    @cached_property
    def points(self) -> dict[str, Point]:
        return {point.id: point for topic in self.topics.values() for point in topic.points}

    @cached_property
    def task_of_topic(self) -> dict[str, str]:
        return {topic.slug: task.code for task in self.tasks.values() for topic in task.topics}

    @cached_property
    def exam_domain_of_task(self) -> dict[str, int]:
        return {task.code: domain.number for domain in self.exam_domains for task in domain.tasks}


def read(source: Path | str, file: str = "") -> tuple[Syllabus | None, list[Fault]]:
    """Return the syllabus of a file (a Path) or of a text, and all faults by line. It is None if there are any."""
    return read_file(source, file, lambda fields: syllabus_of(fields, complete=True))


def syllabus_of(fields: FileMapping, *, complete: bool) -> Syllabus:
    """Return the syllabus of the fields of a file, valid only if no fault was added to them.

    In one that need not be `complete`, exam domains may have no topics, and topics neither points, weeks nor summary.
    """
    syllabus = fields.read(Syllabus, complete=complete)
    _check_plan(fields, syllabus)
    return syllabus


def _check_plan(fields: FileMapping, syllabus: Syllabus) -> None:
    """Add faults of the plan: each week has one part, and each topic belongs to planned weeks."""
    weeks: set[int] = set()
    for number, part in enumerate(syllabus.plan, 1):
        for week in part.weeks:
            if week in weeks:
                sentence = f"Week {week} belongs to two parts of the plan. Keep it in one."
                fields.fault(f"plan.{number}.weeks", sentence)
            weeks.add(week)
    if not weeks:
        return
    for d, domain in enumerate(syllabus.exam_domains, 1):
        for t, task in enumerate(domain.tasks, 1):
            for o, topic in enumerate(task.topics, 1):
                path = f"exam_domains.{d}.tasks.{t}.topics.{o}.weeks"
                for week in topic.weeks:
                    if week not in weeks:
                        sentence = f"Week {week} is not in the plan. Choose a planned week, or add it there."
                        fields.fault(path, sentence)
