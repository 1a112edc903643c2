"""Test the calendar of twelve weeks and the current run of days, without a database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from exams.services.practice.study_days import answered_by_day, calendar, current_run, day_start

WEDNESDAY = date(2026, 4, 15)


def days(*ago: int) -> set[date]:
    return {WEDNESDAY - timedelta(days=number) for number in ago}


@pytest.mark.parametrize(
    ("ago", "run"),
    [
        ((), 0),
        ((0,), 1),
        ((1, 2), 2),  # today is not over
        ((0, 1, 3, 4), 4),  # one free day, Monday
        ((0, 2, 4, 5), 4),  # Tuesday and Sunday are free days of two weeks
        ((0, 1, 2, 4, 6, 7), 4),  # Sunday and Friday are of one week
        ((0, 4), 1),  # three days off
    ],
)
def test_a_run_has_one_free_day_a_week(ago: tuple[int, ...], run: int) -> None:
    assert current_run(days(*ago), WEDNESDAY) == run


def test_days_are_those_of_the_zone_also_where_one_is_skipped() -> None:
    moment = datetime(2026, 4, 14, 23, 30, tzinfo=UTC)
    assert answered_by_day([moment], UTC) == {date(2026, 4, 14): 1}
    assert answered_by_day([moment], ZoneInfo("Europe/Berlin")) == {WEDNESDAY: 1}
    apia = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
    around = [datetime(2011, 12, 30, 9, 59, tzinfo=UTC), datetime(2011, 12, 30, 10, 1, tzinfo=UTC)]
    assert sorted(answered_by_day(around, apia)) == [date(2011, 12, 29), date(2011, 12, 31)]


def test_the_calendar_has_twelve_weeks_from_monday_with_levels() -> None:
    weeks = calendar({WEDNESDAY: 12, date(2026, 1, 1): 5, WEDNESDAY - timedelta(days=3): 40}, WEDNESDAY)
    assert [len(week) for week in weeks] == [7] * 12
    assert (weeks[0][0].day, weeks[-1][2].day) == (date(2026, 1, 26), WEDNESDAY)
    assert (weeks[-1][2].level, weeks[-2][6].level) == (2, 4)
    assert [day.is_future for day in weeks[-1]] == [False] * 3 + [True] * 4
    assert sum(day.answered for week in weeks for day in week) == 52


@pytest.mark.parametrize(("ahead", "last", "n_marked"), [(21, 25, 1), (0, 4, 1), (41, 46, 1), (42, 4, 0), (-3, 4, 1)])
def test_the_calendar_reaches_until_the_week_of_the_exam_whose_day_is_marked(
    ahead: int, last: int, n_marked: int
) -> None:
    weeks = calendar({}, WEDNESDAY, WEDNESDAY + timedelta(days=ahead))
    assert [len(week) for week in weeks] == [7] * 12
    assert weeks[-1][-1].day == WEDNESDAY + timedelta(days=last)
    marked = [day.day for week in weeks for day in week if day.is_exam]
    assert marked == [WEDNESDAY + timedelta(days=ahead)] * n_marked


@pytest.mark.parametrize(
    ("zone", "moment", "first", "next_day"),
    [
        ("America/Havana", (2026, 11, 1, 5, 30), (2026, 11, 1, 4), (2026, 11, 2, 5)),  # midnight comes twice
        ("Asia/Beirut", (2026, 3, 29, 9), (2026, 3, 28, 22), (2026, 3, 29, 21)),  # from midnight to one o'clock
        ("Pacific/Apia", (2011, 12, 29, 22), (2011, 12, 29, 10), (2011, 12, 30, 10)),  # 30 December was skipped
        ("UTC", (2026, 4, 1, 9), (2026, 4, 1), (2026, 4, 2)),
    ],
)
def test_a_day_begins_at_midnight_of_the_reader_also_where_the_clock_jumps_over_it(
    zone: str, moment: tuple[int, ...], first: tuple[int, ...], next_day: tuple[int, ...]
) -> None:
    at = datetime(*moment, tzinfo=UTC)  # type: ignore[misc]
    assert day_start(at, ZoneInfo(zone)) == datetime(*first, tzinfo=UTC)  # type: ignore[misc]
    assert day_start(at, ZoneInfo(zone), days=1) == datetime(*next_day, tzinfo=UTC)  # type: ignore[misc]
