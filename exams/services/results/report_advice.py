"""What a finished exam suggests to do next: the topics with wrong answers, and the time per question."""

from collections.abc import Iterable
from dataclasses import dataclass

from exams.models import Attempt
from exams.services.results import slow_questions
from exams.services.results.report import duration
from exams.services.results.review_filters import SLOW, ReviewItem


@dataclass(frozen=True, slots=True)
class MissedTopic:
    """A topic with scored questions answered wrong, of all its scored questions in the exam."""

    slug: str
    title: str
    wrong: int
    n: int


@dataclass(frozen=True, slots=True)
class TimePerQuestion:
    """The mean time of the questions whose time is known, and how many were slow. Times are in words."""

    mean: str
    available: str
    slow_from: str
    slow: int
    slow_wrong: int


def missed_topics(items: Iterable[ReviewItem]) -> list[MissedTopic]:
    """Return the topics with wrong answers, most first. A question left open says nothing of its topic."""
    counts: dict[tuple[str, str], list[int]] = {}
    for item in items:
        if item.topic and item.response.scored and not item.response.withdrawn:
            count = counts.setdefault((item.topic, item.topic_title), [0, 0])
            count[0] += item.states >= {"missed", "wrong"}
            count[1] += 1
    topics = [MissedTopic(slug, title, wrong, n) for (slug, title), (wrong, n) in counts.items() if wrong]
    return sorted(topics, key=lambda topic: (-topic.wrong, topic.n, topic.title))


def time_per_question(attempt: Attempt, items: Iterable[ReviewItem]) -> TimePerQuestion | None:
    """Return the time per question of an exam, None if no time is known."""
    timed = [item for item in items if item.response.seconds]
    if not timed:
        return None
    slow = [item for item in timed if SLOW in item.states]
    available = slow_questions.seconds_per_question(attempt)
    return TimePerQuestion(
        mean=duration(round(sum(item.response.seconds for item in timed) / len(timed))),
        available=duration(round(available)),
        slow_from=duration(round(slow_questions.slow_seconds(available))),
        slow=len(slow),
        slow_wrong=sum(not item.response.correct for item in slow),
    )
