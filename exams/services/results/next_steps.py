"""What a finished exam suggests to do next: the topics that were missed, and the pace."""

from collections.abc import Iterable
from dataclasses import dataclass

from exams.models import Attempt
from exams.services.results import pace
from exams.services.results.report import duration
from exams.services.results.review_filters import SLOW, ReviewItem


@dataclass(frozen=True, slots=True)
class MissedTopic:
    """A topic with scored questions that were missed, of all its scored questions in the exam."""

    slug: str
    title: str
    missed: int
    n: int


@dataclass(frozen=True, slots=True)
class Pace:
    """The mean time of the questions whose time is known, and how many were slow. Times are in words."""

    mean: str
    available: str
    slow_from: str
    slow: int
    slow_wrong: int


def missed_topics(items: Iterable[ReviewItem]) -> list[MissedTopic]:
    """Return the topics with missed questions, most missed first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for item in items:
        if item.topic and item.response.scored and not item.response.withdrawn:
            count = counts.setdefault((item.topic, item.topic_title), [0, 0])
            count[0] += "missed" in item.states
            count[1] += 1
    topics = [MissedTopic(slug, title, missed, n) for (slug, title), (missed, n) in counts.items() if missed]
    return sorted(topics, key=lambda topic: (-topic.missed, topic.n, topic.title))


def pace_of(attempt: Attempt, items: Iterable[ReviewItem]) -> Pace | None:
    """Return the pace of an exam, None if no time is known."""
    timed = [item for item in items if item.response.seconds]
    if not timed:
        return None
    slow = [item for item in timed if SLOW in item.states]
    return Pace(
        mean=duration(round(sum(item.response.seconds for item in timed) / len(timed))),
        available=duration(round(pace.seconds_per_question(attempt))),
        slow_from=duration(round(pace.slow_seconds(attempt))),
        slow=len(slow),
        slow_wrong=sum(not item.response.correct for item in slow),
    )
