"""Write the calendar feed of a candidate: what Today and the plan have for two weeks, all mock exams, and the exam."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Alarm, Calendar, Event

from exams.models import Reminders
from exams.psychometrics.study_plan import minutes_for
from exams.services.practice import reminders, repetition
from exams.services.practice.composition import composition
from exams.services.practice.next_step import todays_step
from exams.services.practice.plan_topics import PlanTopic
from exams.services.practice.study_records import StudyRecords, study_records

DAYS = 14
NAMES = 3  # of topics of a day, at most
REFRESH = timedelta(hours=6)
PRODUCT = "-//mlsprep//reminders//EN"


@dataclass(frozen=True, slots=True)
class Session:
    """What a day has: a mock exam or questions, how long it takes, and the lines of what it is about.

    What `is_done` has no alarm.
    """

    day: date
    summary: str
    minutes: int
    lines: tuple[str, ...] = ()
    is_done: bool = False


def calendar(row: Reminders, site: str, now: datetime) -> bytes:
    """Return the feed as iCalendar: an event for each day, and the day of the exam."""
    zone, blueprint = reminders.zone_of(row), reminders.chosen_exam(row.candidate)
    feed = Calendar.new(name=_("Practice"), prodid=PRODUCT, refresh_interval=REFRESH)
    if blueprint is None:
        return feed.to_ical()
    records = study_records(row.candidate, blueprint, now, zone=zone)
    for session in _sessions(records):
        at = datetime(session.day.year, session.day.month, session.day.day, row.hour, tzinfo=zone).astimezone(UTC)
        feed.add_component(_event(row, session, site, now, at))
    if records.has_plan:
        feed.add_component(_exam(row, records, now))
    return feed.to_ical()


def _sessions(records: StudyRecords) -> Iterator[Session]:
    """Return what the days have, as Today and the plan say."""
    exam, plan, today = records.blueprint.exam, records.plan, records.today
    exam_days = {max(day, today) for week in plan.weeks for day in week.exam_days}
    values = {"exam": exam.short_title, "n": exam.questions, "minutes": exam.minutes}
    mock_exam = _("%(exam)s: mock exam") % values
    facts = _("%(n)d questions, %(minutes)d minutes.") % values
    due = _due_by_day(records)
    days = [today + timedelta(days=number) for number in range(DAYS)]
    for day in (*days, *sorted(day for day in exam_days if day > days[-1])):
        if records.goal.target_date and records.has_plan and day >= records.goal.target_date:
            return
        if day in exam_days:
            yield Session(day, mock_exam, exam.minutes, (facts, *_topics(records.topics_on(day))))
        elif not exam.practice or not records.pool.items:
            continue
        elif day == today:
            step = todays_step(records)
            if step.kind == "today" and step.later:
                yield _planned(records, day, len(step.session.questions) + step.later, step.of_day)
            elif step.kind == "today":
                asked = _summary(records, len(step.session.questions))
                yield Session(day, asked, step.minutes, (f"{composition(step.session)}.", *_topics(step.of_day)))
            elif step.kind == "done":
                done = _("%(exam)s: done for today") % values
                answered = ngettext("%(n)d question answered.", "%(n)d questions answered.", step.answered)
                minutes = minutes_for(step.answered, step.seconds)
                yield Session(day, done, minutes, (answered % {"n": step.answered},), is_done=True)
        else:
            yield _planned(records, day, records.questions_a_day, records.topics_on(day), due[day])


def _planned(records: StudyRecords, day: date, n: int, topics: Sequence[PlanTopic], n_due: int = 0) -> Session:
    """Return a day with so many questions, the pages of its topics and those that come back."""
    pages = sum(topic.read_at is None for topic in topics)
    minutes = minutes_for(n, records.seconds_a_question, pages)
    return Session(day, _summary(records, n), minutes, (*_topics(topics), *_coming_back(n_due)))


def _summary(records: StudyRecords, n: int) -> str:
    title = ngettext("%(exam)s: %(n)d question", "%(exam)s: %(n)d questions", n)
    return title % {"exam": records.blueprint.exam.short_title, "n": n}


def _due_by_day(records: StudyRecords) -> Counter[date]:
    """Return how many questions come back on each day."""
    cards = repetition.disclosed_cards(records.candidate) if records.candidate else ()
    return Counter(card.due.astimezone(records.zone).date() for card in cards if card.question_id in records.pool.items)


def _coming_back(n: int) -> list[str]:
    if not n:
        return []
    return [ngettext("%(due)d question comes back.", "%(due)d questions come back.", n) % {"due": n}]


def _topics(topics: Sequence[PlanTopic]) -> list[str]:
    """Return the first names, and how many topics there are beside them."""
    more = [_("and %(n)d more") % {"n": len(topics) - NAMES}] if len(topics) > NAMES else []
    return [*(f"- {topic.title}" for topic in topics[:NAMES]), *more]


def _event(row: Reminders, session: Session, site: str, now: datetime, at: datetime) -> Event:
    """Return the event of a day, with an alarm. The times are in UTC."""
    event = Event.new(
        uid=f"{session.day.isoformat()}-{row.pk}@mlsprep",
        stamp=now,
        start=at,
        end=at + timedelta(minutes=max(1, session.minutes)),
        summary=session.summary,
        description="\n".join(session.lines) or None,
        url=site + reverse("today").removeprefix("/"),
    )
    if session.is_done:
        return event
    alarm = Alarm.new(description=session.summary)
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(0))
    event.add_component(alarm)
    return event


def _exam(row: Reminders, records: StudyRecords, now: datetime) -> Event:
    """Return the event of the day of the exam."""
    day = records.goal.target_date
    assert day
    return Event.new(
        uid=f"ready-{row.pk}@mlsprep",
        stamp=now,
        start=day,
        end=day + timedelta(days=1),
        summary=_("Your exam: %(exam)s") % {"exam": records.blueprint.exam.short_title},
    )
