"""The plan of an exam for one candidate: its topics, those with the most points to gain first, until a target date.

Stored are the target date, the day on which it or the questions a day were set, and what was ticked off; the rest is
read from the answers. A week keeps the topics that follow from what was known when it began, or after a mock exam in
it; a day those that follow from what was known then. How many they are follows from the questions a day.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from operator import itemgetter

from exams.models import StudyGoal
from exams.psychometrics import study_plan
from exams.psychometrics.study_plan import DAYS_A_WEEK, Week
from exams.services.practice.plan_schedule import Morning, Reach, Schedule, schedule
from exams.services.practice.plan_topics import PlanTopic
from questions.content.syllabus import Syllabus

NEXT_TOPICS = 3  # shown as next without a target date
MAX_YEARS = 3  # of a target date
PRACTICE_SIZE = study_plan.QUESTIONS_A_TOPIC  # questions at most, of the button beside a topic


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """A week of the plan: its topics, which keep their places when they are done, and the days of open mock exams."""

    week: Week
    topics: tuple[PlanTopic, ...]
    exam_days: tuple[date, ...]
    exams_taken: int

    @property
    def n_worked(self) -> int:
        """How many of its topics were practiced or done since it began."""
        return sum(topic.in_week for topic in self.topics)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one candidate on one day.

    `open` are the topics that are not done, in the order of the plan. `due` are those of today, or the next ones
    without a target date: the same all day, whatever is done meanwhile. A day of it has so many `questions`. `weeks`
    are this week and the later ones; none without a target date. They have time for `exams_beyond` more mock exams, for
    which no questions are kept. Of this week, `behind` new ones do not fit into its days any more. `beyond` are the
    topics for which there is no room, and `earlier` those that were practiced or done and are of no week. `moved` were
    left in the week before and are of this one; `n_put_off` more come later, since others have more points to gain now.
    This week has its topics since `week_planned_on`: its first day, or the day after its last mock exam. With a target
    date, `by_day` has the topics of today and of each later day if those before it are practiced, and `of_tomorrow` has
    those of tomorrow if nothing more is practiced today.
    """

    open: tuple[PlanTopic, ...]
    done: tuple[PlanTopic, ...]
    due: tuple[PlanTopic, ...]
    questions: int = 0
    days_left: int | None = None  # until the target date; None without one, or after it
    weeks: tuple[PlanWeek, ...] = ()
    reach: Reach | None = None
    behind: int = 0
    exams_beyond: int = 0
    beyond: tuple[PlanTopic, ...] = ()
    earlier: tuple[PlanTopic, ...] = ()
    moved: tuple[PlanTopic, ...] = ()
    n_put_off: int = 0
    week_planned_on: date | None = None
    by_day: Mapping[date, tuple[PlanTopic, ...]] = field(default_factory=dict)
    of_tomorrow: tuple[PlanTopic, ...] = ()

    @property
    def total(self) -> int:
        return len(self.open) + len(self.done)

    @property
    def n_practiced(self) -> int:
        """How many topics were practiced or done."""
        return len(self.done) + sum(not topic.is_new for topic in self.open)

    @property
    def of_week(self) -> tuple[PlanTopic, ...]:
        """The open topics of this week; none without a target date."""
        return tuple(topic for topic in self.weeks[0].topics if not topic.done_at) if self.weeks else ()

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
        return left or tuple(topic for topic in self.open if topic.slug not in due and not topic.in_week)[:1]

    @property
    def exams_open(self) -> int:
        return sum(len(week.exam_days) for week in self.weeks)


