"""Read what the guide says of each topic of an exam for a candidate: the answers and the marks alone, no plan."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from exams.models import Candidate, TopicMark
from exams.psychometrics.mastery import Mastery
from exams.services.practice.plan_topics import PlanTopic, plan_topics
from exams.services.practice.practice_pool import practice_pool
from exams.services.progress.answers import disclosed_answers
from exams.services.progress.mastery import mastery_tree
from questions.models import Blueprint


@dataclass(frozen=True, slots=True)
class KnownTopic:
    """A topic of an exam for a candidate: what the answers say of it, and how it stands in the plan."""

    mastery: Mastery | None
    planned: PlanTopic


def known_topics(
    candidate: Candidate, blueprint: Blueprint, beside: Collection[int], marks: Mapping[str, TopicMark], zone: tzinfo
) -> dict[str, KnownTopic]:
    """Return all topics by slug, as `StudyRecords.topics` has them: the queries of the answers, and one more."""
    syllabus = blueprint.exam.syllabus_code
    answers = disclosed_answers(candidate, syllabus, beside)
    topics = [topic for domain in mastery_tree(blueprint.exam, answers) for topic in domain.topics]
    pool = practice_pool(blueprint)
    planned = plan_topics(topics, {}, answers, marks, pool.questions_by_topic, zone)
    masteries = {topic.slug: topic.mastery for topic in topics}
    return {entry.slug: KnownTopic(masteries[entry.slug], entry) for entry in planned}
