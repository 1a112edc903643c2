"""What a finished exam suggests to do next: the topics with wrong answers, and the time per question."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exams.models import Attempt
from exams.services.results import slow_questions
from exams.services.results.report import duration
from exams.services.results.review_filters import MISSED, SLOW, ReviewItem
from questions.content.blueprint import BlueprintSpec


@dataclass(frozen=True, slots=True)
class MissedTopic:
    """A topic with questions answered wrong, of all its questions in the exam, unscored ones too."""

    slug: str
    title: str
    wrong: int
    n: int


@dataclass(frozen=True, slots=True)
class MissedTopics:
    """Those of an exam domain with its weight in the exam, in percent; the title is "" if the exam shows none."""

    number: int
    title: str
    weight: int
    topics: tuple[MissedTopic, ...]


@dataclass(frozen=True, slots=True)
class TimePerQuestion:
    """The mean time of the questions whose time is known, and how many were slow. Times are in words."""

    mean: str
    available: str
    slow_from: str
    slow: int
    slow_wrong: int


def missed_topics(items: Iterable[ReviewItem], exam: BlueprintSpec, weakest: Sequence[str] = ()) -> list[MissedTopics]:
    """Return the topics with wrong answers by exam domain, that with the greatest weight in the exam first.

    A question left open says nothing of its topic. In an exam domain, the topics that are weak by all answers of the
    candidate come first, in the order of `weakest`, then those with most wrong answers here.
    """
    by_topic: dict[str, list[ReviewItem]] = defaultdict(list)
    for item in items:
        if item.topic and not item.response.withdrawn:
            by_topic[item.topic].append(item)
    by_domain: dict[int, list[MissedTopic]] = defaultdict(list)
    for slug, found in by_topic.items():
        if wrong := sum(item.states >= {MISSED, "wrong"} for item in found):
            topic = MissedTopic(slug, found[0].topic_title, wrong, len(found))
            by_domain[found[0].exam_domain if exam.shows_domains else 0].append(topic)
    rank = {slug: number for number, slug in enumerate(weakest)}
    for topics in by_domain.values():
        topics.sort(key=lambda topic: (rank.get(topic.slug, len(rank)), -topic.wrong, topic.n, topic.title))
    if not exam.shows_domains:
        return [MissedTopics(0, "", 100, tuple(topics)) for topics in by_domain.values()]
    heaviest = sorted(exam.exam_domains, key=lambda domain: (-domain.weight, domain.number))
    return [
        MissedTopics(domain.number, domain.title, domain.weight, tuple(by_domain[domain.number]))
        for domain in heaviest
        if by_domain[domain.number]
    ]


def time_per_question(attempt: Attempt, items: Iterable[ReviewItem]) -> TimePerQuestion | None:
    """Return the time per question of an exam, None if the time of most questions is not known."""
    items = list(items)
    timed = [item for item in items if item.response.seconds]
    if 2 * len(timed) <= len(items):
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
