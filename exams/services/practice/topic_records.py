"""Read how a candidate's answers went by topic: how many of its questions were seen, and how many right last time."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results.missed import newest_answers


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """The questions of a topic whose solutions the candidate may see: `right` were answered correctly the last time."""

    seen: int = 0
    right: int = 0


def topic_records(candidates: Collection[int], topics: Collection[str] | None = None) -> Mapping[str, TopicRecord]:
    """Return the records by slug, of all topics or of these: three queries at most, none without a candidate.

    `candidates` are the candidate and the guest of the same browser. Questions in their open exams, and enemies of
    those, are left out: whether an earlier answer was right tells the key.
    """
    if not candidates:
        return {}
    newest = (
        newest_answers(candidates)
        .filter(revision__question__topic__isnull=False)
        .exclude(revision__question__in=hidden_from(candidates))
    )
    if topics is not None:
        newest = newest.filter(revision__question__topic__slug__in=topics)
    seen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for slug, correct in newest.values_list("revision__question__topic__slug", "correct"):
        seen[slug] += 1
        right[slug] += correct
    return {slug: TopicRecord(count, right[slug]) for slug, count in seen.items()}
