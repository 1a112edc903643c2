"""Write the syllabus of an exam and the blueprints of files as rows. What pages keep of a syllabus is read again."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from questions.content import blueprint as blueprint_file
from questions.content.blueprint import BlueprintSpec
from questions.content.schema import Fault
from questions.content.syllabus import Syllabus
from questions.models import Blueprint, ExamDomain, PlanPart, Point, Task, Topic
from questions.services import stored_bank
from questions.services.bank_version import raise_bank_version


@dataclass(frozen=True, slots=True)
class BlueprintFile:
    """A blueprint with the hash of its file."""

    spec: BlueprintSpec
    sha256: str


def read_blueprints(directory: Path) -> tuple[list[BlueprintFile], list[Fault]]:
    """Return the blueprints of a directory, the default one first, and their faults.

    A blueprint that changed without a new version is a fault. Files whose code belongs to a blueprint made in this
    installation are left out.
    """
    rows = Blueprint.objects.all()
    known = {(row.code, row.version): row.sha256 for row in rows}
    local = {row.code for row in rows if row.origin == Blueprint.Origin.LOCAL}
    files, faults = blueprint_file.read_directory(directory)
    blueprints: list[BlueprintFile] = []
    for path, spec in files:
        if spec.code in local:
            continue
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        if known.setdefault((spec.code, spec.version), sha256) != sha256:
            sentence = (
                f"Version {spec.version} of the blueprint {spec.code} is in use and differs. "
                f"Raise the version: exams that were taken keep theirs."
            )
            faults.append(Fault(path.name, blueprint_file.line_of(path, "version"), "version", sentence))
        else:
            blueprints.append(BlueprintFile(spec, sha256))
    return blueprints, faults


def differs(exam: str, syllabus: Syllabus, blueprints: list[BlueprintFile]) -> bool:
    """Return whether there is anything to write."""
    return bool(_new(blueprints)) or stored_bank.syllabus(exam) != syllabus


def write_blueprints(blueprints: list[BlueprintFile], now: datetime.datetime) -> None:
    """Add the versions that are not stored yet. An exam that is not on the start page, or closed, stays so."""
    newest = Blueprint.objects.newest()
    not_offered = set(newest.filter(offered=False).values_list("code", flat=True))
    closed = set(newest.filter(admits=False).values_list("code", flat=True))
    Blueprint.objects.bulk_create(
        Blueprint(
            code=blueprint.spec.code, version=blueprint.spec.version, spec=asdict(blueprint.spec),
            sha256=blueprint.sha256,
            offered=blueprint.spec.code not in not_offered, admits=blueprint.spec.code not in closed, loaded_at=now,
        )
        for blueprint in _new(blueprints)
    )  # fmt: skip


def _new(blueprints: list[BlueprintFile]) -> list[BlueprintFile]:
    known = set(Blueprint.objects.values_list("code", "version"))
    return [blueprint for blueprint in blueprints if (blueprint.spec.code, blueprint.spec.version) not in known]


def foreign_codes(exam: str, syllabus: Syllabus, others: Sequence[Syllabus], file: str) -> list[Fault]:
    """Return faults for topics and points that another exam has: their codes are unique in all exams.

    `others` are the syllabi of other exams that are not stored yet.
    """
    topics = Topic.objects.exclude(task__exam_domain__exam=exam).filter(slug__in=syllabus.topics)
    points = Point.objects.exclude(topic__task__exam_domain__exam=exam).filter(code__in=syllabus.points)
    slugs = {slug for other in others for slug in other.topics if slug in syllabus.topics}
    codes = {code for other in others for code in other.points if code in syllabus.points}
    taken = [("topic", slug) for slug in sorted(slugs.union(topics.values_list("slug", flat=True)))]
    taken += [("point", code) for code in sorted(codes.union(points.values_list("code", flat=True)))]
    return [Fault(file, None, "", f"The {kind} '{code}' belongs to another exam. Rename it.") for kind, code in taken]


def delete_syllabus(exam: str) -> None:
    """Delete the syllabus of an exam. Raise ProtectedError if a question uses it."""
    raise_bank_version()
    PlanPart.objects.filter(exam=exam).delete()
    Point.objects.filter(topic__task__exam_domain__exam=exam).delete()
    Topic.objects.filter(task__exam_domain__exam=exam).delete()
    Task.objects.filter(exam_domain__exam=exam).delete()
    ExamDomain.objects.filter(exam=exam).delete()


def write_syllabus(exam: str, syllabus: Syllabus) -> None:
    """Make the rows equal to the syllabus.

    What is no longer in it is deleted, unless a question uses it.
    """
    if stored_bank.syllabus(exam) == syllabus:
        return
    raise_bank_version()
    ExamDomain.objects.bulk_create(
        [ExamDomain(exam=exam, number=domain.number, title=domain.title) for domain in syllabus.exam_domains],
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
    codes = [(domain.number, task.code) for domain in syllabus.exam_domains for task in domain.tasks]
    empty = Task.objects.filter(exam_domain__exam=exam, topics=None).values_list("pk", "exam_domain__number", "code")
    Task.objects.filter(pk__in=[pk for pk, number, code in empty if (number, code) not in codes]).delete()
    of_exam_domains = ExamDomain.objects.filter(exam=exam, tasks=None, questions=None)
    of_exam_domains.exclude(number__in=[domain.number for domain in syllabus.exam_domains]).delete()
    PlanPart.objects.filter(exam=exam).delete()
    PlanPart.objects.bulk_create(
        PlanPart(exam=exam, ordinal=ordinal, weeks=list(part.weeks), focus=part.focus)
        for ordinal, part in enumerate(syllabus.plan)
    )
