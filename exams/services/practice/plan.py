"""The plan of an exam for one candidate: its topics, those with the most points to gain first, until a target date.

Stored are the target date, the day on which it was set, and what was ticked off; the rest is read from the answers.
A topic is done by a tick, or by three of its questions answered well on two days. It comes back when two of its
questions are missed after that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from exams.models import Response, StudyGoal, TopicMark
from exams.psychometrics import study_plan
from exams.psychometrics.study_plan import MISSED_OF_WEAK, WELL_ANSWERED, Delay, Week, done_by_answers
from exams.services.progress.answers import Answer
from exams.services.progress.mastery import TopicMastery
from questions.content.syllabus import Syllabus

NEXT_TOPICS = 3  # shown as next without a target date
MAX_YEARS = 3  # of a target date
PRACTICE_SIZE = study_plan.QUESTIONS_A_TOPIC  # questions at most, of the button beside a topic


@dataclass(frozen=True, slots=True)
class PlanTopic:
    """A topic of the plan.

    `done_at` is when it was done, and `is_ticked` whether by a tick; `came_back` is whether it was done before. Of its
    questions, `well` are answered well, `needed` make it done. It is begun when as many are answered at all: at
    `practiced_at`, the last time. `day` is when it is due; None if it is done, or without a target date.
    """

    slug: str
    title: str
    read_at: datetime | None = None
    done_at: datetime | None = None
    is_ticked: bool = False
    came_back: bool = False
    well: int = 0
    needed: int = WELL_ANSWERED
    practiced_at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """A week of the plan: its open topics, the days of open mock exams, how many were taken in it, what was done."""

    week: Week
    topics: tuple[PlanTopic, ...]
    exam_days: tuple[date, ...]
    exams_taken: int
    done: tuple[PlanTopic, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one candidate on one day.

    `open` are the topics that are not done, in the order of the plan. `due` are those of today, or the next ones
    without a target date, and `worked_today` were begun, practiced or done today. `weeks` are this week and the later
    ones; none without a target date. They have room for `exams_beyond` more mock exams, which would repeat questions.
    """

    open: tuple[PlanTopic, ...]
    done: tuple[PlanTopic, ...]
    due: tuple[PlanTopic, ...]
    worked_today: int = 0
    days_left: int | None = None  # until the target date; None without one, or after it
    weeks: tuple[PlanWeek, ...] = ()
    delay: Delay | None = None
    exams_beyond: int = 0

    @property
    def total(self) -> int:
        return len(self.open) + len(self.done)

    @property
    def of_week(self) -> tuple[PlanTopic, ...]:
        """The open topics of this week; none without a target date."""
        return self.weeks[0].topics if self.weeks else ()

    @property
    def todays(self) -> int:
        """How many topics today has, done or not; 0 without a target date."""
        return len(self.due) + self.worked_today if self.days_left else 0

    @property
    def done_before(self) -> tuple[PlanTopic, ...]:
        """The topics that were done before this week."""
        of_weeks = {topic.slug for week in self.weeks for topic in week.done}
        return tuple(topic for topic in self.done if topic.slug not in of_weeks)

    @property
    def exams_open(self) -> int:
        return sum(len(week.exam_days) for week in self.weeks)


def make_plan(
    topics: Iterable[PlanTopic],
    goal: StudyGoal,
    today: date,
    zone: tzinfo | None,
    exams_taken: Collection[date],
    unused_exams: int,
) -> Plan:
    """Return the plan on the day `today` of the time zone `zone`. `topics` are in the order of the plan.

    `exams_taken` are the days on which mock exams began. At most `unused_exams` more are planned: those that are new.
    """
    every = tuple(topics)
    left = tuple(topic for topic in every if topic.done_at is None)
    done = tuple(sorted((topic for topic in every if topic.done_at), key=_done_at, reverse=True))
    done_on = [at.astimezone(zone).date() for topic in done if (at := topic.done_at)]
    begun_on = {topic.slug: at.astimezone(zone).date() for topic in left if (at := topic.practiced_at)}
    worked_on = [*done_on, *begun_on.values()]
    worked_today = sum(day == today for day in worked_on)
    target = goal.target_date
    if target is None or target <= today:
        return Plan(left, done, left[:NEXT_TOPICS], worked_today, 0 if target == today else None)
    weeks = plan_weeks(goal, today)
    exams = {week: study_plan.open_exams(week, exams_taken) for week in weeks if week.last >= today}
    wanted = [day for days in exams.values() for day in days]
    beyond = set(wanted).difference(study_plan.spread_exams(wanted, unused_exams))
    exam_days = {day for week in weeks for day in week.exam_days} - beyond
    days_since = min(((today - day).days for day in worked_on if day < today), default=None)
    fresh, again, tomorrow = (
        [topic for topic in left if topic.slug not in begun_on],
        [topic for topic in left if begun_on.get(topic.slug, today) < today],
        [topic for topic in left if begun_on.get(topic.slug) == today],
    )
    days = dict(
        zip(
            (topic.slug for topic in (*fresh, *again, *tomorrow)),
            (
                *study_plan.due_days(len(fresh), worked_today, today, target, exam_days, days_since),
                *study_plan.again_days(len(again), today, target, exam_days),
                *study_plan.again_days(len(tomorrow), today + timedelta(days=1), target, exam_days),
            ),
            strict=True,
        )
    )
    left = tuple(sorted((replace(topic, day=days[topic.slug]) for topic in left), key=_day))
    start = weeks[0].first
    since_start = sum(day >= start for day in done_on)
    by_week: dict[int, list[PlanTopic]] = {}
    numbers = {day: week.number for week in weeks for day in week.days}
    for topic in left:
        if topic.day:
            by_week.setdefault(numbers[topic.day], []).append(topic)
    return Plan(
        left,
        done,
        tuple(topic for topic in left if topic.day == today),
        worked_today,
        (target - today).days,
        tuple(
            PlanWeek(
                week,
                tuple(by_week.get(week.number, ())),
                tuple(day for day in days if day not in beyond),
                sum(day in week for day in exams_taken),
                tuple(topic for topic, day in zip(done, done_on, strict=True) if day in week),
            )
            for week, days in exams.items()
        ),
        study_plan.delay(len(left) + since_start, len(begun_on) + since_start, start, today, target, exam_days),
        len(beyond),
    )


