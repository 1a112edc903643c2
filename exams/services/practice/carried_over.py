"""Read which topics of an exam a candidate has practiced for another one: a hint, which no estimate rests on."""

from collections.abc import Collection
from dataclasses import dataclass

from exams.services.practice.study_records import StudyRecords
from exams.services.practice.topic_records import topic_records
from questions.bank_files.overlap import PARTLY, overlapping_topics
from questions.models import Blueprint, Topic


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """A topic that was practiced for another exam: of the `seen` questions there, `right` were right the last time.

    `is_part` is whether the questions there are about a part of the topic only.
    """

    slug: str
    title: str
    exam: str
    seen: int
    right: int
    is_part: bool


def carried_over(
    candidates: Collection[int], syllabus: str, topic: str | None = None, records: StudyRecords | None = None
) -> list[CarriedOver]:
    """Return the topics of a syllabus, or one of them, with the answers to overlapping topics by exam, in order.

    Five queries at most, none without a candidate or an overlap. `candidates` and `records` as for `topic_records`.
    """
    pairs = overlapping_topics()
    if topic is not None:
        pairs = {topic: pairs[topic]} if topic in pairs else {}
    slugs = set(pairs).union(*pairs.values())
    if not candidates or not slugs:
        return []
    rows = Topic.objects.filter(slug__in=slugs).order_by("task__exam_domain__number", "task__code", "ordinal", "pk")
    topics = {slug: (title, exam) for slug, title, exam in rows.values_list("slug", "title", "task__exam_domain__exam")}
    own = [slug for slug, (_title, exam) in topics.items() if exam == syllabus and slug in pairs]
    practiced = topic_records(candidates, {other for slug in own for other in pairs[slug]}, records) if own else {}
    if not practiced:
        return []
    titles = {row.code: row.exam.short_title for row in Blueprint.objects.newest()}
    result = []
    for slug in own:
        by_exam: dict[str, list[str]] = {}
        for other in pairs[slug]:
            if other in topics and other in practiced and topics[other][1] != syllabus:
                by_exam.setdefault(topics[other][1], []).append(other)
        for exam, others in sorted(by_exam.items()):
            result.append(
                CarriedOver(
                    slug,
                    topics[slug][0],
                    titles.get(exam, exam),
                    sum(practiced[other].seen for other in others),
                    sum(practiced[other].right for other in others),
                    all(pairs[slug][other] == PARTLY for other in others),
                )
            )
    return result
