"""Read the stored bank as content: a fixed number of queries for each thousand questions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

from django.db.models import Q

from questions.content import syllabus as syllabus_content
from questions.content.schema import PUBLISHED_STATUSES, QuestionContent, Waiver
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
from questions.services.bank_version import bank_version
from questions.services.content_columns import facts_of
from questions.services.query_limits import ROWS_PER_QUERY
from questions.services.wordings import wording_values


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """A question with its working revision: the published one if candidates meet it, else the newest."""

    question: Question
    revision: Revision
    options: tuple[Option, ...]
    last_number: int
    content: QuestionContent


def questions(where: Q | None = None) -> Iterator[StoredQuestion]:
    """Yield all questions, or those that match, by code. A question without a wording is left out."""
    rows = Question.objects.filter(where or Q()).order_by("code")
    rows = rows.select_related("exam_domain", "topic__task")
    for batch in batched(rows.iterator(chunk_size=ROWS_PER_QUERY), ROWS_PER_QUERY):
        yield from _read({row.pk: row for row in batch})


def exam_codes() -> list[str]:
    """Return the codes of the exams that have a syllabus."""
    return list(ExamDomain.objects.order_by("exam").values_list("exam", flat=True).distinct())


def exam_domain_numbers() -> dict[str, set[int]]:
    """Return the numbers of the exam domains of each exam that has a syllabus."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for exam, number in ExamDomain.objects.values_list("exam", "number"):
        numbers[exam].add(number)
    return dict(numbers)


def syllabus(exam: str) -> syllabus_content.Syllabus | None:
    """Return the syllabus of an exam, or None; also for "", the exam of a question without exam domain."""
    if not exam:
        return None
    points: dict[int, list[syllabus_content.Point]] = defaultdict(list)
    for point in Point.objects.filter(topic__task__exam_domain__exam=exam).order_by("ordinal", "pk"):
        points[point.topic_id].append(syllabus_content.Point(point.code, point.text))
    topics: dict[int, list[syllabus_content.Topic]] = defaultdict(list)
    for topic in Topic.objects.filter(task__exam_domain__exam=exam).order_by("ordinal", "pk"):
        weeks, services = tuple(topic.weeks), tuple(topic.services)
        topics[topic.task_id].append(
            syllabus_content.Topic(topic.slug, topic.title, topic.summary, weeks, services, tuple(points[topic.pk]))
        )
    tasks: dict[int, list[syllabus_content.Task]] = defaultdict(list)
    # Codes such as "3.4" are sorted by their numbers, or 3.10 would come before 3.2.
    for task in sorted(Task.objects.filter(exam_domain__exam=exam), key=lambda task: _numbers(task.code)):
        tasks[task.exam_domain_id].append(syllabus_content.Task(task.code, task.title, tuple(topics[task.pk])))
    domains = tuple(
        syllabus_content.ExamDomain(domain.number, domain.title, tuple(tasks[domain.pk]))
        for domain in ExamDomain.objects.filter(exam=exam).order_by("number")
    )
    plan = tuple(
        syllabus_content.PlanPart(tuple(part.weeks), part.focus)
        for part in PlanPart.objects.filter(exam=exam).order_by("ordinal")
    )
    return syllabus_content.Syllabus(domains, plan) if domains else None


# By exam, with the version of the bank: valid while it stays the same.
_syllabi: dict[str, tuple[int, syllabus_content.Syllabus]] = {}


def kept_syllabus(exam: str) -> syllabus_content.Syllabus | None:
    """Return the syllabus of an exam, or None, for pages: only the version of the bank is read, while it stays."""
    version = bank_version()
    if (known := _syllabi.get(exam)) and known[0] == version:
        return known[1]
    if read := syllabus(exam):
        _syllabi[exam] = version, read
    return read


def _numbers(code: str) -> list[int]:
    return [int(part) for part in code.split(".") if part.isdigit()]


def _read(rows: dict[int, Question]) -> Iterator[StoredQuestion]:
    revisions, last_numbers = _revisions(rows)
    options: dict[int, list[Option]] = defaultdict(list)
    keys = [revision.pk for revision in revisions.values()]
    for option in Option.objects.filter(revision__in=keys).order_by("revision_id", "ordinal"):
        options[option.revision_id].append(option)
    points: dict[int, list[str]] = defaultdict(list)
    links = QuestionPoint.objects.filter(question__in=rows).order_by("ordinal", "pk")
    for question_pk, code in links.values_list("question", "point__code"):
        points[question_pk].append(code)
    waivers: dict[int, list[Waiver]] = defaultdict(list)
    waiver_rows = WaiverRow.objects.filter(question__in=rows).order_by("pk")
    for question_pk, rule, reason in waiver_rows.values_list("question", "rule", "reason"):
        waivers[question_pk].append(Waiver(rule, reason))
    enemies = _named_enemies(rows)
    for pk, question in rows.items():
        if pk not in revisions:
            continue
        revision = revisions[pk]
        yield StoredQuestion(
            question=question,
            revision=revision,
            options=tuple(options[revision.pk]),
            last_number=last_numbers[pk],
            content=QuestionContent(
                id=question.code,
                status=question.status,
                task=question.topic.task.code if question.topic else None,
                topic=question.topic.slug if question.topic else None,
                exam_domain=None if question.topic or not question.exam_domain else question.exam_domain.number,
                points=tuple(points[pk]),
                rating=question.rating,
                enemies=tuple(enemies[pk]),
                waivers=tuple(waivers[pk]),
                **facts_of(question) | wording_values(revision, options[revision.pk]),
            ),
        )


def _revisions(rows: dict[int, Question]) -> tuple[dict[int, Revision], dict[int, int]]:
    """Return the working revision and the highest number of each question."""
    revisions: dict[int, Revision] = {}
    last_numbers: dict[int, int] = {}
    for revision in Revision.objects.filter(question__in=rows).order_by("question_id", "number"):
        question = rows[revision.question_id]
        last_numbers[question.pk] = revision.number
        # Ordered by number, so the newest wins; of a question that candidates meet, the current one.
        if question.current_id in (None, revision.pk) or question.status not in PUBLISHED_STATUSES:
            revisions[question.pk] = revision
    return revisions, last_numbers


def _named_enemies(rows: dict[int, Question]) -> dict[int, list[str]]:
    """Return the enemies that each question names in its file. A pair is stored once; a file names it on either side.

    A question names the pair if its last loaded file did. A pair that no file has named is named by the question whose
    code comes first.
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
    """Return whether the last loaded file of `one` names `other`."""
    return other.code in (one.base or {}).get("enemies", ())


def question_codes(where: Q) -> set[str]:
    """Return the codes of the questions that match, with a wording or without."""
    return set(Question.objects.filter(where).values_list("code", flat=True))


def questions_by_code(rows: Iterable[StoredQuestion]) -> dict[str, StoredQuestion]:
    """Return the questions by their code."""
    return {row.content.id: row for row in rows}


def exam_domain_titles(exam: str) -> dict[int, str]:
    """Return the titles of the exam domains of an exam, by number."""
    stored = syllabus(exam)
    return {domain.number: domain.title for domain in stored.exam_domains} if stored else {}
