"""What a set of questions covers: exam domains, kinds, key positions, ratings, topics and points (no Django)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean, pstdev

from questions.content.prose import ask
from questions.content.schema import MULTIPLE_RESPONSE, QuestionContent
from questions.content.syllabus import Syllabus

_QUALIFIER = re.compile(r"\b(?:MOST|LEAST|BEST|FEWEST|LOWEST|HIGHEST|FASTEST|FIRST)\b")


@dataclass(frozen=True, slots=True)
class DomainSummary:
    """One exam domain: questions, their share in percent beside the wanted weight, and ratings."""

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


def cover(
    drafts: list[QuestionContent], syllabus: Syllabus | None = None, weights: Mapping[int, int] | None = None
) -> Coverage:
    """The counts of a bank: exam domains, kinds, key positions, ratings, topics and points."""
    total = max(1, len(drafts))
    several = sum(draft.kind == MULTIPLE_RESPONSE for draft in drafts)
    positions: dict[str, Counter[int]] = defaultdict(Counter)
    for draft in drafts:
        positions[draft.kind].update(n for n, option in enumerate(draft.options, 1) if option.correct)
    topics = Counter(draft.topic for draft in drafts)
    points = Counter(point for draft in drafts for point in draft.points)
    ratings = [draft.rating for draft in drafts if draft.rating is not None]
    return Coverage(
        questions=len(drafts),
        multiple_response=100 * several / total,
        qualifiers=100 * sum(bool(_QUALIFIER.search(ask(draft.stem))) for draft in drafts) / total,
        rating_mean=mean(ratings) if ratings else None,
        rating_spread=pstdev(ratings) if ratings else None,
        domains=tuple(_domains(drafts, syllabus, weights or {})),
        positions={kind: dict(sorted(counts.items())) for kind, counts in sorted(positions.items())},
        topics={slug: topics[slug] for slug in syllabus.topics} if syllabus else {},
        points={code: points[code] for code in syllabus.points} if syllabus else {},
    )


def exam_domain(draft: QuestionContent, syllabus: Syllabus | None) -> int | None:
    """The exam domain of a question: said, or that of its task."""
    if draft.exam_domain is not None or syllabus is None or draft.task is None:
        return draft.exam_domain
    return syllabus.exam_domain_of_task.get(draft.task)


def _domains(
    drafts: list[QuestionContent], syllabus: Syllabus | None, weights: Mapping[int, int]
) -> Iterable[DomainSummary]:
    for domain in syllabus.exam_domains if syllabus else ():
        own = [draft for draft in drafts if exam_domain(draft, syllabus) == domain.number]
        ratings = [draft.rating for draft in own if draft.rating is not None]
        yield DomainSummary(
            number=domain.number,
            title=domain.title,
            questions=len(own),
            multiple_response=sum(draft.kind == MULTIPLE_RESPONSE for draft in own),
            share=100 * len(own) / max(1, len(drafts)),
            weight=weights.get(domain.number),
            rating_mean=mean(ratings) if ratings else None,
            rating_spread=pstdev(ratings) if ratings else None,
        )
