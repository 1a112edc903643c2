"""Test that the calendar says of each day of a fortnight what the plan and Today say of it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from icalendar import Calendar

from exams.models import Candidate, Reminders
from exams.services.practice import practice, reminders, study_marks
from exams.services.practice.next_step import NextStep, next_step
from exams.services.practice.study_records import study_records
from questions.models import Blueprint, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.html_forms import text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

BERLIN = "Europe/Berlin"
ZONE = ZoneInfo(BERLIN)
START = date(2026, 7, 6)
DAYS_LEFT = 24
TOPICS = 30  # of each exam domain: a topic has eight questions
A_WHILE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the feed: a whole day has no minutes."""

    title: str
    minutes: int
    lines: tuple[str, ...]

    @property
    def topics(self) -> list[str]:
        """The topics that it names, and how many there are beside them."""
        named = [line.removeprefix("- ") for line in self.lines if line.startswith("- ")]
        return named + [line for line in self.lines if re.fullmatch(r"and \d+ more", line)]


def feed(candidate: Candidate) -> dict[date, list[Event]]:
    """Return the events of each day, as a calendar program reads them."""
    token = Reminders.objects.get(candidate=candidate).feed
    found: dict[date, list[Event]] = {}
    cache.clear()  # the feed is kept for minutes, of a clock that does not travel
    calendar = Calendar.from_ical(Client().get(f"/calendar/{token}.ics").content)
    assert isinstance(calendar, Calendar)
    for event in calendar.events:
        start = event.start
        day = start.astimezone(ZONE).date() if isinstance(start, datetime) else start
        minutes = round(event.duration.total_seconds() / 60) if isinstance(start, datetime) else 0
        lines = tuple(str(event.get("description", "")).splitlines())
        found.setdefault(day, []).append(Event(str(event["summary"]), minutes, lines))
    return found


@pytest.fixture
def blueprint() -> Blueprint:
    found = factories.small_blueprint(code="LARGE", exams=40, default=True)
    for number in (1, 2):
        topic = Topic.objects.filter(task__exam_domain__number=number).earliest("pk")
        some = Question.objects.filter(exam_domain__number=number)
        some.update(topic_id=topic.pk + F("pk") % TOPICS)  # whose keys follow each other
    Topic.objects.exclude(pk__in=Question.objects.values("topic")).delete()
    raise_bank_version()
    return found


def exam_days_of(page: str) -> set[str]:
    """Return the days of mock exams on the page of the plan."""
    spans = re.findall(r"mock exams?:\s*([^<]+)</span>", page)
    return {words.strip() for span in spans for words in span.split(", ")}


def titles(html: str) -> list[str]:
    return re.findall(r'<a href="/guide/[^"]+">([^<]+)</a>', html)


def titles_of_day(page: str, day: date) -> list[str]:
    """Return the topics that the page of the plan has for this day: new ones, and those that come back on it."""
    rows = re.findall(r'<li class="plan-topic" id="(?!due-).*?</li>', page, re.DOTALL)
    new = [title for row in rows if f'class="plan-day">{in_words(day)}<' in row for title in titles(row)]
    return new + [title for row in rows if f"Comes back on {in_words(day)}<" in row for title in titles(row)]


def in_short(topics: list[str]) -> list[str]:
    return topics[:3] + ([f"and {len(topics) - 3} more"] if len(topics) > 3 else [])


def in_words(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def test_the_calendar_says_of_each_day_what_the_plan_and_today_say(blueprint: Blueprint) -> None:
    """For a fortnight, somebody does each day what Today says; each day was foretold on the evening before."""
    candidate = factories.candidate(factories.user("ana"), now=datetime(2026, 7, 1, tzinfo=UTC))
    exam_day = START + timedelta(days=DAYS_LEFT)
    study_marks.set_goal(candidate, "LARGE", exam_day, 20, START)
    reminders.start_feed(candidate, BERLIN)
    client = browser(candidate)
    client.cookies["zone"] = "Europe%2FBerlin"
    foretold: dict[date, list[Event]] = {}
    kinds = set()
    for n in range(14):
        day = START + timedelta(days=n)
        now = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
        with time_machine.travel(now, tick=False):
            found = feed(candidate)
            today, plan = client.get(reverse("today")), client.get(reverse("plan"))
            [event] = found[day]
            if event.title == "Small: mock exam":
                assert f"A mock exam: {event.lines[0]}" in text(today)
                assert event.minutes == blueprint.exam.minutes
            else:
                asked = event.title.removeprefix("Small: ")
                assert event.lines[0].startswith(f"{asked}: ")
                assert f"Today. {event.lines[0]} About {event.minutes} minutes" in text(today)
                [of_today] = re.findall(r'<ul class="plan-today">.*?</ul>', today.text, re.DOTALL)
                assert event.topics == in_short(titles(of_today))
            mock_exams = {in_words(at) for at, [planned] in found.items() if planned.title.endswith("mock exam")}
            assert mock_exams == exam_days_of(plan.text), "also those after the next two weeks"
            assert f'href="{reverse("account")}#reminders"' in plan.text
            for at, [planned] in found.items():
                if at > day and planned.title.endswith("questions"):
                    of_day = titles_of_day(plan.text, at)
                    assert {*planned.topics[:3]} <= {*of_day}, "of a day, the weakest first"
                    assert planned.topics[3:] == in_short(of_day)[3:]
            kinds.add(event.title)
            if n:
                [said] = foretold[day]
                assert (said.title, said.minutes, said.topics) == (event.title, event.minutes, event.topics)
            study(candidate, blueprint, next_step(study_records(candidate, blueprint, now, zone=ZONE)), now)
        with time_machine.travel(now + timedelta(hours=12), tick=False):
            foretold = feed(candidate)
            [done] = foretold[day]
            assert event.title == "Small: mock exam" or done.title == "Small: done for today"
    assert kinds == {"Small: 20 questions", "Small: mock exam"}
    assert foretold[exam_day] == [Event("Your exam: Small", 0, ())]
    assert max(foretold) == exam_day


def study(candidate: Candidate, blueprint: Blueprint, step: NextStep, now: datetime) -> None:
    """Do what Today says: read the pages, answer the questions, three of four right; or take the mock exam."""
    if step.kind == "exam":
        factories.scored(factories.handed_in(3, candidate, blueprint, now=now + A_WHILE), now + A_WHILE)
        attempt = candidate.attempts.latest("started_at")
        attempt.responses.update(first_shown=now, saved_at=now)
        return
    for entry in step.to_read:
        study_marks.set_mark(candidate, Topic.objects.get(slug=entry.slug), study_marks.READ, now)
    quiz = practice.start(
        candidate, blueprint, "today", list(step.session.questions), feedback="end", timed=False, now=now
    ).attempt
    quiz.responses.update(ticked=F("key"), first_shown=now, saved_at=now)
    wrong = quiz.responses.filter(position__in=range(0, 40, 4))
    wrong.update(ticked=F("full") - F("key"))
    practice.finish(quiz, now + A_WHILE)
