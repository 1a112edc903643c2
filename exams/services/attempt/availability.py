"""Counts the questions that a blueprint could draw from, before it is stored: what it needs, what there is."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count

from exams.psychometrics import quotas
from exams.services.attempt import assembly
from questions.content.schema import ASKABLE_STATUSES
from questions.models import Blueprint, ExamDomain, Question


@dataclass(frozen=True, slots=True)
class DomainStock:
    """One exam domain: wanted scored and unscored questions, live and pilot ones there are, how many are missing."""

    number: int
    title: str
    scored: int
    unscored: int
    live: int
    pilots: int
    missing: int


@dataclass(frozen=True, slots=True)
class CollectionStock:
    """One collection: its live and pilot questions, and those that are not asked (drafts, in review, retired)."""

    name: str
    live: int
    pilots: int
    others: int


def of(blueprint: Blueprint) -> list[DomainStock]:
    """The exam domains of a blueprint, stored or not. Its weights must sum to something."""
    exam = blueprint.exam
    live, pilots = counts(exam.syllabus_code, exam.collections, exam.kinds)
    recipe = assembly.recipe_for(blueprint)
    scored, unscored = quotas.split(recipe.scored, recipe.weights), quotas.split(recipe.unscored, recipe.weights)
    lacking = assembly.lacking(recipe, live, pilots)
    return [
        DomainStock(
            number=domain.number,
            title=domain.title,
            scored=scored[domain.number],
            unscored=unscored[domain.number],
            live=live[domain.number],
            pilots=pilots[domain.number],
            missing=lacking.scored.get(domain.number, 0) + lacking.unscored.get(domain.number, 0) if lacking else 0,
        )
        for domain in exam.exam_domains
    ]


def counts(syllabus: str, collections: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[Counter[int], Counter[int]]:
    """Live and pilot questions by exam domain: one query."""
    rows = (
        Question.objects.askable(list(collections))
        .filter(current__kind__in=kinds, exam_domain__exam=syllabus)
        .order_by()
        .values_list("exam_domain__number", "status")
        .annotate(n=Count("pk"))
    )
    found: dict[str, Counter[int]] = {status: Counter() for status in ASKABLE_STATUSES}
    for domain, status, n in rows:
        found[status][domain] = n
    return found[Question.Status.LIVE], found[Question.Status.PILOT]


def collections(syllabus: str) -> list[CollectionStock]:
    """All collections with questions of this syllabus, by name: one query."""
    rows = (
        Question.objects.filter(exam_domain__exam=syllabus)
        .order_by()
        .values_list("collection", "status")
        .annotate(n=Count("pk"))
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, status, n in rows:
        found[name][status] += n
    return [
        CollectionStock(name, each[Question.Status.LIVE], each[Question.Status.PILOT],
                        sum(n for status, n in each.items() if status not in ASKABLE_STATUSES))
        for name, each in sorted(found.items())
    ]  # fmt: skip


def weights(live: Counter[int]) -> dict[int, int]:
    """Weights in percent as the live questions lie over the exam domains; empty without any."""
    there = {number: n for number, n in live.items() if n}
    return quotas.split(100, there) if there else {}


def domains(syllabus: str) -> list[tuple[int, str]]:
    """Number and title of the exam domains that questions of this syllabus can belong to."""
    return list(ExamDomain.objects.filter(exam=syllabus).order_by("number").values_list("number", "title"))
