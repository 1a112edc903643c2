"""Count the questions that a blueprint, stored or not, needs and that the bank has."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count

from exams.psychometrics import quotas
from exams.services.attempt import assembly
from questions.content.schema import ASKABLE_STATUSES
from questions.models import Blueprint, ExamDomain, Question
from questions.services.drawn_questions import drawn_by, of_syllabus


@dataclass(frozen=True, slots=True)
class DomainAvailability:
    """One exam domain: scored and unscored questions needed, live and pilot questions available, and how many lack."""

    number: int
    title: str
    scored: int
    unscored: int
    live: int
    pilots: int
    missing: int


@dataclass(frozen=True, slots=True)
class CollectionAvailability:
    """One collection: live and pilot questions, and those not in use (drafts, in review, retired)."""

    name: str
    live: int
    pilots: int
    unavailable: int


def by_exam_domain(blueprint: Blueprint) -> list[DomainAvailability]:
    """Return the availability for each exam domain of a blueprint. Its weights must not sum to 0."""
    exam = blueprint.exam
    live, pilots = question_counts(blueprint)
    recipe = assembly.recipe_for(blueprint)
    scored, unscored = quotas.split(recipe.scored, recipe.weights), quotas.split(recipe.unscored, recipe.weights)
    shortage = assembly.find_shortage(recipe, live, pilots)
    missing = Counter(shortage.scored) + Counter(shortage.unscored) if shortage else Counter[int]()
    return [
        DomainAvailability(
            number=domain.number,
            title=domain.title,
            scored=scored[domain.number],
            unscored=unscored[domain.number],
            live=live[domain.number],
            pilots=pilots[domain.number],
            missing=missing[domain.number],
        )
        for domain in exam.exam_domains
    ]


def question_counts(blueprint: Blueprint) -> tuple[Counter[int], Counter[int]]:
    """Return the numbers of live and of pilot questions that an exam draws by exam domain: one query."""
    rows = (
        drawn_by(blueprint)
        .askable()
        .filter(current__kind__in=blueprint.exam.kinds)
        .order_by()
        .values_list("drawn_for", "status")
        .annotate(n=Count("pk"))
    )
    counts: dict[str, Counter[int]] = {status: Counter() for status in ASKABLE_STATUSES}
    for domain, status, n in rows:
        counts[status][domain] = n
    return counts[Question.Status.LIVE], counts[Question.Status.PILOT]


def by_collection(syllabus: str) -> list[CollectionAvailability]:
    """Return all collections with questions for exams of this syllabus, by name: two queries."""
    rows = (
        Question.objects.filter(of_syllabus(syllabus))
        .order_by()
        .values_list("collection", "status")
        .annotate(n=Count("pk"))
    )
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, status, n in rows:
        counts[name][status] += n
    return [
        CollectionAvailability(
            name=name,
            live=by_status[Question.Status.LIVE],
            pilots=by_status[Question.Status.PILOT],
            unavailable=sum(n for status, n in by_status.items() if status not in ASKABLE_STATUSES),
        )
        for name, by_status in sorted(counts.items())
    ]


def proportional_weights(live: Counter[int]) -> dict[int, int]:
    """Return weights in percent in proportion to the live questions; empty without any."""
    counts = {number: n for number, n in live.items() if n}
    return quotas.split(100, counts) if counts else {}


def exam_domains(syllabus: str) -> list[tuple[int, str]]:
    """Return number and title of the exam domains of this syllabus."""
    return list(ExamDomain.objects.filter(exam=syllabus).order_by("number").values_list("number", "title"))
