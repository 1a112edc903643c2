"""The plan of an exam for one candidate: its topics, those with the most points to gain first, until a target date.

Stored are the target date, the day on which it was set, and what was ticked off; the rest is read from the answers.
A topic is done by a tick, or by three of its questions answered well on two days. It comes back when two of its
questions are missed after that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from operator import attrgetter

from exams.models import Response, StudyGoal, TopicMark
from exams.psychometrics import study_plan
from exams.psychometrics.mastery import Verdict, verdict
from exams.psychometrics.quiz_order import REST_DAYS
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
    questions, `needed` answered well make it done. It is begun when as many are answered at all: at `practiced_at`, the
    last time. `answered_at` is the newest answer; `ready_on` the first day on which a question of it may be asked, None
    if one is new. `day` is when it is due; None if it is done, or without a target date. `is_worked` is whether a topic
    of today was practiced or done today; if it is not done by that, a question of it comes back at `back_on`, None
    after the target date.
    """

    slug: str
    title: str
    verdict: Verdict = "unseen"
    read_at: datetime | None = None
    done_at: datetime | None = None
    is_ticked: bool = False
    came_back: bool = False
    needed: int = WELL_ANSWERED
    practiced_at: datetime | None = None
    answered_at: datetime | None = None
    ready_on: date | None = None
    day: date | None = None
    is_worked: bool = False
    back_on: date | None = None

    @property
    def in_plan(self) -> str:
        """How it stands in the plan: done, back, or "" if it is open."""
        return "done" if self.done_at else "back" if self.came_back else ""

    @property
    def is_practiced(self) -> bool:
        """Whether it was practiced today, and is not done: answers have not shown yet that it is known."""
        return self.is_worked and self.done_at is None

    def worked_on(self, today: date, zone: tzinfo | None) -> bool:
        """Return whether it was done or practiced today, or answered until nothing of it was left to ask today."""
        days = [at.astimezone(zone).date() for at in (self.done_at, self.practiced_at) if at]
        if self.answered_at and self.is_resting(today):
            days.append(self.answered_at.astimezone(zone).date())
        return today in days

    def is_resting(self, today: date) -> bool:
        """Return whether none of its questions may be asked today."""
        return self.ready_on is not None and self.ready_on > today


