"""What a set of questions covers: exam domains, kinds, key positions, ratings, topics and points (no Django)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean, pstdev

from questions.content.prose import ask
from questions.content.schema import MULTIPLE_RESPONSE, QuestionContent
from questions.content.syllabus import Syllabus

QUALIFIER = re.compile(r"\b(?:MOST|LEAST|BEST|FEWEST|LOWEST|HIGHEST|FASTEST|FIRST)\b")


@dataclass(frozen=True, slots=True)
class DomainSummary:
    """One exam domain: questions, their share and the weight of the blueprint in percent, and ratings."""

    number: int
    title: str
    questions: int
    multiple_response: int
    share: float
    weight: int | None
    rating_mean: float | None
    rating_spread: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the questions in use cover; shares are in percent.

    `positions` counts keys per kind by authored position from 1.
    """

    questions: int
    multiple_response: float
    qualifiers: float
    rating_mean: float | None
    rating_spread: float | None
    domains: tuple[DomainSummary, ...]
    positions: Mapping[str, Mapping[int, int]]
    topics: Mapping[str, int]
    points: Mapping[str, int]

    @property
    def topics_without(self) -> list[str]:
        return [slug for slug, count in self.topics.items() if not count]

    @property
    def points_without(self) -> list[str]:
        return [code for code, count in self.points.items() if not count]


def measure_coverage(
    questions: list[QuestionContent],
    syllabus: Syllabus | None = None,
    weights: Mapping[int, int] | None = None,
    drawn_for: Mapping[str, int] | None = None,
) -> Coverage:
    """Count exam domains, kinds, key positions, ratings, topics and points of a bank.

    `drawn_for` gives the exam domain of questions for which an exam draws them, by id; otherwise it is their own.
    """
    total = max(1, len(questions))
    several = sum(question.kind == MULTIPLE_RESPONSE for question in questions)
    positions: dict[str, Counter[int]] = defaultdict(Counter)
    for question in questions:
        positions[question.kind].update(n for n, option in enumerate(question.options, 1) if option.correct)
    topics = Counter(question.topic for question in questions)
    points = Counter(point for question in questions for point in question.points)
    ratings = [question.rating for question in questions if question.rating is not None]
    return Coverage(
        questions=len(questions),
        multiple_response=100 * several / total,
        qualifiers=100 * sum(bool(QUALIFIER.search(ask(question.stem))) for question in questions) / total,
        rating_mean=mean(ratings) if ratings else None,
        rating_spread=pstdev(ratings) if ratings else None,
        domains=tuple(_domains(questions, syllabus, weights or {}, drawn_for or {})),
        positions={kind: dict(sorted(counts.items())) for kind, counts in sorted(positions.items())},
        topics={slug: topics[slug] for slug in syllabus.topics} if syllabus else {},
        points={code: points[code] for code in syllabus.points} if syllabus else {},
    )


def exam_domain(question: QuestionContent, syllabus: Syllabus | None) -> int | None:
    """Return the exam domain of a question: the given one, or that of its task."""
    if question.exam_domain is not None or syllabus is None or question.task is None:
        return question.exam_domain
    return syllabus.exam_domain_of_task.get(question.task)


def _domains(
    questions: list[QuestionContent],
    syllabus: Syllabus | None,
    weights: Mapping[int, int],
    drawn_for: Mapping[str, int],
) -> Iterable[DomainSummary]:
    for domain in syllabus.exam_domains if syllabus else ():
        in_domain = [
            question
            for question in questions
            if drawn_for.get(question.id, exam_domain(question, syllabus)) == domain.number
        ]
        ratings = [question.rating for question in in_domain if question.rating is not None]
        yield DomainSummary(
            number=domain.number,
            title=domain.title,
            questions=len(in_domain),
            multiple_response=sum(question.kind == MULTIPLE_RESPONSE for question in in_domain),
            share=100 * len(in_domain) / max(1, len(questions)),
            weight=weights.get(domain.number),
            rating_mean=mean(ratings) if ratings else None,
            rating_spread=pstdev(ratings) if ratings else None,
        )
