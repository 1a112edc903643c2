"""Spread the topics of a study plan over the days until the exam: weeks, mock exams, topics a day, how far behind.

Weeks have seven days and end on the day before the exam; the first one is what is left over. There are two mock exams
a fortnight, on the last day of each week, and one more in the last week. Topics are for the other days. What was not
done in time is spread over the days that remain, so that nothing is ever overdue. No more mock exams are planned than
are new to the candidate.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

DAYS_A_WEEK = 7
MIN_DAYS_WITH_EXAM = 4  # of a week: a shorter one has no mock exam, unless it is the last
REST_BEFORE_EXAM = 2  # days from the last mock exam to the exam
QUESTIONS_A_TOPIC = 5  # that Today asks of each topic of the day, and the button beside a topic
SECONDS_A_QUESTION, READING_SECONDS = 45, 300  # with its explanation; a page of the study guide
MINUTES_A_TOPIC = (READING_SECONDS + QUESTIONS_A_TOPIC * SECONDS_A_QUESTION * 4 / 3) / 60  # with those that come back
ROUND_MINUTES = 5
WELL_ANSWERED, WELL_DAYS = 3, 2  # questions of a topic that is done by answers, and the days of these answers
MISSED_OF_WEAK = 2  # questions missed since a topic was done that bring it back


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the plan. `exam_days` are the days of its mock exams."""

    number: int
    first: date
    last: date
    exam_days: tuple[date, ...]

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class Delay:
    """How far a plan is behind its even pace, and what would help: more minutes a day, or a later date."""

    topics: int
    minutes: int
    date: date


def weeks(start: date | None, today: date, target: date) -> list[Week]:
    """Return the weeks from the day `start` to the day before `target`; without a start, from this week on."""
    count = math.ceil((target - (start or today)).days / DAYS_A_WEEK)
    start = start or target - timedelta(days=DAYS_A_WEEK * count)
    result = []
    for number in range(1, count + 1):
        last = target - timedelta(days=1 + DAYS_A_WEEK * (count - number))
        first = max(start, last - timedelta(days=DAYS_A_WEEK - 1))
        result.append(Week(number, first, last, _exam_days(first, last, is_last=number == count)))
    return result


def _exam_days(first: date, last: date, *, is_last: bool) -> tuple[date, ...]:
    n = (last - first).days + 1
    if not is_last:
        return (last,) if n >= MIN_DAYS_WITH_EXAM else ()
    final = max(first, last - timedelta(days=REST_BEFORE_EXAM - 1))
    return (first + timedelta(days=(n - MIN_DAYS_WITH_EXAM + 1) // 2), final) if n >= MIN_DAYS_WITH_EXAM else (final,)


def open_exams(week: Week, taken: Iterable[date]) -> tuple[date, ...]:
    """Return the days of the mock exams of a week that are not taken, by the days on which some were taken."""
    return week.exam_days[sum(day in week for day in taken) :]


def spread_exams(days: Sequence[date], unused: int) -> list[date]:
    """Return as many of these days as there are `unused` mock exams, spread evenly, the last day among them."""
    n = min(len(days), unused)
    return sorted(days[len(days) - 1 - len(days) * place // n] for place in range(n))


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


def due_days(
    left: int, done_today: int, today: date, target: date, exam_days: Collection[date], days_since: int | None
) -> list[date]:
    """Return a day for each of the topics that are left, as if all were done in time from now on."""
    days: list[date] = []
    last = None if days_since is None else -days_since
    every = [today + timedelta(days=number) for number in range((target - today).days)]
    study_days = sum(day not in exam_days for day in every)  # from this day on
    for number, day in enumerate(every):
        before = done_today if number == 0 else 0
        since = None if last is None else number - last
        quota = 0
        if day not in exam_days or not study_days:
            quota = topics_due(left - len(days) + before, study_days or len(every) - number, since)
        days += [day] * min(left - len(days), max(0, quota - before))
        if quota or before:
            last = number
        if len(days) == left:
            break
        study_days -= day not in exam_days
    return days


def again_days(begun: int, today: date, target: date, exam_days: Collection[date]) -> list[date]:
    """Return a day for each topic that is begun and not done: at least one a day, from today on."""
    if today >= target:
        return [today] * begun
    return due_days(begun, 0, today, target, exam_days, None)


def delay(
    at_start: int, done: int, start: date, today: date, target: date, exam_days: Collection[date]
) -> Delay | None:
    """Return how far the plan is behind on the morning of `today`; None if it is not.

    `at_start` topics were open on the day `start`, and `done` of them are begun or done by now.
    """
    total, passed = (
        sum(start + timedelta(days=number) not in exam_days for number in range((end - start).days))
        for end in (target, today)
    )
    behind = math.floor(at_start * passed / total) - done if total else 0
    if behind <= 0 or today >= target:
        return None
    study_days = max(1, total - passed)
    minutes = math.ceil(behind * MINUTES_A_TOPIC / study_days / ROUND_MINUTES) * ROUND_MINUTES
    return Delay(behind, minutes, target + timedelta(days=math.ceil(behind * total / at_start)))


def done_by_answers(well: Sequence[datetime], available: int, zone: tzinfo | None) -> datetime | None:
    """Return when a topic was done: three of its questions answered well, on two days. None if it is not.

    `well` are the times of those answers in order, one a question. Of a topic with fewer questions, all `available`
    ones are needed.
    """
    needed = min(WELL_ANSWERED, available)
    if not needed or len(well) < needed:
        return None
    days = set()
    for number, at in enumerate(well, 1):
        days.add(at.astimezone(zone).date())
        if number >= needed and len(days) >= min(WELL_DAYS, needed):
            return at
    return None