@dataclass(frozen=True, slots=True)
class Morning:
    """What was known when the day began: the topics in the order of the plan, the weakest one, unused mock exams."""

    topics: tuple[PlanTopic, ...]
    weakest: str = ""
    unused_exams: int = 0


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
    without a target date: the same all day, whatever is done meanwhile. `weeks` are this week and the later ones; none
    without a target date. They have room for `exams_beyond` more mock exams, which would repeat questions.
    """

    open: tuple[PlanTopic, ...]
    done: tuple[PlanTopic, ...]
    due: tuple[PlanTopic, ...]
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
        return len(self.due) if self.days_left else 0

    @property
    def n_worked(self) -> int:
        """How many of the topics of today were practiced or done today."""
        return sum(topic.is_worked for topic in self.due)

    @property
    def next(self) -> tuple[PlanTopic, ...]:
        """The topics of today that are left, then the next one."""
        left = tuple(topic for topic in self.due if not topic.is_worked)
        due = {topic.slug for topic in self.due}
        return left or tuple(topic for topic in self.open if topic.slug not in due)[:1]

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
    morning: Morning | None = None,
) -> Plan:
    """Return the plan on the day `today` of the time zone `zone`. `topics` are in the order of the plan.

    `exams_taken` are the days on which mock exams began. At most `unused_exams` more are planned: those that are new.
    The days of topics follow from the `morning` alone (None: nothing has happened since), so that what is answered
    today moves no topic of today.
    """
    every = tuple(topics)
    morning = morning or Morning(every, unused_exams=unused_exams)
    last = goal.target_date - timedelta(days=1) if goal.target_date and goal.target_date > today else date.max
    known = {}
    for topic in every:
        back_on = topic.back_on and max(topic.back_on, today + timedelta(days=1))  # what was due before waits for then
        known[topic.slug] = replace(
            topic,
            is_worked=topic.worked_on(today, zone),
            back_on=back_on if back_on and back_on <= last else None,
        )
    left = tuple(topic for topic in known.values() if topic.done_at is None)
    done = tuple(sorted((topic for topic in known.values() if topic.done_at), key=_done_at, reverse=True))
    target, open_then = (
        goal.target_date,
        [topic for topic in morning.topics if topic.done_at is None and topic.slug in known],
    )
    if target is None or target <= today:
        ready = [topic for topic in open_then if not topic.is_resting(today)]
        chosen = sorted(ready, key=lambda topic: topic.slug != morning.weakest)[:NEXT_TOPICS]
        due = tuple(known[topic.slug] for topic in chosen)
        return Plan(left, done, due, 0 if target == today else None)
    weeks = plan_weeks(goal, today)
    days = _days(morning, open_then, weeks, today, target, zone, [day for day in exams_taken if day < today])
    tomorrow = min(today + timedelta(days=1), target - timedelta(days=1))  # of what came back since the morning
    known |= {topic.slug: replace(topic, day=days.get(topic.slug, tomorrow)) for topic in left}
    left = tuple(sorted((known[topic.slug] for topic in left), key=_day))
    done_on = [at.astimezone(zone).date() for topic in done if (at := topic.done_at)]
    start, begun = weeks[0].first, sum(topic.practiced_at is not None for topic in left)
    since_start = sum(day >= start for day in done_on)
    exams, beyond = _exams(weeks, today, exams_taken, unused_exams)
    by_week: dict[int, list[PlanTopic]] = {}
    numbers = {day: week.number for week in weeks for day in week.days}
    for topic in left:
        by_week.setdefault(numbers[_day(topic)], []).append(topic)
    exam_days = {day for week in weeks for day in week.exam_days} - beyond
    return Plan(
        left,
        done,
        tuple(known[topic.slug] for topic in open_then if days[topic.slug] == today),
        (target - today).days,
        tuple(
            PlanWeek(
                week,
                tuple(by_week.get(week.number, ())),
                tuple(day for day in days_open if day not in beyond),
                sum(day in week for day in exams_taken),
                tuple(topic for topic, day in zip(done, done_on, strict=True) if day in week),
            )
            for week, days_open in exams.items()
        ),
        study_plan.delay(len(left) + since_start, begun + since_start, start, today, target, exam_days),
        len(beyond),
    )


def _exams(
    weeks: Iterable[Week], today: date, exams_taken: Collection[date], unused_exams: int
) -> tuple[dict[Week, tuple[date, ...]], set[date]]:
    """Return the days of open mock exams by week, from this one on, and those for which no new exam is left."""
    exams = {week: study_plan.open_exams(week, exams_taken) for week in weeks if week.last >= today}
    wanted = [day for days in exams.values() for day in days]
    return exams, set(wanted).difference(study_plan.spread_exams(wanted, unused_exams))


def _days(
    morning: Morning,
    left: Sequence[PlanTopic],
    weeks: Sequence[Week],
    today: date,
    target: date,
    zone: tzinfo | None,
    exams_taken: Collection[date],
) -> dict[str, date]:
    """Return the days of the topics that were `left` in the morning. One without a question to ask waits for it."""
    _exams_open, beyond = _exams(weeks, today, exams_taken, morning.unused_exams)
    exam_days = {day for week in weeks for day in week.exam_days} - beyond
    worked = [at.astimezone(zone).date() for topic in morning.topics if (at := topic.done_at or topic.practiced_at)]
    days_since = min(((today - day).days for day in worked if day < today), default=None)
    resting = [topic for topic in left if topic.is_resting(today)]
    fresh = [topic for topic in left if topic.practiced_at is None and topic not in resting]
    again = [topic for topic in left if topic.practiced_at and topic not in resting]
    last = target - timedelta(days=1)
    return {
        **{topic.slug: min(topic.ready_on or last, last) for topic in resting},
        **dict(
            zip(
                (topic.slug for topic in (*fresh, *again)),
                (
                    *study_plan.due_days(len(fresh), 0, today, target, exam_days, days_since),
                    *study_plan.again_days(len(again), today, target, exam_days),
                ),
                strict=True,
            )
        ),
    }


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
    askable: Mapping[str, Collection[int]],
    zone: tzinfo | None,
    until: datetime | None = None,
) -> list[PlanTopic]:
    """Return the topics, those with the most points to gain first, as they stood at the time `until` (None: now).

    `answers` are the newest until then to each question that may be known, and `askable` has the questions that can be
    practiced, by slug.
    """
    known = {answer.question: answer for answer in answers}
    by_topic: dict[int | None, list[Answer]] = {}
    for answer in sorted(known.values(), key=attrgetter("at")):
        by_topic.setdefault(answer.topic, []).append(answer)
    result = []
    for topic in sorted(topics, key=lambda topic: -gains.get(topic.slug, 0)):
        mark, questions, given = marks.get(topic.slug), askable.get(topic.slug, ()), by_topic.get(topic.key, ())
        well = [answer.at for answer in given if _is_well(answer)]
        ticked_at = mark.done_at if mark and mark.done_at and (until is None or mark.done_at < until) else None
        done_at = done_by_answers(well, len(questions), zone)
        if ticked_at and (done_at is None or ticked_at < done_at):
            done_at = ticked_at
        came_back = bool(
            done_at and sum(answer.at > done_at for answer in given if not answer.correct) >= MISSED_OF_WEAK
        )
        needed = min(WELL_ANSWERED, len(questions))
        result.append(
            PlanTopic(
                topic.slug,
                topic.title,
                verdict(topic.mastery),
                mark.read_at if mark else None,
                None if came_back else done_at,
                bool(ticked_at),
                came_back,
                needed,
                given[-needed].at if needed and len(given) >= needed else None,
                given[-1].at if given else None,
                _ready_on(questions, known, zone),
                back_on=_ready_on([question for question in questions if question in known], known, zone),
            )
        )
    return result


def _ready_on(questions: Iterable[int], known: Mapping[int, Answer], zone: tzinfo | None) -> date | None:
    """Return on which day the first of some questions may be asked, by their newest answers; None if one has none.

    What was missed or guessed comes back on the next day, what was right rests.
    """
    days = []
    for question in questions:
        answer = known.get(question)
        if answer is None:
            return None
        days.append(answer.at.astimezone(zone).date() + timedelta(days=REST_DAYS if _is_well(answer) else 1))
    return min(days, default=None)


def _is_well(answer: Answer) -> bool:
    return answer.correct and answer.confidence != Response.Confidence.GUESS


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
