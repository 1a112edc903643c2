"""Find what to write next: the asks, topics and points with too few questions, largest shortage first (no Django)."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from questions.content.schema import QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint.profile import Profile

MIN_TOPIC_QUESTIONS = 2
MIN_POINT_QUESTIONS = 2


@dataclass(frozen=True, slots=True)
class Shortage:
    """An ask, a topic or a point with the number of its questions, and how many more it needs."""

    code: str
    title: str
    questions: int
    missing: int


@dataclass(frozen=True, slots=True)
class Shortages:
    """The shortages of a bank. An ask needs at least the smallest share of its target in the profile of the bank."""

    asks: tuple[Shortage, ...]
    topics: tuple[Shortage, ...]
    points: tuple[Shortage, ...]


def find_shortages(questions: Sequence[QuestionContent], syllabus: Syllabus, profile: Profile) -> Shortages:
    """Return what the questions lack to cover the syllabus and to match the style of the exam."""
    asks = Counter(question.ask for question in questions)
    wanted = {ask: math.ceil((target.minimum or 0) * len(questions) / 100) for ask, target in profile.asks.items()}
    topics = Counter(question.topic for question in questions)
    points = Counter(point for question in questions for point in question.points)
    return Shortages(
        asks=_shortages((ask, target.name, asks[ask], wanted[ask]) for ask, target in profile.asks.items()),
        topics=_shortages(
            (slug, topic.title, topics[slug], MIN_TOPIC_QUESTIONS) for slug, topic in syllabus.topics.items()
        ),
        points=_shortages(
            (code, point.text, points[code], MIN_POINT_QUESTIONS) for code, point in syllabus.points.items()
        ),
    )


def count_points(points: Mapping[str, int]) -> dict[str, int]:
    """Return how many points have no question, one, and two or more, from the number of questions by point."""
    counts = Counter(min(count, MIN_POINT_QUESTIONS) for count in points.values())
    return {"0": counts[0], "1": counts[1], "2+": counts[2]}


def _shortages(rows: Iterable[tuple[str, str, int, int]]) -> tuple[Shortage, ...]:
    short = (Shortage(code, title, count, wanted - count) for code, title, count, wanted in rows if count < wanted)
    return tuple(sorted(short, key=lambda shortage: -shortage.missing))