def make_plan(
    topics: Iterable[PlanTopic],
    goal: StudyGoal,
    today: date,
    zone: tzinfo | None,
    exams_taken: Collection[date],
    kept_exams: int,
    morning: Callable[[date], Morning] | None = None,
) -> Plan:
    """Return the plan on the day `today` of the time zone `zone`. `topics` are in the order of the plan.

    `exams_taken` are the days on which mock exams began. At most `kept_exams` more are planned: those of which practice
    leaves the questions. The topics of a week follow from the `morning` of its first day alone, and the days of those
    that are left from that of today (None: nothing has happened since), so that what is answered moves no topic of this
    week, or of today.
    """
    every = tuple(topics)
    morning = morning or (lambda _day: Morning(every, kept_exams=kept_exams))
    wanted_today = {topic.slug for topic in morning(today).topics if topic.is_wanted}
    tomorrow = today + timedelta(days=1)
    of_tomorrow = _topics_of(goal, tomorrow, zone, exams_taken, morning) if goal.target_date != tomorrow else []
    known = {}
    for topic in every:
        known[topic.slug] = replace(
            topic,
            is_worked=topic.worked_on(today, zone) or (topic.slug in wanted_today and not topic.is_wanted),
            back_on=tomorrow if topic.slug in of_tomorrow else None,
        )
    if goal.target_date is not None and goal.target_date > today:
        return _dated_plan(known, goal, goal.target_date, today, zone, exams_taken, kept_exams, morning, of_tomorrow)
    chosen = _topics_of(goal, today, zone, exams_taken, morning)
    return Plan(
        tuple(topic for topic in known.values() if not topic.done_at),
        _newest_first(known.values()),
        tuple(known[slug] for slug in chosen if slug in known),
        days_left=0 if goal.target_date == today else None,
    )


def _topics_of(
    goal: StudyGoal,
    day: date,
    zone: tzinfo | None,
    exams_taken: Collection[date],
    morning: Callable[[date], Morning],
) -> list[str]:
    """Return the slugs of the topics of a day: those of the plan until the target date, without one the next ones."""
    if goal.target_date is not None and goal.target_date > day:
        found = _scheduled(goal, goal.target_date, day, zone, exams_taken, morning)
        return [topic.slug for topic in _of_one_day(morning(day).topics) if found.days.get(topic.slug) == day]
    began = morning(day)
    ready = [topic for topic in began.topics if not topic.done_at and not topic.is_resting(day)]
    chosen = sorted(ready, key=lambda topic: topic.slug != began.weakest)[:NEXT_TOPICS]
    return [topic.slug for topic in _of_one_day(chosen)]


def _of_one_day(topics: Iterable[PlanTopic]) -> list[PlanTopic]:
    """Return topics in the order of a day: after those below the standard, those missed in the newest mock exam."""
    return sorted(topics, key=lambda topic: (topic.verdict != "below", topic.failed_on is None))


def _scheduled(
    goal: StudyGoal,
    target: date,
    day: date,
    zone: tzinfo | None,
    exams_taken: Collection[date],
    morning: Callable[[date], Morning],
) -> Schedule:
    weeks = plan_weeks(goal, day)
    # The day of a mock exam that was taken before it came is free for topics, that on which it was taken is not.
    taken = [taken for taken in exams_taken if taken <= day]
    exams, without = _exams(weeks, day, taken, morning(day).kept_exams - taken.count(day))
    exam_days = {day for days in exams.values() for day in days} - without
    return schedule(
        goal, target, _as_planned(weeks, day, taken, without, morning), day, zone, exam_days, morning, taken
    )


def _as_planned(
    weeks: Sequence[Week],
    today: date,
    taken: Sequence[date],
    without: Collection[date],
    morning: Callable[[date], Morning],
) -> list[Week]:
    """Return the weeks, of which this one, the one before and the later ones have days of kept mock exams alone.

    The others are for topics. A week that has begun keeps those that it had then.
    """
    planned = []
    for week in weeks:
        gone = without
        if week.first <= today:
            recent = week.last >= today - timedelta(days=DAYS_A_WEEK)
            before = [day for day in taken if day < week.first]
            gone = _exams(weeks, week.first, before, morning(week.first).kept_exams)[1] if recent else ()
        planned.append(replace(week, exam_days=tuple(day for day in week.exam_days if day not in gone)))
    return planned


