"""Read how a candidate's answers went by topic: how many of its questions were seen, and how many right last time."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain

from exams.services.attempt.hidden_questions import hidden_from
from exams.services.practice.study_records import StudyRecords
from exams.services.progress.answers import Answer, past_answers
from questions.models import Topic


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """The questions of a topic whose solutions the candidate may see: `right` were answered correctly the last time."""

    seen: int = 0
    right: int = 0


def topic_records(
    candidates: Collection[int], topics: Collection[str] | None = None, records: StudyRecords | None = None
) -> Mapping[str, TopicRecord]:
    """Return the records by slug, of all topics or of these: one query beside those of the answers and what is hidden.

    None without a candidate; `records` are those of one candidate alone, if they were read. `candidates` are the
    candidate and the guest of the same browser. Questions in their open exams, and enemies of those, are left out:
    whether an earlier answer was right tells the key.
    """
    if not candidates:
        return {}
    known = {records.candidate.pk: records.answers} if records and records.candidate else {}
    hidden = records.hidden if records else hidden_from(candidates)
    answers = chain.from_iterable(
        known[candidate] if candidate in known else past_answers(candidate) for candidate in candidates
    )
    newest: dict[int, Answer] = {}
    for answer in answers:
        if answer.question not in newest or newest[answer.question].at <= answer.at:
            newest[answer.question] = answer
    seen: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for question, answer in newest.items():
        if answer.topic is not None and question not in hidden:
            seen[answer.topic] += 1
            right[answer.topic] += answer.correct
    rows = Topic.objects.filter(pk__in=seen) if topics is None else Topic.objects.filter(slug__in=topics)
    slugs = rows.order_by().values_list("pk", "slug")
    return {slug: TopicRecord(seen[topic], right[topic]) for topic, slug in slugs if topic in seen}
