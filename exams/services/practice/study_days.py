"""Count what was answered day by day: the calendar of twelve weeks, and the current run of days.

Days are those of the reader's time zone.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils import timezone

WEEKS = 12  # of the calendar, the current one among them
MAX_AHEAD = 6  # of these, at most, until the day of the exam
LEVELS = (1, 10, 20, 40)  # of the calendar: from so many questions


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day with the number of questions answered. `level` is 0 without any, and up to 4."""

    day: date
    answered: int
    is_future: bool
    is_exam: bool = False

    @property
    def level(self) -> int:
        return sum(self.answered >= least for least in LEVELS)


def day_start(moment: datetime, zone: tzinfo | None = None, *, days: int = 0) -> datetime:
    """Return when the day of this moment began in the zone (None: that of the server), or the one `days` later."""
    zone = zone or timezone.get_current_timezone()
    return midnight(moment.astimezone(zone).date() + timedelta(days=days), zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins in the zone.

    Where the clock skips midnight, this is the moment of the jump; where midnight comes twice, the first one.
    """
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def answered_by_day(moments: Sequence[datetime], zone: tzinfo) -> Counter[date]:
    """Return how many of these answers were given on each day of the zone. `moments` are in their order.

    The start of each day is looked for among them: to place each one takes most of the time of the page.
    """
    answered: Counter[date] = Counter()
    end = len(moments)
    while end:
        last = moments[end - 1]
        start = bisect_left(moments, day_start(last, zone), hi=end - 1)
        answered[last.astimezone(zone).date()] += end - start
        end = start
    return answered


def calendar(answered: Mapping[date, int], today: date, exam_day: date | None = None) -> list[list[CalendarDay]]:
    """Return twelve weeks from Monday to Sunday, the last one that of the exam, or of today if that is far off."""
    is_near = exam_day is not None and today <= exam_day < today + timedelta(weeks=MAX_AHEAD)
    last = exam_day if exam_day and is_near else today
    first = last - timedelta(days=last.weekday() + 7 * (WEEKS - 1))
    days = [first + timedelta(days=number) for number in range(7 * WEEKS)]
    entries = [CalendarDay(day, answered.get(day, 0), day > today, day == exam_day) for day in days]
    return [entries[start : start + 7] for start in range(0, len(entries), 7)]


def current_run(days: Collection[date], today: date) -> int:
    """Return on how many days in a row something was answered, with one free day in each week from Monday to Sunday.

    A free day does not count and does not end the run. Today ends nothing: it is not over.
    """
    run, day = 0, today
    free_weeks: set[tuple[int, int]] = set()
    pending: list[tuple[int, int]] = []
    while True:
        if day in days:
            run += 1
            free_weeks.update(pending)
            pending = []
        elif day != today:
            week = day.isocalendar()[:2]
            if week in free_weeks or week in pending or len(pending) > 1:
                return run
            pending.append(week)
        day -= timedelta(days=1)