def plan_weeks(goal: StudyGoal, today: date) -> list[Week]:
    """Return the weeks from the day on which the target date was set until this date; none without one, or after it."""
    if goal.target_date is None or goal.target_date <= today:
        return []
    return study_plan.weeks(min(goal.planned_on, today) if goal.planned_on else None, today, goal.target_date)


def scheduled_exams(goal: StudyGoal, today: date, exams_taken: Collection[date]) -> int | None:
    """Return for how many mock exams there is time until the target date. None without one, or after it."""
    weeks = plan_weeks(goal, today)
    if not weeks:
        return None
    return sum(len(study_plan.open_exams(week, exams_taken)) for week in weeks if week.last >= today)


def plan_topics(
    topics: Sequence[TopicMastery],
    gains: Mapping[str, float],
    answers: Iterable[Answer],
    marks: Mapping[str, TopicMark],
    available: Mapping[str, int],
    zone: tzinfo | None,
) -> list[PlanTopic]:
    """Return the topics, those with the most points to gain first.

    `answers` are the newest to each question that may be known, and `available` has the numbers of questions that can
    be practiced, by slug.
    """
    well: dict[int | None, list[datetime]] = {}
    missed: dict[int | None, list[datetime]] = {}
    for answer in answers:
        if not answer.correct:
            missed.setdefault(answer.topic, []).append(answer.at)
        elif answer.confidence != Response.Confidence.GUESS:
            well.setdefault(answer.topic, []).append(answer.at)
    result = []
    for topic in sorted(topics, key=lambda topic: -gains.get(topic.slug, 0)):
        mark, answered = marks.get(topic.slug), sorted(well.get(topic.key, ()))
        ticked_at = mark.done_at if mark else None
        done_at = done_by_answers(answered, available.get(topic.slug, 0), zone)
        if ticked_at and (done_at is None or ticked_at < done_at):
            done_at = ticked_at
        needed = min(WELL_ANSWERED, available.get(topic.slug, 0))
        every = sorted((*answered, *missed.get(topic.key, ())))
        came_back = bool(done_at and sum(at > done_at for at in missed.get(topic.key, ())) >= MISSED_OF_WEAK)
        result.append(
            PlanTopic(
                topic.slug,
                topic.title,
                mark.read_at if mark else None,
                None if came_back else done_at,
                bool(ticked_at),
                came_back,
                len(answered),
                needed,
                every[-needed] if needed and len(every) >= needed else None,
            )
        )
    return result


@dataclass(frozen=True, slots=True)
class CourseWeek:
    """A week of the course that the syllabus proposes, with the slugs of its topics; number 0 for those of no week."""

    number: int
    focus: str
    slugs: tuple[str, ...]


def course(syllabus: Syllabus) -> list[CourseWeek]:
    """Return the weeks of the syllabus, each topic in its first one."""
    focus = {week: part.focus for part in syllabus.plan for week in part.weeks}
    weeks: dict[int, list[str]] = {}
    for topic in syllabus.topics.values():
        weeks.setdefault(min(topic.weeks, default=0), []).append(topic.slug)
    numbers = sorted(weeks, key=lambda number: (not number, number))
    return [CourseWeek(number, focus.get(number, ""), tuple(weeks[number])) for number in numbers]


def course_week(syllabus: Syllabus, done: Collection[str]) -> int | None:
    """Return the week of the first topic that is not done, the last week after all; None without weeks."""
    weeks = course(syllabus)
    open_weeks = [week.number for week in weeks if not set(week.slugs) <= set(done)]
    number = open_weeks[0] if open_weeks else weeks[-1].number if weeks else 0
    return number or None


def _day(topic: PlanTopic) -> date:
    assert topic.day
    return topic.day


def _done_at(topic: PlanTopic) -> datetime:
    assert topic.done_at
    return topic.done_at
