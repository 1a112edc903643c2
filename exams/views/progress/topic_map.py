"""The map of topics and the tables below it: bubbles that fill with mastery, and bars with their interval."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from exams.psychometrics.mastery import Mastery, ShownVerdict, shown_verdict
from exams.services.practice.plan_topics import PlanTopic
from exams.services.progress.mastery import DomainMastery, TopicMastery
from exams.views.verdicts import VERDICTS, TopicWords, few_words

LEVELS = 10
RADIUS, CENTER = 8, 10  # of a bubble, in a box of 24, with room for a sign at the lower right


def _segment(level: int) -> str:
    """Return the path of a disk that is filled to level / LEVELS of its height."""
    if level == LEVELS:
        return (
            f"M{CENTER - RADIUS} {CENTER}a{RADIUS} {RADIUS} 0 1 0 {2 * RADIUS} 0"
            f"a{RADIUS} {RADIUS} 0 1 0 {-2 * RADIUS} 0Z"
        )
    y = CENTER + RADIUS - 2 * RADIUS * level / LEVELS
    x = math.sqrt(RADIUS**2 - (y - CENTER) ** 2)
    large = int(level > LEVELS / 2)
    return f"M{CENTER - x:.2f} {y:.2f}A{RADIUS} {RADIUS} 0 {large} 0 {CENTER + x:.2f} {y:.2f}Z"


SEGMENTS = [(level, _segment(level)) for level in range(1, LEVELS + 1)]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A posterior in whole percent, for texts and bars."""

    mean: int
    lo: int
    hi: int
    standard: int
    right: int
    n: int
    verdict: ShownVerdict

    @classmethod
    def of(cls, mastery: Mastery) -> "Estimate":
        """Return the posterior of a topic, a task or an exam domain."""
        lo, hi = mastery.interval
        return cls(
            mean=round(100 * mastery.mean),
            lo=round(100 * lo),
            hi=round(100 * hi),
            standard=round(100 * mastery.standard),
            right=mastery.evidence.right,
            n=mastery.evidence.n,
            verdict=shown_verdict(mastery),
        )

    @property
    def width(self) -> int:
        return self.hi - self.lo

    @property
    def label(self) -> str:
        return few_words(self.n, self.right) if self.is_vague else str(VERDICTS[self.verdict])

    @property
    def is_vague(self) -> bool:
        """Whether there are too few answers to name one number."""
        return self.verdict == "few"


@dataclass(frozen=True, slots=True)
class TopicCell:
    """A topic on the map and in its table. `estimate` is None while none of its questions was answered.

    `label` is the verdict in words, "" if it tells nothing; `in_plan` is how it stands in the plan: done, back, or "";
    `missed` of its questions were missed the last time.
    """

    slug: str
    title: str
    verdict: ShownVerdict
    label: str
    level: int
    estimate: Estimate | None
    description: str
    in_plan: str
    missed: int

    @classmethod
    def of(cls, topic: TopicMastery, planned: PlanTopic, words: TopicWords) -> "TopicCell":
        estimate, verdict = Estimate.of(topic.mastery) if topic.mastery else None, planned.told or "unseen"
        label = words.verdicts[planned.told] if planned.told else ""
        facts = [words.of_answers % {"right": estimate.right, "n": estimate.n}] if estimate else []
        facts += [label, words.missed(planned.missed) if planned.missed else "", words.in_plan[planned.in_plan]]
        description = f"{topic.title}: {'. '.join(filter(None, facts))}"
        level = max(1, round(LEVELS * topic.mastery.mean)) if topic.mastery and planned.is_known else 0
        in_plan, missed = planned.in_plan, planned.missed
        return cls(topic.slug, topic.title, verdict, label, level, estimate, description, in_plan, missed)

    @property
    def bubble(self) -> SafeString:
        """The bubble, which leads to the row of the topic, joined here for speed: there are a hundred on the page."""
        return mark_safe(
            f'<li><a class="{self.verdict}" href="#t-{self.slug}" title="{escape(self.description)}">'
            f'<svg width="28" height="28" aria-hidden="true"><use href="#b{self.level}"/>'
            f'<use href="#m-{self.verdict}"/></svg></a></li>'
        )


@dataclass(frozen=True, slots=True)
class TaskRow:
    code: str
    title: str
    estimate: Estimate | None
    topics: list[TopicCell]


@dataclass(frozen=True, slots=True)
class DomainRows:
    number: int
    title: str
    estimate: Estimate | None
    tasks: list[TaskRow]
    n_topics: int
    n_done: int
    n_unseen: int


def topic_map(domains: Iterable[DomainMastery], planned: Mapping[str, PlanTopic]) -> list[DomainRows]:
    """Return the rows of the map and of its tables."""
    rows, words = [], TopicWords()
    for domain in domains:
        tasks = [
            TaskRow(
                task.code,
                task.title,
                Estimate.of(task.mastery) if task.mastery else None,
                [TopicCell.of(topic, planned[topic.slug], words) for topic in task.topics],
            )
            for task in domain.tasks
        ]
        found = Counter(topic.verdict for task in tasks for topic in task.topics)
        rows.append(
            DomainRows(
                domain.number,
                domain.title,
                Estimate.of(domain.mastery) if domain.mastery else None,
                tasks,
                n_topics=found.total(),
                n_done=sum(topic.in_plan == "done" for task in tasks for topic in task.topics),
                n_unseen=found["unseen"],
            )
        )
    return rows
