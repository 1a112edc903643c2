"""Write the calendar feed of a candidate: the questions of the next two weeks, and the day on which to be ready."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Alarm, Calendar, Event

from exams.models import Reminders
from exams.psychometrics.study_plan import SECONDS_A_QUESTION
from exams.services.practice import reminders, repetition, study_marks
from exams.services.practice.daily_goal import answered_today, todays_size
from exams.services.practice.study_records import study_records
from questions.models import Blueprint

DAYS = 14
REFRESH = timedelta(hours=6)
PRODUCT = "-//mlsprep//reminders//EN"


def calendar(row: Reminders, site: str, now: datetime) -> bytes:
    """Return the feed as iCalendar: an event for each day, without today once its questions are answered."""
    zone, blueprint = reminders.zone_of(row), reminders.chosen_exam(row.candidate)
    feed = Calendar.new(name=_("Practice"), prodid=PRODUCT, refresh_interval=REFRESH)
    if blueprint is None:
        return feed.to_ical()
    syllabus = blueprint.exam.syllabus_code
    goal = study_marks.goal(row.candidate, syllabus)
    topics = study_records(row.candidate, blueprint, now, zone=zone).plan.todays if goal.target_date else 0
    size = todays_size(goal, topics)
    today = now.astimezone(zone).date()
    is_done = answered_today(syllabus, [row.candidate_id], now, zone) >= size
    due = Counter(max(today, card.due.astimezone(zone).date()) for card in repetition.disclosed_cards(row.candidate))
    last = goal.target_date if goal.target_date and goal.target_date >= today else None
    for day in (today + timedelta(days=number) for number in range(DAYS)):
        if (day == today and is_done) or (last and day >= last):
            continue
        at = datetime(day.year, day.month, day.day, row.hour, tzinfo=zone).astimezone(UTC)
        feed.add_component(_session(row, blueprint, site, now, at, day, size, due[day]))
    if last:
        feed.add_component(_ready(row, blueprint, now, last))
    return feed.to_ical()


def _session(
    row: Reminders, blueprint: Blueprint, site: str, now: datetime, at: datetime, day: date, size: int, due: int
) -> Event:
    """Return the event of the questions of a day, with an alarm. The times are in UTC."""
    title = ngettext("%(exam)s: %(n)d question", "%(exam)s: %(n)d questions", size)
    comes_back = ngettext("%(due)d question comes back.", "%(due)d questions come back.", due)
    summary = title % {"exam": blueprint.exam.short_title, "n": size}
    event = Event.new(
        uid=f"{day.isoformat()}-{row.pk}@mlsprep",
        stamp=now,
        start=at,
        end=at + timedelta(seconds=size * SECONDS_A_QUESTION),
        summary=summary,
        description=comes_back % {"due": due} if due else None,
        url=site + reverse("today").removeprefix("/"),
    )
    alarm = Alarm.new(description=summary)
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(0))
    event.add_component(alarm)
    return event


def _ready(row: Reminders, blueprint: Blueprint, now: datetime, day: date) -> Event:
    """Return the event of the day on which the candidate wants to be ready."""
    return Event.new(
        uid=f"ready-{row.pk}@mlsprep",
        stamp=now,
        start=day,
        end=day + timedelta(days=1),
        summary=_("Ready for %(exam)s") % {"exam": blueprint.exam.short_title},
    )
