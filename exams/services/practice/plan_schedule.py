"""Choose which topics are for which days and weeks until the exam, from what was known when each of them began.

A week keeps the topics that were chosen when it began. Each morning, what is left of them is spread over the days that
are left of the week, and the other new topics over the later weeks. How many they are follows from the questions a day.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from exams.models import StudyGoal
from exams.psychometrics import study_plan
from exams.psychometrics.study_plan import Week
from exams.services.practice.plan_topics import PlanTopic


@dataclass(frozen=True, slots=True)
class Morning:
    """What was known when a day began: the topics in the order of the plan, the weakest one, the mock exams kept."""

    topics: tuple[PlanTopic, ...]
    weakest: str = ""
    kept_exams: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """How many topics can be practiced before the exam at the questions a day of the plan.

    `all_on` is the day of the last one, None if not all fit. Then `more` is a number of questions a day at which they
    do; without one, `later` is a date until which they do.
    """

    topics: int
    all_on: date | None = None
    more: int | None = None
    later: date | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The topics of this week and of the later ones, by their slugs; those of this week that `again` come back.

    `days` has those that are left of this week and fit into it, of later weeks all that fit, and of those that were
    practiced in this week one that comes back today. `beyond` are the new ones that fit into no week,
    `behind` is how many of this week fit into it no more, and `left` are those of the week before that were not
    practiced in it. A day has so many `questions`. This week was `planned_on` its first day, or after a mock exam.
    """

    week: tuple[str, ...]
    again: tuple[str, ...]
    days: Mapping[str, date]
    later: tuple[tuple[str, ...], ...]
    beyond: tuple[str, ...]
    left: frozenset[str]
    questions: int
    reach: Reach
    behind: int
    planned_on: date


