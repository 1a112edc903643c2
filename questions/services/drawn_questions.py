"""Which questions an exam draws, and for which of its exam domains. Reads only.

Everything that asks what an exam draws reads `drawn_by`: forms, availability, practice, the bank report.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import combinations
from operator import or_
from typing import Any

from django.db.models import Case, F, Q, Value, When

from questions.content.blueprint import BlueprintSpec, DomainWeight, Draw
from questions.content.house_rules import HouseRules
from questions.content.schema import Fault
from questions.models import Blueprint, Question
from questions.models.tags_field import stored_tags
from questions.services.content_columns import facts_of


def drawn_by(blueprint: Blueprint, collections: Iterable[str] | None = None) -> Any:
    """Return the questions that the exam names, in any status, each with the number of its exam domain as `drawn_for`.

    `collections` replaces those of the exam, as for practice. Of two exam domains that draw a question, the first one
    gets it (`overlaps` finds them).
    """
    exam = blueprint.exam
    names = list(exam.collections if collections is None else collections)
    placed, drawing = _placed(exam), [domain for domain in exam.exam_domains if domain.draws]
    drawn = reduce(or_, map(_drawn, drawing), placed)
    questions = Question.objects.filter(drawn, collection__in=names)
    if not drawing:
        return questions.annotate(drawn_for=F("exam_domain__number"))
    whens = [When(_drawn(domain), then=Value(domain.number)) for domain in drawing]
    return questions.annotate(drawn_for=Case(When(placed, then=F("exam_domain__number")), *whens))


def of_syllabus(exam: str) -> Q:
    """Return what holds for the questions of the exams with this syllabus: those placed in it, and those they draw."""
    blueprints = Blueprint.objects.newest().with_syllabus(exam)
    drawing = [domain for row in blueprints for domain in row.exam.exam_domains if domain.draws]
    return reduce(or_, map(_drawn, drawing), Q(exam_domain__exam=exam))


def syllabuses(questions: Iterable[Question]) -> dict[int, set[str]]:
    """Return the syllabuses that questions are for, by key: their own, or without a place those of their exams.

    One query at most.
    """
    rows = list(questions)
    unplaced = any(row.exam_domain_id is None for row in rows)
    exams = [row.exam for row in Blueprint.objects.in_use()] if unplaced else []
    return {
        row.pk: {row.syllabus} if row.exam_domain
        else {exam.syllabus_code for exam in exams if draws(exam, facts_of(row))}
        for row in rows
    }  # fmt: skip


def draws(exam: BlueprintSpec, facts: Mapping[str, Any], topic: str | None = None) -> bool:
    """Return whether an exam domain draws a question with these facts (collection and tags), whatever its place."""
    return any(
        draw.collection == facts["collection"]
        and (not draw.topics or topic in draw.topics)
        and (not draw.tags or not set(draw.tags).isdisjoint(facts["tags"]))
        for domain in exam.exam_domains
        for draw in domain.draws
    )


def needs_no_place(collection: str, house: HouseRules) -> bool:
    """Return whether questions of this collection need no exam domain: its rules ask for none, and exams that draw
    from it do so by collection or tags, or there are none yet.
    """
    exams = [row.exam for row in Blueprint.objects.in_use() if collection in row.exam.collections]
    drawing = (draw.collection for exam in exams for domain in exam.exam_domains for draw in domain.draws)
    return not house.need_exam_domain and (not exams or collection in drawing)


def draws_from(exam: BlueprintSpec, collection: str, syllabus: str) -> bool:
    """Return whether the exam can draw a question of this collection that is placed in the syllabus of this exam."""
    if collection not in exam.collections:
        return False
    return exam.syllabus_code == syllabus or any(
        draw.collection == collection for domain in exam.exam_domains for draw in domain.draws
    )


def overlaps(exam: BlueprintSpec) -> list[Fault]:
    """Return a fault for each pair of exam domains that draw the same question."""
    faults = []
    for (_first, one), (place, other) in combinations(enumerate(exam.exam_domains, 1), 2):
        if not (one.draws or other.draws):
            continue
        both = Question.objects.filter(_of(one, exam), _of(other, exam)).order_by("code").first()
        if both:
            sentence = f"'{one.title}' and '{other.title}' both draw the question {both.code}. Let one of them draw it."
            faults.append(Fault("", None, f"exam_domains.{place}.draws", sentence))
    return faults


def _placed(exam: BlueprintSpec) -> Q:
    """Return what holds for questions that are placed in the exam domains without draws."""
    numbers = [domain.number for domain in exam.exam_domains if not domain.draws]
    return Q(exam_domain__exam=exam.syllabus_code, exam_domain__number__in=numbers)


def _of(domain: DomainWeight, exam: BlueprintSpec) -> Q:
    placed = Q(exam_domain__exam=exam.syllabus_code, exam_domain__number=domain.number)
    return _drawn(domain) if domain.draws else placed & Q(collection__in=exam.collections)


def _drawn(domain: DomainWeight) -> Q:
    return reduce(or_, map(_condition, domain.draws))


def _condition(draw: Draw) -> Q:
    found = Q(collection=draw.collection)
    if draw.topics:
        found &= Q(topic__slug__in=draw.topics)
    if draw.tags:
        found &= reduce(or_, (Q(tags__contains=stored_tags([tag])) for tag in draw.tags))
    return found
