"""What a finished exam suggests to do next: the topics with wrong answers, and the time per question."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from exams.models import Attempt
from exams.services.results import slow_questions
from exams.services.results.report import duration, is_hasty
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
    """Return the topics with wrong answers by exam domain, that which cost most of the exam first.

    It costs its weight in the exam times the share of its questions that were wrong.
    A question left open says nothing of its topic. In an exam domain, the topics that are weak by all answers of the
    candidate come first, in the order of `weakest`, then those with most wrong answers here.
    """
    by_topic: dict[str, list[ReviewItem]] = defaultdict(list)
    for item in items:
        if item.topic and not item.response.withdrawn:
            by_topic[item.topic].append(item)
    by_domain: dict[int, list[MissedTopic]] = defaultdict(list)
    asked: Counter[int] = Counter()
    for slug, found in by_topic.items():
        asked[found[0].exam_domain] += len(found)
        if wrong := sum(item.states >= {MISSED, "wrong"} for item in found):
            topic = MissedTopic(slug, found[0].topic_title, wrong, len(found))
            by_domain[found[0].exam_domain if exam.shows_domains else 0].append(topic)
    rank = {slug: number for number, slug in enumerate(weakest)}
    for topics in by_domain.values():
        topics.sort(key=lambda topic: (rank.get(topic.slug, len(rank)), -topic.wrong, topic.n, topic.title))
    if not exam.shows_domains:
        return [MissedTopics(0, "", 100, tuple(topics)) for topics in by_domain.values()]
    cost = {
        domain.number: domain.weight * sum(topic.wrong for topic in by_domain[domain.number]) / asked[domain.number]
        for domain in exam.exam_domains
        if asked[domain.number]
    }
    costliest = sorted(exam.exam_domains, key=lambda domain: (-cost.get(domain.number, 0), domain.number))
    return [
        MissedTopics(domain.number, domain.title, domain.weight, tuple(by_domain[domain.number]))
        for domain in costliest
        if by_domain[domain.number]
    ]


def hasty_words(took: timedelta, given: timedelta, unanswered: int, n: int) -> str:
    """Return what the score of an exam says if its answers came too fast, else "": the arguments are of `is_hasty`."""
    if not is_hasty(took, given, unanswered, n):
        return ""
    text = _(
        "It was answered in %(time)s, faster than its questions can be read, so the score says little about your level."
    )
    return text % {"time": duration(int(took.total_seconds()))}


def hasty_words_of(attempt: Attempt, unanswered: int, n: int) -> str:
    """Return the same of an attempt."""
    ended = attempt.submitted_at or attempt.deadline
    return hasty_words(ended - attempt.started_at, attempt.deadline - attempt.started_at, unanswered, n)


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
