"""Read once what pages of practice know of a candidate: answers, what is due, weak topics, what may be asked."""

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, cached_property
from operator import attrgetter

from django.utils import timezone

from exams.models import Attempt, Candidate, Mode, Star, StudyGoal, TopicMark
from exams.psychometrics.exam_supply import ExamSupply
from exams.psychometrics.mastery import HEIGHT
from exams.psychometrics.quiz_order import LastAnswer, Records, reserved_exams
from exams.psychometrics.study_plan import WELL_ANSWERED, seconds_a_question, session_size
from exams.services.attempt import assembly
from exams.services.attempt.exam_supply import exam_supply
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.attempt.question_pool import pool_at
from exams.services.practice import repetition, study_marks
from exams.services.practice.daily_goal import answered_today
from exams.services.practice.mistakes import Missed, missed_questions, sort_missed
from exams.services.practice.plan import Plan, make_plan, scheduled_exams
from exams.services.practice.plan_schedule import Morning
from exams.services.practice.plan_topics import PlanTopic, plan_topics
from exams.services.practice.practice_pool import PracticePool, practice_pool
from exams.services.practice.shown_questions import shown_questions
from exams.services.practice.study_days import day_start, midnight
from exams.services.progress.answers import Answer, disclosed, past_answers
from exams.services.progress.mastery import (
    DomainMastery,
    NextTopic,
    estimated_by,
    mastery_tree,
    next_topics,
    points_to_gain,
)
from exams.services.results.report import with_haste
from questions.models import Blueprint

SECONDS_A_DAY = 86400
# Plans stand on what was known when the day began, which stays the same all day; by all that it follows from.
_mornings: dict[tuple[object, ...], Morning] = {}
MAX_MORNINGS = 400  # then it is emptied: they take 20 MB; a plan stands on three


