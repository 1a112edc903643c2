"""Compute how well a candidate knows each part of a syllabus, and which topics to study next."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exams.psychometrics import quotas
from exams.psychometrics.mastery import (
    HEIGHT,
    UNKNOWN_STANDARD,
    Evidence,
    Mastery,
    ShownVerdict,
    shown_verdict,
    syllabus_mastery,
    weakest_first,
)
from exams.services.attempt import assembly, question_pool
from exams.services.progress.answers import Answer
from questions.content.blueprint import BlueprintSpec
from questions.models import Blueprint, Topic
from questions.services.bank_version import bank_version

# The topics of a syllabus and some of its exam domains, with the version of the bank at which they were read.
_topics: dict[tuple[str, tuple[int, ...]], tuple[int, list[tuple[Any, ...]]]] = {}


@dataclass(frozen=True, slots=True)
class TopicMastery:
    """A topic with its posterior; None while none of its questions is answered."""

    key: int
    slug: str
    title: str
    exam_domain: int
    mastery: Mastery | None


@dataclass(frozen=True, slots=True)
class TaskMastery:
    code: str
    title: str
    mastery: Mastery | None
    topics: list[TopicMastery]


@dataclass(frozen=True, slots=True)
class DomainMastery:
    number: int
    title: str
    mastery: Mastery | None
    tasks: list[TaskMastery]

    @property
    def topics(self) -> list[TopicMastery]:
        return [topic for task in self.tasks for topic in task.topics]


@dataclass(frozen=True, slots=True)
class NextTopic:
    """A topic worth studying next. `in_ten_exams` is how many such questions ten mock exams have."""

    topic: TopicMastery
    in_ten_exams: int

    @property
    def in_each_exam(self) -> int:
        """The same for one exam; 0 if not every exam has one."""
        return round(self.in_ten_exams / 10) if self.in_ten_exams >= 10 else 0


@dataclass(frozen=True, slots=True)
class Moved:
    """A topic or an exam domain (without a slug) whose verdict some answers have changed."""

    title: str
    slug: str
    before: ShownVerdict
    now: ShownVerdict

    @property
    def was_seen(self) -> bool:
        """Whether it had answers before: of what is new, no page tells a change."""
        return self.before != "unseen"

    @property
    def steps(self) -> int:
        """How far it went up, or down if negative."""
        return HEIGHT.get(self.now, 0) - HEIGHT.get(self.before, 0)


def mastery_tree(exam: BlueprintSpec, answers: Iterable[Answer]) -> list[DomainMastery]:
    """Return the exam domains of an exam with their tasks and topics, and the posteriors of each: one query at most.

    Only the first answer to a question that was read counts: later ones show memory. `answers` are in order of time.
    """
    rows = _topic_rows(exam.syllabus_code, tuple(domain.number for domain in exam.exam_domains))
    places = {topic: (number, code) for topic, _slug, _title, code, _task_title, number, _domain_title in rows}
    posteriors = syllabus_mastery(_evidence(answers, places))
    domains: dict[int, DomainMastery] = {}
    by_code: dict[str, TaskMastery] = {}
    for topic, slug, title, code, task_title, number, domain_title in rows:
        if number not in domains:
            domains[number] = DomainMastery(
                number, domain_title if exam.shows_domains else "", posteriors.domains.get(number), []
            )
        if code not in by_code:
            by_code[code] = TaskMastery(code, task_title, posteriors.tasks.get(code), [])
            domains[number].tasks.append(by_code[code])
        by_code[code].topics.append(TopicMastery(topic, slug, title, number, posteriors.topics.get(topic)))
    return list(domains.values())


def _topic_rows(syllabus: str, domains: tuple[int, ...]) -> list[tuple[Any, ...]]:
    """Return the topics with their tasks and exam domains, which a process reads once a version of the bank."""
    version = bank_version()
    known = _topics.get((syllabus, domains))
    if known is None or known[0] != version:
        topics = Topic.objects.filter(task__exam_domain__exam=syllabus, task__exam_domain__number__in=domains)
        columns = ("pk", "slug", "title", "task__code", "task__title")
        of_domain = ("task__exam_domain__number", "task__exam_domain__title")
        in_order = topics.order_by("task__exam_domain__number", "task__code", "ordinal")
        known = _topics[syllabus, domains] = version, list(in_order.values_list(*columns, *of_domain))
    return known[1]


def estimated_by(domains: Iterable[DomainMastery], answers: Iterable[Answer]) -> list[DomainMastery]:
    """Return the same tree as these answers estimate it: no query."""
    domains = list(domains)
    posteriors = syllabus_mastery(_evidence(answers, _places(domains)))
    return [
        replace(
            domain,
            mastery=posteriors.domains.get(domain.number),
            tasks=[
                replace(
                    task,
                    mastery=posteriors.tasks.get(task.code),
                    topics=[replace(topic, mastery=posteriors.topics.get(topic.key)) for topic in task.topics],
                )
                for task in domain.tasks
            ],
        )
        for domain in domains
    ]


def _places(domains: Iterable[DomainMastery]) -> dict[int, tuple[int, str]]:
    """Return the exam domain and the task of each topic."""
    return {
        topic.key: (domain.number, task.code) for domain in domains for task in domain.tasks for topic in task.topics
    }


def _evidence(answers: Iterable[Answer], places: Mapping[int, tuple[int, str]]) -> dict[Sequence[object], Evidence]:
    """Return the evidence of the first answers by exam domain, task and topic.

    An answer counts for the exam domain that its question had then; after it was moved to another, for no topic. One
    that was given faster than its question can be read does not count.
    """
    counts: dict[Sequence[object], list[int]] = {}
    counted: set[int] = set()
    for answer in answers:
        if answer.question in counted or answer.is_rapid:
            continue
        counted.add(answer.question)
        domain, topic = answer.exam_domain, answer.topic
        number, task = places.get(topic or 0, (None, ""))
        place = (domain, task, topic) if number == domain else (domain,)
        count = counts.setdefault(place, [0, 0, 0])
        count[0] += 1
        count[1] += answer.correct
        count[2] += answer.rating
    return {place: Evidence(*count) for place, count in counts.items()}


def moved(domains: Iterable[DomainMastery], answers: Iterable[Answer], topics: Container[int]) -> list[Moved]:
    """Return what has another verdict now than by these `answers` alone: no query.

    `domains` is the tree by all answers, `topics` those of which a question was answered since: others are left out.
    Exam domains come first, in each what moved most, and what had no answers or too few before last.
    """
    domains = list(domains)
    before = syllabus_mastery(_evidence(answers, _places(domains)))
    found = [
        Moved(domain.title, "", shown_verdict(before.domains.get(domain.number)), shown_verdict(domain.mastery))
        for domain in domains
        if domain.title
    ]
    parts = [
        Moved(topic.title, topic.slug, shown_verdict(before.topics.get(topic.key)), shown_verdict(topic.mastery))
        for domain in domains
        for topic in domain.topics
        if topic.key in topics
    ]
    rows = [row for row in found + parts if row.before != row.now and row.now not in ("few", "unseen")]
    return sorted(rows, key=lambda row: (bool(row.slug), row.before in ("few", "unseen"), -abs(row.steps)))


def next_topics(
    blueprint: Blueprint, domains: Iterable[DomainMastery], version: int, size: int | None = 3
) -> list[NextTopic]:
    """Return the topics with the most points to gain in a mock exam, in the order of `weakest_first`; None for all.

    `version` is that of the bank.
    """
    topics = {topic.slug: topic for domain in domains for topic in domain.topics if topic.mastery}
    likely = likely_questions(blueprint, topics.values(), version)
    masteries = {slug: topic.mastery for slug, topic in topics.items() if topic.mastery}
    return [
        NextTopic(topics[slug], max(1, round(10 * likely[slug]))) for slug in weakest_first(masteries, likely)[:size]
    ]


def likely_questions(blueprint: Blueprint, topics: Iterable[TopicMastery], version: int) -> dict[str, float]:
    """Return how many questions of each topic a mock exam has on average, without topics of which it has none."""
    pool = question_pool.pool_at(version, blueprint)
    in_bank, in_domain = pool.topics, pool.live + pool.pilots
    recipe = assembly.recipe_for(blueprint)
    asked = quotas.split(recipe.scored + recipe.unscored, recipe.weights)
    return {
        topic.slug: sum(asked.get(domain, 0) * n / in_domain[domain] for domain, n in in_bank[topic.slug].items())
        for topic in topics
        if topic.slug in in_bank
    }


def points_to_gain(blueprint: Blueprint, domains: Sequence[DomainMastery], version: int) -> dict[str, float]:
    """Return the points that each topic has to gain in a mock exam: its likely questions times the chance of an error.

    Of a topic without answers, the chance is that of its task, else that of its exam domain.
    """
    likely = likely_questions(blueprint, [topic for domain in domains for topic in domain.topics], version)
    gains = {}
    for domain in domains:
        for task in domain.tasks:
            for topic in task.topics:
                mastery = topic.mastery or task.mastery or domain.mastery
                chance = mastery.mean if mastery else UNKNOWN_STANDARD
                gains[topic.slug] = likely.get(topic.slug, 0) * (1 - chance)
    return gains
