"""What the database says, as the drafts of the one schema: read in bulk, a fixed number of queries per thousand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

from django.db.models import Q

from questions.content import syllabus as plan_of
from questions.content.schema import PUBLISHED_STATUSES, OptionContent, QuestionContent, Reference, Waiver
from questions.models import (
    Enemy,
    ExamDomain,
    Option,
    PlanPart,
    Point,
    Question,
    QuestionPoint,
    Revision,
    Task,
    Topic,
)
from questions.models import Waiver as WaiverRow

AT_ONCE = 1000  # rows named in one query: both databases bound the number of parameters


@dataclass(frozen=True, slots=True)
class Stored:
    """A question with its working revision: the published one where candidates meet it, else the newest."""

    question: Question
    revision: Revision
    options: tuple[Option, ...]
    last_number: int
    draft: QuestionContent


def questions(where: Q | None = None) -> Iterator[Stored]:
    """All questions (or those that match), by code; a question without any wording is left out."""
    rows = Question.objects.filter(where or Q()).order_by("code")
    rows = rows.select_related("exam_domain", "topic__task")
    for some in batched(rows.iterator(chunk_size=AT_ONCE), AT_ONCE):
        yield from _some({row.pk: row for row in some})


def exam_codes() -> list[str]:
    """Codes of the exams that have a syllabus here."""
    return list(ExamDomain.objects.order_by("exam").values_list("exam", flat=True).distinct())


def syllabus(exam: str) -> plan_of.Syllabus | None:
    """The syllabus of an exam, None if there is none."""
    points: dict[int, list[plan_of.Point]] = defaultdict(list)
    for point in Point.objects.filter(topic__task__exam_domain__exam=exam).order_by("ordinal", "pk"):
        points[point.topic_id].append(plan_of.Point(point.code, point.text))
    topics: dict[int, list[plan_of.Topic]] = defaultdict(list)
    for topic in Topic.objects.filter(task__exam_domain__exam=exam).order_by("ordinal", "pk"):
        weeks, services = tuple(topic.weeks), tuple(topic.services)
        topics[topic.task_id].append(
            plan_of.Topic(topic.slug, topic.title, topic.summary, weeks, services, tuple(points[topic.pk]))
        )
    tasks: dict[int, list[plan_of.Task]] = defaultdict(list)
    # Codes are "3.4": by their numbers, or 3.10 would stand before 3.2.
    for task in sorted(Task.objects.filter(exam_domain__exam=exam), key=lambda task: _numbers(task.code)):
        tasks[task.exam_domain_id].append(plan_of.Task(task.code, task.title, tuple(topics[task.pk])))
    domains = tuple(
        plan_of.ExamDomain(domain.number, domain.title, tuple(tasks[domain.pk]))
        for domain in ExamDomain.objects.filter(exam=exam).order_by("number")
    )
    plan = tuple(
        plan_of.PlanPart(tuple(part.weeks), part.focus)
        for part in PlanPart.objects.filter(exam=exam).order_by("ordinal")
    )
    return plan_of.Syllabus(domains, plan) if domains else None


def _numbers(code: str) -> list[int]:
    return [int(part) for part in code.split(".") if part.isdigit()]


def _some(rows: dict[int, Question]) -> Iterator[Stored]:
    revisions: dict[int, Revision] = {}
    last: dict[int, int] = {}
    for revision in Revision.objects.filter(question__in=rows).order_by("question_id", "number"):
        question = rows[revision.question_id]
        last[question.pk] = revision.number
        # In order of number, so the newest stays; of a question that candidates meet, the current one.
        if question.current_id in (None, revision.pk) or question.status not in PUBLISHED_STATUSES:
            revisions[question.pk] = revision
    options: dict[int, list[Option]] = defaultdict(list)
    chosen = [revision.pk for revision in revisions.values()]
    for option in Option.objects.filter(revision__in=chosen).order_by("revision_id", "ordinal"):
        options[option.revision_id].append(option)
    points: dict[int, list[str]] = defaultdict(list)
    links = QuestionPoint.objects.filter(question__in=rows).order_by("ordinal", "pk")
    for question_pk, code in links.values_list("question", "point__code"):
        points[question_pk].append(code)
    waivers: dict[int, list[Waiver]] = defaultdict(list)
    for question_pk, rule, reason in (
        WaiverRow.objects.filter(question__in=rows).order_by("pk").values_list("question", "rule", "reason")
    ):
        waivers[question_pk].append(Waiver(rule, reason))
    enemies = _named_enemies(rows)
    for pk, question in rows.items():
        if pk not in revisions:
            continue
        revision = revisions[pk]
        of_revision = tuple(options[revision.pk])
        yield Stored(
            question,
            revision,
            of_revision,
            last[pk],
            QuestionContent(
                id=question.code,
                revision=revision.number,
                status=question.status,
                task=question.topic.task.code if question.topic else None,
                topic=question.topic.slug if question.topic else None,
                exam_domain=None if question.topic else question.exam_domain.number,
                points=tuple(points[pk]),
                kind=revision.kind,
                rating=question.rating,
                ask=question.ask or None,
                default=question.default or None,
                enemies=tuple(enemies[pk]),
                waivers=tuple(waivers[pk]),
                as_of=question.as_of.isoformat() if question.as_of else None,
                license=question.license or None,
                stem=revision.stem,
                options=tuple(
                    OptionContent(each.code, bool(revision.key >> each.bit & 1), each.text, each.rationale)
                    for each in of_revision
                ),
                explanation=revision.explanation,
                references=tuple(Reference(**each) for each in revision.references),
                collection=question.collection,
            ),
        )


def _named_enemies(rows: dict[int, Question]) -> dict[int, list[str]]:
    """Which enemies each question names in its file: a pair is stored once, files may name it on either side.

    Whose last loaded file named the pair names it again; a pair that no file named is named by the
    question whose code comes first.
    """
    named: dict[int, list[str]] = defaultdict(list)
    pairs = Enemy.objects.filter(Q(low__in=rows) | Q(high__in=rows)).select_related("low", "high")
    for pair in pairs:
        for one, other in ((pair.low, pair.high), (pair.high, pair.low)):
            if one.pk in rows and (names_enemy(one, other) or (not names_enemy(other, one) and one.code < other.code)):
                named[one.pk].append(other.code)
    for pk, codes in named.items():
        base = (rows[pk].base or {}).get("enemies", [])
        codes.sort(key=lambda code: (base.index(code) if code in base else len(base), code))
    return named


def names_enemy(one: Question, other: Question) -> bool:
    """Whether the last loaded file of `one` names `other`."""
    return other.code in (one.base or {}).get("enemies", ())


def codes(where: Q) -> set[str]:
    """Codes of the questions that match, with a wording or without."""
    return set(Question.objects.filter(where).values_list("code", flat=True))


def by_code(found: Iterable[Stored]) -> dict[str, Stored]:
    """The questions by their code."""
    return {each.draft.id: each for each in found}


def exam_domains(exam: str) -> dict[int, str]:
    """The exam domains of an exam by number, for a mapping."""
    found = syllabus(exam)
    return {domain.number: domain.title for domain in found.exam_domains} if found else {}
