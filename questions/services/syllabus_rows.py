"""What questions stand on, written as rows: the syllabus of an exam and the blueprints."""

import datetime
import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from questions.content import blueprint as blueprint_file
from questions.content.blueprint import BlueprintSpec
from questions.content.schema import Fault
from questions.content.syllabus import Syllabus
from questions.models import Blueprint, ExamDomain, PlanPart, Point, Task, Topic
from questions.services import stored


@dataclass(frozen=True, slots=True)
class BlueprintFile:
    """A blueprint and the hash of the file that says it."""

    spec: BlueprintSpec
    sha256: str


def blueprint_paths(directory: Path) -> list[Path]:
    """The blueprint files of a directory, sorted."""
    return sorted(directory.glob("*.yaml"))


def read_blueprints(directory: Path) -> tuple[list[BlueprintFile], list[Fault]]:
    """The blueprints of a directory, and their faults; one that changed without a new version is a fault.

    A code that was given here belongs to here: files with it are left out, whatever their version.
    """
    rows = Blueprint.objects.all()
    known = {(row.code, row.version): row.sha256 for row in rows}
    ours = {row.code for row in rows if row.origin == Blueprint.Origin.LOCAL}
    found: list[BlueprintFile] = []
    faults: list[Fault] = []
    for path in blueprint_paths(directory):
        spec, of_file = blueprint_file.read(path, path.name)
        faults += of_file
        if spec is None or spec.code in ours:
            continue
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        if known.setdefault((spec.code, spec.version), sha256) != sha256:
            sentence = (
                f"Version {spec.version} of the blueprint {spec.code} is in use and says something else. "
                f"Raise its version: exams that were sat keep theirs."
            )
            faults.append(Fault(path.name, _line(path, "version:"), "version", sentence))
        else:
            found.append(BlueprintFile(spec, sha256))
    return found, faults


def _line(path: Path, start: str) -> int | None:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(start)), None)


def differs(exam: str, syllabus: Syllabus, blueprints: list[BlueprintFile]) -> bool:
    """Whether there is anything to write."""
    return bool(_new(blueprints)) or stored.syllabus(exam) != syllabus


def write_blueprints(blueprints: list[BlueprintFile], now: datetime.datetime) -> None:
    """Adds the versions that are not here yet. An exam that was taken off the start page stays off it."""
    off = set(Blueprint.objects.newest().filter(offered=False).values_list("code", flat=True))
    Blueprint.objects.bulk_create(
        Blueprint(
            code=each.spec.code, version=each.spec.version, spec=asdict(each.spec), sha256=each.sha256,
            offered=each.spec.code not in off, loaded_at=now,
        )
        for each in _new(blueprints)
    )  # fmt: skip


def _new(blueprints: list[BlueprintFile]) -> list[BlueprintFile]:
    known = set(Blueprint.objects.values_list("code", "version"))
    return [each for each in blueprints if (each.spec.code, each.spec.version) not in known]


def foreign_codes(exam: str, syllabus: Syllabus, file: str) -> list[Fault]:
    """Topics and points that another exam has already: their codes are unique over all exams."""
    topics = Topic.objects.exclude(task__exam_domain__exam=exam).filter(slug__in=syllabus.topics)
    points = Point.objects.exclude(topic__task__exam_domain__exam=exam).filter(code__in=syllabus.points)
    taken = [("topic", slug) for slug in topics.values_list("slug", flat=True)]
    taken += [("point", code) for code in points.values_list("code", flat=True)]
    return [Fault(file, None, "", f"The {what} '{code}' belongs to another exam. Rename it.") for what, code in taken]


def write_syllabus(exam: str, syllabus: Syllabus) -> None:
    """Makes the rows say what the syllabus says.

    Topics and points that are no longer in it go, unless a question stands on them.
    """
    ExamDomain.objects.bulk_create(
        [ExamDomain(exam=exam, number=each.number, title=each.title) for each in syllabus.exam_domains],
        update_conflicts=True, unique_fields=["exam", "number"], update_fields=["title"],
    )  # fmt: skip
    domains = {row.number: row for row in ExamDomain.objects.filter(exam=exam)}
    Task.objects.bulk_create(
        [
            Task(exam_domain=domains[domain.number], code=task.code, title=task.title)
            for domain in syllabus.exam_domains
            for task in domain.tasks
        ],
        update_conflicts=True, unique_fields=["exam_domain", "code"], update_fields=["title"],
    )  # fmt: skip
    tasks = {
        (row.exam_domain.number, row.code): row
        for row in Task.objects.filter(exam_domain__exam=exam).select_related("exam_domain")
    }
    Topic.objects.bulk_create(
        [
            Topic(
                task=tasks[domain.number, task.code], slug=topic.slug, title=topic.title, summary=topic.summary,
                weeks=list(topic.weeks), services=list(topic.services), ordinal=ordinal,
            )
            for domain in syllabus.exam_domains
            for task in domain.tasks
            for ordinal, topic in enumerate(task.topics)
        ],
        update_conflicts=True, unique_fields=["slug"],
        update_fields=["task", "title", "summary", "weeks", "services", "ordinal"],
    )  # fmt: skip
    topics = {row.slug: row for row in Topic.objects.filter(task__exam_domain__exam=exam)}
    Point.objects.bulk_create(
        [
            Point(topic=topics[topic.slug], code=point.id, text=point.text, ordinal=ordinal)
            for topic in syllabus.topics.values()
            for ordinal, point in enumerate(topic.points)
        ],
        update_conflicts=True, unique_fields=["code"], update_fields=["topic", "text", "ordinal"],
    )  # fmt: skip
    of_exam = Point.objects.filter(topic__task__exam_domain__exam=exam)
    of_exam.exclude(code__in=syllabus.points).filter(questions=None).delete()
    unused = Topic.objects.filter(task__exam_domain__exam=exam, questions=None, points=None)
    unused.exclude(slug__in=syllabus.topics).delete()
    PlanPart.objects.filter(exam=exam).delete()
    PlanPart.objects.bulk_create(
        PlanPart(exam=exam, ordinal=ordinal, weeks=list(part.weeks), focus=part.focus)
        for ordinal, part in enumerate(syllabus.plan)
    )
