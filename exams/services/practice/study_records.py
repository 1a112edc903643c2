"""Read once what pages of practice know of a candidate: answers, what is due, weak topics, what may be asked."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.utils import timezone

from exams.models import Candidate, Response, Star, StudyGoal
from exams.models.response import SEEN
from exams.psychometrics.quiz_order import LastAnswer, Records
from exams.services.attempt import assembly
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.practice import repetition, study_marks
from exams.services.practice.mistakes import missed_questions
from exams.services.practice.plan import scheduled_exams
from exams.services.practice.practice_pool import PracticePool, practice_pool
from exams.services.progress.answers import Answer, disclosed, past_answers
from exams.services.progress.mastery import DomainMastery, NextTopic, mastery_tree, next_topics
from questions.models import Blueprint, Revision

SECONDS_A_DAY = 86400


@dataclass(frozen=True)
class StudyRecords:
    """What is known of a candidate (None: a visitor) under a blueprint at a time.

    `answers` are all that count, in their order. `shown` are all questions that the candidate has seen on a screen,
    which mock exams treat as repeats. `hidden` may not be asked now: questions in open exams of the candidate or of the
    guest of the same browser, those that a class holds back, and their enemies. `due` are the questions whose cards are
    due today. `domains` are the exam domains with what the answers say of each topic. `scheduled` is how many mock
    exams the plan still has until the target date, None without one.
    """

    candidate: Candidate | None
    blueprint: Blueprint
    now: datetime
    pool: PracticePool
    hidden: frozenset[int]
    answers: tuple[Answer, ...] = ()
    shown: frozenset[int] = frozenset()
    open_elsewhere: frozenset[int] = frozenset()
    stars: frozenset[int] = frozenset()
    due: tuple[int, ...] = ()
    domains: tuple[DomainMastery, ...] = ()
    weak: tuple[NextTopic, ...] = ()
    scheduled: int | None = None
    goal: StudyGoal = field(default_factory=StudyGoal)
    newest: dict[int, Answer] = field(default_factory=dict)

    @cached_property
    def order(self) -> Records:
        """The records as the order of a quiz needs them."""
        return Records(
            due=frozenset(self.due),
            answers={
                question: LastAnswer(answer.correct, answer.at.timestamp() / SECONDS_A_DAY)
                for question, answer in self.newest.items()
            },
            weak_topics=[topic.topic.slug for topic in self.weak],
            open_elsewhere=self.open_elsewhere,
        )

    @property
    def day(self) -> float:
        """The time on the scale of the answers in `order`."""
        return self.now.timestamp() / SECONDS_A_DAY

    @cached_property
    def due_now(self) -> list[int]:
        """The questions due today that may be asked together now, the one due longest ago first."""
        return self.pool.allowed(self.due, self.hidden)

    @cached_property
    def missed(self) -> list[int]:
        """The missed questions of this exam that may be known now, the one answered longest ago first."""
        syllabus = self.blueprint.exam.syllabus_code
        questions = missed_questions(self.answers)
        return [
            question
            for question in questions
            if self.newest[question].syllabus == syllabus and question not in self.hidden
        ]

    @cached_property
    def missed_now(self) -> list[int]:
        """Those of the missed questions that may be asked together now: no pilots, nothing retired, no enemies."""
        return self.pool.allowed(self.missed, self.hidden)


def study_records(
    candidate: Candidate | None, blueprint: Blueprint, now: datetime, beside: Collection[int] = ()
) -> StudyRecords:
    """Read the records of a candidate; `beside` is the guest of the same browser.

    Sixteen queries at most, more with open exams. Without a candidate, one query reads what is hidden.
    """
    pool = practice_pool(blueprint)
    if candidate is None:
        return StudyRecords(None, blueprint, now, pool, hidden_from(beside))
    hidden = hidden_from([candidate.pk, *beside])
    answers = tuple(past_answers(candidate.pk))
    goal = study_marks.goal(candidate, blueprint.exam.syllabus_code)
    domains = mastery_tree(blueprint.exam, disclosed(answers, blueprint.exam.syllabus_code, hidden))
    return StudyRecords(
        candidate,
        blueprint,
        now,
        pool,
        hidden,
        answers,
        _shown(candidate, pool),
        frozenset(assembly.questions_in_open_practice(candidate)),
        frozenset(Star.objects.filter(candidate=candidate).values_list("question", flat=True)),
        tuple(repetition.due_today(candidate, now, answers)),
        tuple(domains),
        tuple(next_topics(blueprint, domains, None)),
        scheduled_exams(goal.target_date, timezone.localdate(now)),
        goal,
        {answer.question: answer for answer in answers},
    )


def _shown(candidate: Candidate, pool: PracticePool) -> frozenset[int]:
    """Return the questions that the candidate has seen: two queries, of which the second one has few rows."""
    # Wordings first: a join to the question of each response takes three times as long.
    rows = Response.objects.filter(SEEN, attempt__candidate=candidate).order_by()
    wordings = set(rows.values_list("revision", flat=True).distinct())
    current = {item.revision: question for question, item in pool.items.items() if item.revision in wordings}
    others = Revision.objects.filter(pk__in=wordings - current.keys()).values_list("question", flat=True)
    return frozenset(current.values()).union(others)