def _dated_plan(
    known: dict[str, PlanTopic],
    goal: StudyGoal,
    target: date,
    today: date,
    zone: tzinfo | None,
    exams_taken: Collection[date],
    kept_exams: int,
    morning: Callable[[date], Morning],
    of_tomorrow: Sequence[str],
) -> Plan:
    found = _scheduled(goal, target, today, zone, exams_taken, morning)
    exams, without = _exams(plan_weeks(goal, today), today, exams_taken, kept_exams)
    this = next(iter(exams))
    for slug in known.keys() & {*found.week, *found.days}:
        topic = known[slug]
        waits = topic.is_wanted or (slug in found.again and not topic.was_answered_since(this.first, zone))
        known[slug] = replace(
            topic,
            day=None if topic.done_at else found.days.get(slug),
            in_week=slug in found.week and (topic.done_at is not None or not waits),
        )
    tomorrow = tuple(known[slug] for slug in of_tomorrow if slug in known)
    place = {topic.slug: number for number, topic in enumerate(_of_one_day(morning(today).topics))}
    by_day = _by_day(found, known, today, tomorrow, place)
    by_week = [[slug for slug in slugs if slug in known] for slugs in (found.week, *found.later)]
    placed = {slug for slugs in (*by_week, found.beyond) for slug in slugs}
    in_order = dict.fromkeys(
        (
            *sorted(found.days, key=lambda slug: (found.days[slug], place[slug])),
            *by_week[0],
            *(slug for slugs in by_week[1:] for slug in slugs),
            *found.beyond,
            *known,
        )
    )
    return Plan(
        tuple(known[slug] for slug in in_order if slug in known and not known[slug].done_at),
        _newest_first(known.values()),
        by_day[today],
        found.questions,
        (target - today).days,
        tuple(
            PlanWeek(
                week,
                tuple(known[slug] for slug in slugs),
                tuple(day for day in exams[week] if day not in without),
                sum(day in week for day in exams_taken),
            )
            for week, slugs in zip(exams, by_week, strict=True)
        ),
        found.reach,
        found.behind,
        len(without),
        tuple(known[slug] for slug in found.beyond if slug in known),
        tuple(topic for slug, topic in known.items() if slug not in placed and not topic.is_new),
        tuple(known[slug] for slug in by_week[0] if slug in found.left),
        len(found.left.difference(by_week[0])),
        found.planned_on,
        by_day,
        tomorrow,
    )


def _by_day(
    found: Schedule,
    known: Mapping[str, PlanTopic],
    today: date,
    of_tomorrow: Iterable[PlanTopic],
    place: Mapping[str, int],
) -> dict[date, tuple[PlanTopic, ...]]:
    """Return the topics of today and of each later day; tomorrow with those that come back.

    Those of a day are in the order of the plan as it was in the morning, their `place`: the weakest comes first.
    """
    days: dict[date, dict[str, PlanTopic]] = {today: {}, today + timedelta(days=1): {}}
    for slug in dict.fromkeys((*found.week, *found.days)):
        topic, day = known.get(slug), found.days.get(slug)
        if topic and day and (day == today or not (topic.is_worked or topic.done_at)):
            days.setdefault(day, {})[slug] = topic
    back = [topic for topic in of_tomorrow if not topic.is_wanted and topic.slug not in days[today]]
    days[today + timedelta(days=1)] |= {topic.slug: topic for topic in back}
    return {day: tuple(sorted(topics.values(), key=lambda topic: place[topic.slug])) for day, topics in days.items()}


def _exams(
    weeks: Iterable[Week], today: date, exams_taken: Collection[date], kept_exams: int
) -> tuple[dict[Week, tuple[date, ...]], set[date]]:
    """Return the days of open mock exams by week, from this one on, and those for which none is kept: the first ones.

    Were the kept ones spread evenly, each day that passes without one would move all others.
    """
    exams = {week: study_plan.open_exams(week, exams_taken) for week in weeks if week.last >= today}
    wanted = [day for days in exams.values() for day in days]
    return exams, set(wanted[: max(0, len(wanted) - max(0, kept_exams))])


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


def _newest_first(topics: Iterable[PlanTopic]) -> tuple[PlanTopic, ...]:
    """Return those that are done, the newest first."""
    done = ((topic.done_at, topic) for topic in topics if topic.done_at)
    return tuple(topic for _at, topic in sorted(done, key=itemgetter(0), reverse=True))


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