def schedule(
    goal: StudyGoal,
    target: date,
    weeks: Sequence[Week],
    today: date,
    zone: tzinfo | None,
    exam_days: Iterable[date],
    morning: Callable[[date], Morning],
    taken: Collection[date] = (),
) -> Schedule:
    """Return the schedule on the day `today`.

    Topics are for the days that are not among the `exam_days`. Mock exams were `taken` on these days until today: after
    such a day, which has no topics either, the rest of its week is chosen again.
    """
    begin = today + timedelta(days=today in taken)
    at, daily = next(place for place, week in enumerate(weeks) if today in week), goal.daily_questions
    this, later = weeks[at], weeks[at + 1 :]
    new, again = _chosen(weeks[at:], daily, morning, taken)
    began = {topic.slug: topic for topic in morning(begin).topics}
    new_left = [slug for slug, topic in began.items() if slug in new and topic.is_wanted]
    again_left = [slug for slug in again if slug in began and _waits(began[slug], this, zone)]
    study_days = _days_left(this, begin, exam_days)
    sizes = [len(week.study_days) for week in later]
    others = [slug for slug, topic in began.items() if topic.is_wanted and slug not in new]
    left, all_days = len(new_left) + len(others), len(study_days) + sum(sizes)
    a_day = max(
        study_plan.topics_a_day(len(new_left), len(study_days), daily), study_plan.topics_a_day(left, all_days, daily)
    )
    spans, over = study_plan.fill(new_left, again_left, [1] * len(study_days), a_day)
    days = {slug: day for day, span in zip(study_days, spans, strict=True) for slug in span}
    days |= {slug: max(days[slug], began[slug].ready_on or today) for slug in again_left if slug in days}
    # A candidate who is ahead goes on with later weeks.
    room = max(0, a_day - len(new_left)) if today in study_days else 0
    days |= dict.fromkeys(others[:room], today)
    if today in study_days:
        room_again = a_day + 1 - sum(day == today for day in days.values())
        back = [slug for slug in _back(began.values(), today) if slug not in days]
        days |= dict.fromkeys(back[: max(0, room_again)], today)
    rest = [*over, *others[room:]]
    a_day_later = study_plan.topics_a_day(len(rest), sum(sizes), daily)
    later_spans, beyond = study_plan.fill(rest, (), sizes, a_day_later)
    days = {slug: day for slug, day in days.items() if day in this}
    for week, span in zip(later, later_spans, strict=True):
        days |= {slug: week.study_days[place // a_day_later] for place, slug in enumerate(span)}
    questions = daily or study_plan.size_for(a_day + 1)
    if beyond:
        more = study_plan.enough(left, all_days, questions, goal.DAILY_QUESTIONS)
        later_date = None if more else study_plan.later_date(left, questions, today, target)
        reach = Reach(len(began) - len(beyond), more=more, later=later_date)
    else:
        reach = Reach(len(began), all_on=max([today, *days.values()]))
    return Schedule(
        (*new, *again),
        tuple(again),
        days,
        tuple(tuple(slug for slug in span if slug not in over) for span in later_spans),
        tuple(slug for slug in beyond if slug not in over),
        _left(weeks, at, goal, morning, taken),
        questions,
        reach,
        len(over) if goal.planned_on else 0,
        _planned_on(this, taken),
    )


def _chosen(
    weeks: Sequence[Week], daily: int | None, morning: Callable[[date], Morning], taken: Iterable[date]
) -> tuple[list[str], list[str]]:
    """Return the topics of the first of these weeks, new ones and those that come back, as they were when it began.

    After a mock exam, new ones that were not practiced until then make room for those with more points to gain now.
    """
    topics, last = morning(weeks[0].first).topics, weeks[0].last
    new = [topic.slug for topic in topics if topic.is_wanted]
    again = [topic for topic in topics if not topic.is_wanted and not topic.done_at]
    ready = [topic.slug for topic in again if topic.ready_on is None or topic.ready_on <= last]
    sizes = [len(week.study_days) for week in weeks]
    a_day = study_plan.topics_a_day(len(new), sum(sizes), daily)
    room = sizes[0] * (a_day + 1) - len(new[: sizes[0] * a_day])
    new = new[: sizes[0] * a_day]
    if (planned_on := _planned_on(weeks[0], taken)) != weeks[0].first:
        left = [topic.slug for topic in morning(planned_on).topics if topic.is_wanted]
        practiced = [slug for slug in new if slug not in left]
        new = practiced + left[: len(new) - len(practiced)]
    return new, ready[:room]


def _planned_on(week: Week, taken: Iterable[date]) -> date:
    """Return the day from which on a week has its topics: its first, or that after the last mock exam in it."""
    after = (day + timedelta(days=1) for day in taken)
    return max((day for day in after if day in week), default=week.first)


def _back(topics: Iterable[PlanTopic], today: date) -> list[str]:
    """Return the topics that may come back today: first those that could since longest ago, then as answered last."""
    found = [(topic.back_on or today, topic.answered_at, topic.slug) for topic in topics if topic.comes_back(today)]
    return [slug for _back_on, _at, slug in sorted(found)]


def _waits(topic: PlanTopic, week: Week, zone: tzinfo | None) -> bool:
    """Return whether a topic that comes back this week has not done so."""
    return not topic.done_at and not topic.was_answered_since(week.first, zone)


def _days_left(week: Week, begin: date, exam_days: Iterable[date]) -> list[date]:
    left = [day for day in week.days if day >= begin]
    if week.study_days == week.days:  # it has no mock exam, or is too short for days of its own
        return left
    exams = set(exam_days)
    return [day for day in left if day not in exams]


def _left(
    weeks: Sequence[Week], at: int, goal: StudyGoal, morning: Callable[[date], Morning], taken: Iterable[date]
) -> frozenset[str]:
    """Return the new topics of the week before that were left when this one began."""
    if at == 0 or goal.planned_on is None:
        return frozenset()
    new, _again = _chosen(weeks[at - 1 :], goal.daily_questions, morning, taken)
    began = {topic.slug: topic for topic in morning(weeks[at].first).topics}
    return frozenset(slug for slug in new if slug in began and began[slug].is_wanted)
