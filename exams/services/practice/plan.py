"""The plan: the topics of the syllabus in the order of their weeks, spread over the days until a target date.

Nothing of it is stored but the target date and what was ticked off. What was not done in time is spread over the days
that remain, so that nothing is ever overdue.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from exams.models import TopicMark
from questions.content.syllabus import Syllabus, Topic

MOCK_EXAM_DAYS = 7  # before the target date, left for mock exams as long as
MAX_TOPICS_A_DAY = 3  # are enough on the days before; later, all days are used
NEXT_TOPICS = 3  # shown as next without a target date
MAX_YEARS = 3  # of a target date
PRACTICE_SIZE = 5  # questions, of the button beside a topic


@dataclass(frozen=True, slots=True)
class PlanTopic:
    """A topic of the plan. `day` is when it is due; None if it is done, or without a target date."""

    topic: Topic
    week: int  # 0 for a topic that no week names
    read_at: datetime | None
    done_at: datetime | None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """A week of the plan with its topics. `focus` is that of its part of the plan."""

    number: int
    focus: str
    topics: tuple[PlanTopic, ...]

    @property
    def n_done(self) -> int:
        return sum(entry.done_at is not None for entry in self.topics)

    @property
    def is_done(self) -> bool:
        return self.n_done == len(self.topics)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day of what is left, None if nothing is or without a target date."""
        days = [entry.day for entry in self.topics if entry.day]
        return (min(days), max(days)) if days else None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one candidate on one day. `due` are the topics of today, or the next ones without a target date."""

    weeks: tuple[PlanWeek, ...]
    due: tuple[PlanTopic, ...]
    done_today: int
    days_left: int | None  # until the target date; None without one, or after it

    @property
    def topics(self) -> list[PlanTopic]:
        return [entry for week in self.weeks for entry in week.topics]

    @property
    def n_done(self) -> int:
        return sum(week.n_done for week in self.weeks)

    @property
    def next(self) -> PlanTopic | None:
        """The first topic that is not done."""
        return next((entry for entry in self.topics if entry.done_at is None), None)

    @property
    def week(self) -> int | None:
        """The week of the next topic; the last week when all is done; None for a syllabus without weeks."""
        number = self.next.week if self.next else self.weeks[-1].number if self.weeks else 0
        return number or None


def make_plan(
    syllabus: Syllabus, marks: Mapping[str, TopicMark], target: date | None, today: date, zone: tzinfo | None
) -> Plan:
    """Return the plan on the day `today` of the time zone `zone`. `marks` are by slug."""
    entries = _in_order(syllabus, marks)
    done_on = [entry.done_at.astimezone(zone).date() for entry in entries if entry.done_at]
    left = [entry for entry in entries if entry.done_at is None]
    done_today = sum(day == today for day in done_on)
    days_left = (target - today).days if target and target >= today else None
    if days_left:
        days_since = min(((today - day).days for day in done_on if day < today), default=None)
        days = _due_days(len(left), done_today, days_left, days_since, today)
        n_due = days.count(today)
    else:
        days, n_due = [], NEXT_TOPICS
    dated = iter(days)
    entries = [entry if entry.done_at else replace(entry, day=next(dated, None)) for entry in entries]
    due = [entry for entry in entries if entry.done_at is None][:n_due]
    return Plan(_weeks(syllabus, entries), tuple(due), done_today, days_left)


def scheduled_exams(target: date | None, today: date) -> int | None:
    """Return how many mock exams the plan has until the target date: one a week, and a second one in the last week.

    None without a target date, or after it.
    """
    if target is None or target <= today:
        return None
    days = (target - today).days
    return min(days, math.ceil(days / 7) + 1)


def topics_due(topics: int, study_days: int, days_since: int | None) -> int:
    """Return how many of these topics are due on the first of these days.

    With fewer topics than days, one is due as soon as its share of the days since the last one is over. `days_since`
    is the number of days since a topic was done on an earlier day, None for the first one.
    """
    if not topics:
        return 0
    if topics >= study_days:
        return math.ceil(topics / study_days)
    if days_since is None:
        return 1
    return int(days_since >= (study_days + days_since - 1) // topics)


def _due_days(left: int, done_today: int, days_left: int, days_since: int | None, today: date) -> list[date]:
    """Return a day for each of the topics that are left, as if all were done in time from now on."""
    days: list[date] = []
    last = None if days_since is None else -days_since
    for day in range(days_left):
        before = done_today if day == 0 else 0
        topics, until_target = left - len(days) + before, days_left - day
        study_days = min(until_target, max(until_target - MOCK_EXAM_DAYS, math.ceil(topics / MAX_TOPICS_A_DAY)))
        quota = topics_due(topics, study_days, None if last is None else day - last)
        days += [today + timedelta(days=day)] * min(left - len(days), max(0, quota - before))
        if quota or before:
            last = day
    return days


def _in_order(syllabus: Syllabus, marks: Mapping[str, TopicMark]) -> list[PlanTopic]:
    """Return all topics in the order of their first week, within it in that of the syllabus."""
    entries = []
    for topic in syllabus.topics.values():
        mark = marks.get(topic.slug)
        entries.append(
            PlanTopic(
                topic, min(topic.weeks, default=0), mark.read_at if mark else None, mark.done_at if mark else None
            )
        )
    return sorted(entries, key=lambda entry: (not entry.week, entry.week))


def _weeks(syllabus: Syllabus, entries: Sequence[PlanTopic]) -> tuple[PlanWeek, ...]:
    focus = {week: part.focus for part in syllabus.plan for week in part.weeks}
    weeks: dict[int, list[PlanTopic]] = {}
    for entry in entries:
        weeks.setdefault(entry.week, []).append(entry)
    return tuple(PlanWeek(number, focus.get(number, ""), tuple(topics)) for number, topics in weeks.items())
