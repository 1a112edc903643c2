"""Read the syllabus of a bank strictly: exam domain > task > topic > point, and the study plan by weeks (no Django).

Slugs of topics and ids of points are unique in the whole syllabus.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from questions.content.schema import Fault
from questions.content.yaml_fields import Fields, in_order, root_fields

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_TASK = re.compile(r"[0-9]+\.[0-9]+\Z")
_POINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\Z")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to know; questions name the points they test."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """The subject of one study page. `weeks` are the weeks of the study plan that it belongs to."""

    slug: str
    title: str
    summary: str
    weeks: tuple[int, ...]
    services: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A task of an exam domain, such as 3.4."""

    code: str
    title: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class ExamDomain:
    """A part of the exam with its own weight in the blueprint."""

    number: int
    title: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class PlanPart:
    """Some weeks of the study plan and their subject."""

    weeks: tuple[int, ...]
    focus: str


@dataclass(frozen=True)
class Syllabus:
    """The whole syllabus. The mappings give its parts by their codes."""

    exam_domains: tuple[ExamDomain, ...]
    plan: tuple[PlanPart, ...]

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
    fields, faults = root_fields(source, file)
    if fields is None:
        return None, in_order(faults)
    syllabus = syllabus_of(fields, complete=True)
    return (None if faults else syllabus), in_order(faults)


def syllabus_of(fields: Fields, *, complete: bool) -> Syllabus:
    """Return the syllabus of the fields of a file, valid only if no fault was added to them.

    In one that need not be `complete`, exam domains may have no topics, and topics neither points, weeks nor summary.
    """
    fields.only(("exam_domains", "plan"))
    domains = tuple(_exam_domain(row, complete) for row in _rows(fields, "exam_domains", True))
    plan = tuple(_plan_part(row) for row in fields.rows("plan", required=False))
    syllabus = Syllabus(domains, plan)
    _check_unique(fields, syllabus)
    _check_plan(fields, syllabus)
    return syllabus


def _rows(fields: Fields, key: str, required: bool) -> list[Fields]:
    rows = list(fields.rows(key, required=required))
    if required and not rows and key in fields.node.value:
        fields.fault(key, "The list is empty. Add at least one entry.")
    return rows


def _exam_domain(row: Fields, complete: bool) -> ExamDomain:
    row.only(("number", "title", "tasks"))
    number = row.integer("number", 1, 99) or 0
    title = row.text("title") or ""
    return ExamDomain(number, title, tuple(_task(task, complete) for task in _rows(row, "tasks", complete)))


def _task(row: Fields, complete: bool) -> Task:
    row.only(("code", "title", "topics"))
    code = row.text("code", _TASK, 'write it as "3.4"') or ""
    return Task(
        code, row.text("title") or "", tuple(_topic(topic, complete) for topic in _rows(row, "topics", complete))
    )


def _topic(row: Fields, complete: bool) -> Topic:
    row.only(("slug", "title", "summary", "weeks", "services", "points"))
    return Topic(
        slug=row.text("slug", _SLUG, "use small letters, digits and single hyphens") or "",
        title=row.text("title") or "",
        summary=row.text("summary", required=complete) or "",
        weeks=row.integers("weeks", 1, 52, required=complete),
        services=row.words("services", required=False),
        points=tuple(_point(point) for point in _rows(row, "points", complete)),
    )


def _point(row: Fields) -> Point:
    row.only(("id", "text"))
    return Point(row.text("id", _POINT, "use letters, digits, periods and hyphens") or "", row.text("text") or "")


def _plan_part(row: Fields) -> PlanPart:
    row.only(("weeks", "focus"))
    return PlanPart(row.integers("weeks", 1, 52), row.text("focus") or "")


def _check_unique(fields: Fields, syllabus: Syllabus) -> None:
    """Add a fault for each code that is used twice: codes are unique in the whole syllabus."""
    used: set[tuple[str, str]] = set()

    def check(path: str, kind: str, code: str) -> None:
        if code and (kind, code) in used:
            line = fields.lines.get(fields.name(path))
            sentence = f"The {kind} '{code}' is used twice. Keep one."
            fields.faults.append(Fault(fields.file, line, fields.name(path), sentence))
        used.add((kind, code))

    for d, domain in enumerate(syllabus.exam_domains, 1):
        check(f"exam_domains.{d}.number", "exam domain", str(domain.number))
        for t, task in enumerate(domain.tasks, 1):
            check(f"exam_domains.{d}.tasks.{t}.code", "task", task.code)
            for o, topic in enumerate(task.topics, 1):
                path = f"exam_domains.{d}.tasks.{t}.topics.{o}"
                check(f"{path}.slug", "topic", topic.slug)
                for p, point in enumerate(topic.points, 1):
                    check(f"{path}.points.{p}.id", "point", point.id)


def _check_plan(fields: Fields, syllabus: Syllabus) -> None:
    """Add faults of the plan: each week has one part, and each topic belongs to planned weeks."""
    weeks: set[int] = set()
    for number, part in enumerate(syllabus.plan, 1):
        for week in part.weeks:
            if week in weeks:
                sentence = f"Week {week} belongs to two parts of the plan. Keep it in one."
                fields.fault(f"plan.{number}.weeks", sentence, fields.lines.get(fields.name(f"plan.{number}.weeks")))
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
                        fields.fault(path, sentence, fields.lines.get(fields.name(path)))