@dataclass(frozen=True)
class StudyRecords:
    """What is known of a candidate (None: a visitor) under a blueprint at a time.

    `answers` are all that count, in their order. `shown` are all questions that the candidate has seen on a screen,
    which mock exams treat as repeats, with the time at which the attempt that showed each first began. `hidden` may not
    be asked now: questions in open exams of the candidate or of the guest of the same browser, those that a class holds
    back, and their enemies. `due` are the questions whose cards are due today; `due_at` says of each question with a
    card when it is due. `domains` are the exam domains with what the answers say of each topic. Days are those of the
    `zone` of the reader.
    """

    candidate: Candidate | None
    blueprint: Blueprint
    now: datetime
    pool: PracticePool
    hidden: frozenset[int]
    answers: tuple[Answer, ...] = ()
    shown: Mapping[int, datetime] = field(default_factory=dict)
    open_elsewhere: frozenset[int] = frozenset()
    stars: frozenset[int] = frozenset()
    due: tuple[int, ...] = ()
    domains: tuple[DomainMastery, ...] = ()
    goal: StudyGoal = field(default_factory=StudyGoal)
    newest: dict[int, Answer] = field(default_factory=dict)
    zone: tzinfo = UTC
    beside: tuple[int, ...] = ()
    due_at: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def candidates(self) -> list[int]:
        """The candidate and the guest of the same browser."""
        return [self.candidate.pk, *self.beside] if self.candidate else [*self.beside]

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
            day_began=self.day_began.timestamp() / SECONDS_A_DAY,
        )

    @cached_property
    def seconds_a_question(self) -> float:
        """How long a question of this exam takes the candidate, about, with its explanation."""
        return seconds_a_question(self._pace, [answer.seconds for answer in self._timed])

    @property
    def session_size(self) -> int:
        """How many questions a session of Today has without a number of one's choice.

        Without a target date it is the day. It follows from what was known when that began: a page that is read today
        makes it no longer.
        """
        began = self.day_began
        seconds = seconds_a_question(self._pace, [answer.seconds for answer in self._timed if answer.at < began])
        drilled = self.planned if self.has_plan else self.plan.due[:1] if self.weak else ()
        return session_size(seconds, [topic.read_at is None or topic.read_at >= began for topic in drilled])

    @property
    def questions_a_day(self) -> int:
        """How many questions a day has: the number of one's choice, what the date needs, or a session."""
        return self.goal.daily_questions or (self.plan.questions if self.has_plan else self.session_size)

    @property
    def _pace(self) -> float:
        return 60 * self.blueprint.exam.minutes / self.blueprint.exam.questions

    @cached_property
    def _timed(self) -> list[Answer]:
        exam = self.blueprint.exam.syllabus_code
        return [answer for answer in self.answers if answer.seconds and answer.syllabus == exam]

    @property
    def day(self) -> float:
        """The time on the scale of the answers in `order`."""
        return self.now.timestamp() / SECONDS_A_DAY

    @cached_property
    def day_began(self) -> datetime:
        return day_start(self.now, self.zone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def known(self) -> list[Answer]:
        """The answers to questions of this exam that may be known now."""
        return disclosed(self.answers, self.blueprint.exam.syllabus_code, self.hidden)

    @cached_property
    def _mock_exams(self) -> dict[datetime, bool]:
        """When the mock exams of a candidate with a target date began, and whether in haste, the newest first."""
        if self.candidate is None or not self.has_plan:
            return {}
        exams = Attempt.objects.filter(candidate=self.candidate, mode=Mode.EXAM, blueprint_code=self.blueprint.code)
        return {exam.started_at: was_hasty for exam, was_hasty in with_haste(exams.order_by("-started_at"))}

    @property
    def exams_begun(self) -> list[datetime]:
        """When those began that were answered no faster than they can be read: the plan does without the others."""
        return [at for at, was_hasty in self._mock_exams.items() if not was_hasty]

    @cached_property
    def topics(self) -> list[PlanTopic]:
        """All topics as they stand now, those with the most points to gain first: a query, two without a candidate."""
        kept = self._kept(self.newest, self.shown, self.spare)
        return self._topics(self._domains, self.known, kept)

    @cached_property
    def by_slug(self) -> dict[str, PlanTopic]:
        """The topics by slug, with what pages say of each: its verdict, and how it stands in the plan."""
        return {topic.slug: topic for topic in self.topics}

    @cached_property
    def weak(self) -> list[NextTopic]:
        """Of the topics with wrong answers, those that are not done, in the order of the plan."""
        return self._weak(self._domains, self.topics)

    @cached_property
    def below_or_weak(self) -> list[NextTopic]:
        """The same with those that are below the standard although they are done; first what is below, or probably."""
        found = next_topics(self.blueprint, self._domains, self.pool.version, None)
        rows = [row for row in found if self.by_slug[row.topic.slug].verdict == "below" or row in self.weak]
        return sorted(rows, key=lambda row: min(0, HEIGHT.get(self.by_slug[row.topic.slug].told or "unseen", 0)))

    @cached_property
    def plan(self) -> Plan:
        """The plan of today: two queries at most, one more without a candidate."""
        kept = self.reserved_exams if self.has_plan else 0
        return make_plan(self.topics, self.goal, self.today, self.zone, self._exam_days, kept, cache(self._morning))

    def _morning(self, day: date) -> Morning:
        """Return what was known when a day began, without what is hidden now.

        It may have been answered while a class holds its paper back: what rests on such answers tells the key.
        """
        began = midnight(day, self.zone)
        before = self.answers[: bisect_left(self.answers, began, key=attrgetter("at"))]
        marks = [
            (slug, _before(mark.done_at, began), _before(mark.read_at, began)) for slug, mark in self._marks.items()
        ]
        shown = frozenset(question for question, at in self.shown.items() if at < began)
        known_by = (
            self.candidate.pk if self.candidate else None,
            (self.blueprint.pk, self.pool.version, self.has_plan, began, str(self.zone)),
            (self.goal.target_date, self.goal.planned_on),
            (len(before), sum(answer.correct for answer in before), before[-1].at if before else None),
            tuple(mark for mark in marks if any(mark[1:])),
            (shown, self.hidden),
        )
        if (morning := _mornings.get(known_by)) is None:
            if len(_mornings) >= MAX_MORNINGS:
                _mornings.clear()
            morning = _mornings[known_by] = self._make_morning(began, before, shown)
        return morning

    def _make_morning(self, began: datetime, before: Sequence[Answer], shown: Collection[int]) -> Morning:
        known = disclosed(before, self.blueprint.exam.syllabus_code, self.hidden)
        domains = estimated_by(self._domains, known)
        newest = {answer.question: answer for answer in known}
        supply = self._supply(shown)
        exam_days = [at.astimezone(self.zone).date() for at in self.exams_begun if at < began]
        kept_exams = self._reserved(supply.exams, began, exam_days)
        spare = supply.spare(kept_exams)
        topics = self._topics(domains, known, self._kept(newest, shown, spare), began)
        weak = self._weak(domains, topics)
        return Morning(tuple(topics), weak[0].topic.slug if weak else "", kept_exams)

    def _kept(self, asked: Container[int], shown: Container[int], spare: Mapping[int, int]) -> list[str]:
        """Return the topics whose new questions are all kept for mock exams: too few are to spare to practice them."""

        def is_kept(question: int, needed: int) -> bool:
            item = self.pool.items[question]
            return item.in_exams and question not in shown and spare.get(item.frozen.exam_domain, 0) < needed

        kept = []
        for slug, questions in self.pool.questions_by_topic.items():
            new = [question for question in questions if question not in asked]
            needed = min(WELL_ANSWERED, len(new))
            if new and all(is_kept(question, needed) for question in new):
                kept.append(slug)
        return kept

    @cached_property
    def _domains(self) -> Sequence[DomainMastery]:
        return self.domains or mastery_tree(self.blueprint.exam, ())

    @cached_property
    def _marks(self) -> dict[str, TopicMark]:
        return study_marks.marks(self.candidate)

    def _topics(
        self,
        domains: Sequence[DomainMastery],
        answers: Sequence[Answer],
        kept: Collection[str],
        until: datetime | None = None,
    ) -> list[PlanTopic]:
        return plan_topics(
            [topic for domain in domains for topic in domain.topics],
            points_to_gain(self.blueprint, domains, self.pool.version),
            answers,
            self._marks,
            self.pool.questions_by_topic,
            self.zone,
            until,
            kept,
        )

    def _weak(self, domains: Sequence[DomainMastery], topics: Iterable[PlanTopic]) -> list[NextTopic]:
        place = {topic.slug: number for number, topic in enumerate(topics) if not topic.done_at}
        found = next_topics(self.blueprint, domains, self.pool.version, None)
        return sorted((row for row in found if row.topic.slug in place), key=lambda row: place[row.topic.slug])

    @cached_property
    def answered_today(self) -> int:
        """How many questions of this exam were answered today, also in what is still open: one query."""
        if self.candidate is None:
            return 0
        return answered_today(self.blueprint.exam.syllabus_code, self.candidates, self.now, self.zone)

    @cached_property
    def done_today(self) -> int:
        """How many of them count for the day: without those of mock exams that were faster than they can be read."""
        rapid = (answer for answer in self.known if answer.is_rapid and answer.ticked and answer.at >= self.day_began)
        return self.answered_today - sum(1 for _answer in rapid)

    @property
    def has_plan(self) -> bool:
        """Whether there is a target date that has not passed."""
        return self.goal.target_date is not None and self.goal.target_date > self.today

    @property
    def planned(self) -> tuple[PlanTopic, ...]:
        """The topics of the plan that Today drills now: those of the day that are left, else the next one.

        Without a target date the first one alone, and only if answers have shown that it is weak.
        """
        if self.has_plan:
            return self.plan.next
        weak = {row.topic.slug for row in self.weak}
        return tuple(topic for topic in self.plan.next if topic.slug in weak)[:1]

    @property
    def of_today(self) -> tuple[PlanTopic, ...]:
        """The topics of today: those of the plan, without a target date the one that Today drills."""
        return self.plan.due if self.has_plan else self.planned

    @cached_property
    def _exam_days(self) -> list[date]:
        return [at.astimezone(self.zone).date() for at in self.exams_begun]

    @property
    def took_exam(self) -> bool:
        """Whether a candidate with a target date began a mock exam today, whose review is the work of the day then."""
        return self.today in self._exam_days

    @property
    def is_done_today(self) -> bool:
        """Whether the questions of today are answered, or a mock exam was taken in their place."""
        return self.took_exam or self.done_today >= self.questions_a_day

    def topics_on(self, day: date) -> tuple[PlanTopic, ...]:
        """Return the topics of a day of the plan: Today and the page of the plan have the same; none without a date."""
        is_settled = day == self.today + timedelta(days=1) and self.is_done_today
        return self.plan.of_tomorrow if is_settled else self.plan.by_day.get(day, ())

    @cached_property
    def supply(self) -> ExamSupply:
        """The new questions that mock exams may still ask: those of open practice are as good as shown."""
        return self._supply_without(())

    @cached_property
    def unused_exams(self) -> int:
        """How many mock exams are new to the candidate."""
        return self.supply.exams

    def unused_after(self, questions: Collection[int]) -> int:
        """Return how many of them there are after a quiz of these questions."""
        return self._supply_without(questions).exams

    def _supply_without(self, questions: Collection[int]) -> ExamSupply:
        return self._supply(self.open_elsewhere.union(self.shown, self.hidden, questions))

    def _supply(self, used: Collection[int]) -> ExamSupply:
        return exam_supply(self.blueprint, pool_at(self.pool.version, self.blueprint), used)

    @cached_property
    def reserved_exams(self) -> int:
        """How many of them practice leaves alone, for those of the plan: one query at most."""
        return self._reserved(self.unused_exams, self.now, self._exam_days)

    def _reserved(self, unused: int, at: datetime, exam_days: Sequence[date]) -> int:
        if not self.blueprint.exam.practice:
            return unused
        scheduled, began = scheduled_exams(self.goal, at.astimezone(self.zone).date(), exam_days), self.goal.planned_on
        if scheduled is None or began is None:
            return reserved_exams(unused, scheduled)
        taken = sum(begun <= at and begun.astimezone(self.zone).date() >= began for begun in self._mock_exams)
        return reserved_exams(unused, scheduled, self._unused_when_planned, taken)

    @cached_property
    def _unused_when_planned(self) -> int:
        """How many mock exams were new to the candidate in the morning on which the plan was made."""
        assert self.goal.planned_on
        began = midnight(self.goal.planned_on, self.zone)
        return self._supply(frozenset(question for question, at in self.shown.items() if at < began)).exams

    @cached_property
    def spare(self) -> dict[int, int]:
        """How many new questions of each exam domain practice may take."""
        return self.supply.spare(self.reserved_exams)

    @property
    def topics_in_quizzes(self) -> set[str]:
        """The topics of which an open quiz has questions that are new."""
        new = self.open_elsewhere - self.newest.keys()
        return {self.pool.items[question].topic for question in new & self.pool.items.keys()}

    def may_ask(self, question: int) -> bool:
        """Return whether practice may ask a question: it is live, and not hidden now."""
        return question in self.pool.items and question not in self.hidden

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
    def sorted_missed(self) -> Missed:
        """Them by what practice does with them."""
        at = {question: self.newest[question].at for question in self.missed}
        return sort_missed(at, self.pool, self.hidden, self.day_began)


def study_records(
    candidate: Candidate | None,
    blueprint: Blueprint,
    now: datetime,
    beside: Collection[int] = (),
    zone: tzinfo | None = None,
) -> StudyRecords:
    """Read the records of a candidate; `beside` is the guest of the same browser, `zone` that of the reader.

    Seventeen queries at most, more with open exams. Without a candidate, one query reads what is hidden.
    """
    pool, zone = practice_pool(blueprint), zone or timezone.get_current_timezone()
    if candidate is None:
        return StudyRecords(None, blueprint, now, pool, hidden_from(beside), zone=zone)
    hidden = hidden_from([candidate.pk, *beside])
    answers = tuple(past_answers(candidate.pk))
    goal = study_marks.goal(candidate, blueprint.exam.syllabus_code)
    domains = mastery_tree(blueprint.exam, disclosed(answers, blueprint.exam.syllabus_code, hidden))
    due_at = repetition.due_times(candidate, answers, zone)
    return StudyRecords(
        candidate,
        blueprint,
        now,
        pool,
        hidden,
        answers,
        shown_questions(candidate, pool),
        frozenset(assembly.questions_in_open_practice(candidate)),
        frozenset(Star.objects.filter(candidate=candidate).values_list("question", flat=True)),
        tuple(repetition.due_by(day_start(now, zone, days=1), due_at)),
        tuple(domains),
        goal,
        {answer.question: answer for answer in answers},
        zone,
        tuple(beside),
        due_at,
    )


def _before(at: datetime | None, moment: datetime) -> datetime | None:
    return at if at and at < moment else None
