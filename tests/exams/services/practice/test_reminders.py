"""Test reminders: when a mail comes, what it says and how it ends, and what the calendar has."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db.models import F
from django.test import Client
from icalendar import Calendar

from exams.models import Candidate, Reminders
from exams.services.people import candidates, study_state
from exams.services.practice import calendar_feed, practice, reminders, study_marks
from exams.services.practice.composition import composition
from exams.services.practice.next_step import todays_step
from exams.services.practice.plan_topics import PlanTopic
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from exams.services.results import question_reports
from mlsprep.settings import mailer
from questions.models import Blueprint, User
from questions.services import approval, blueprints, jobs, ratings
from tests import authoring, factories
from tests.factories import NOW, handed_in, scored
from tests.mail_server import MailServer
from tests.mail_server import running as mail_server_running

pytestmark = pytest.mark.django_db

SITE = "https://exams.example.org/"
BERLIN = "Europe/Berlin"


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.opened(factories.bank((40, 48, 72, 40)))  # more than two mock exams, which practice leaves


@pytest.fixture
def account(blueprint: Blueprint) -> User:
    return factories.user("ana", email="ana@example.org")


@pytest.fixture
def candidate(account: User) -> Candidate:
    return factories.candidate(account)


def confirmed(candidate: Candidate, now: datetime = NOW) -> Reminders:
    """Return the reminders of a candidate who has followed the link of the confirmation."""
    assert candidate.user
    body = reminders.confirmation(candidate, candidate.user.email, SITE, BERLIN).body
    [token] = re.findall(rf"{SITE}reminders/confirm/(\S+)/", str(body))
    assert reminders.confirm(token, now)
    return Reminders.objects.get(candidate=candidate)


def run(now: datetime) -> list[str]:
    """Send what is due and return the texts of the mails."""
    mail.outbox.clear()
    jobs.run(jobs.request("reminder_mails", now=now, send=False).pk, lambda: now)
    return [str(message.body) for message in mail.outbox]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-30T16:59:59+00:00", "2026-11-30T17:00:00+00:00"),
        ("2026-11-30T17:00:00+00:00", "2026-12-01T17:00:00+00:00"),
        ("2026-03-28T17:30:00+00:00", "2026-03-29T16:00:00+00:00"),  # the clock is put forward in the night
        ("2026-10-24T16:30:00+00:00", "2026-10-25T17:00:00+00:00"),
    ],
)
def test_the_hour_is_that_of_the_reader(now: str, expected: str) -> None:
    assert reminders.next_time(18, ZoneInfo(BERLIN), datetime.fromisoformat(now)) == datetime.fromisoformat(expected)


def test_a_mail_comes_once_a_day_at_the_hour_after_the_address_was_confirmed(candidate: Candidate) -> None:
    row = confirmed(candidate)
    assert row.mail_at
    assert run(row.mail_at - timedelta(seconds=1)) == []
    [text] = run(row.mail_at)
    assert "\n\nToday. 7 questions: 7 new. About 19 minutes. With these, 2 unused" in text
    assert f"{SITE}today/" in text
    assert mail.outbox[0].to == ["ana@example.org"]
    assert run(row.mail_at + timedelta(hours=1)) == []
    assert len(run(row.mail_at + timedelta(days=1))) == 1


def test_each_mail_has_a_link_that_ends_them_with_one_click(candidate: Candidate) -> None:
    row = confirmed(candidate)
    assert row.mail_at
    [text] = run(row.mail_at)
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = headers["List-Unsubscribe"].strip("<>")
    assert link in text
    strict = Client(enforce_csrf_checks=True)
    path = "/" + link.removeprefix(SITE)
    assert strict.get(path).status_code == 200
    assert len(run(row.mail_at + timedelta(days=1))) == 1, "a program that only looks ends nothing"
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert run(row.mail_at + timedelta(days=2)) == []


def test_nobody_is_reminded_of_what_is_done(candidate: Candidate, blueprint: Blueprint) -> None:
    row = confirmed(candidate)
    assert row.mail_at
    scored(handed_in(30, candidate, blueprint, now=row.mail_at - timedelta(hours=1)), row.mail_at)
    attempt = candidate.attempts.get()
    attempt.responses.update(saved_at=row.mail_at - timedelta(hours=1), first_shown=row.mail_at - timedelta(hours=1))
    assert run(row.mail_at) == []


def test_a_changed_address_gets_no_mail_before_it_is_confirmed(candidate: Candidate, account: User) -> None:
    row = confirmed(candidate)
    assert row.mail_at
    account.email = "other@example.org"
    account.save()
    assert run(row.mail_at) == []
    assert not reminders.wants_mails(candidate, account.email, SITE, BERLIN, NOW)


def test_a_link_of_confirmation_is_for_the_address_of_the_account_and_three_days(
    candidate: Candidate, account: User, time_machine: Any
) -> None:
    time_machine.move_to(NOW)
    body = str(reminders.confirmation(candidate, "ana@example.org", SITE, BERLIN).body)
    [token] = re.findall(r"confirm/(\S+)/", body)
    account.email = "other@example.org"
    account.save()
    assert not reminders.confirm(token, NOW)
    account.email = "ana@example.org"
    account.save()
    assert not reminders.confirm(token[:-1], NOW)
    time_machine.move_to(NOW + timedelta(days=3, seconds=1))
    assert not reminders.confirm(token, NOW)
    assert not Reminders.objects.exists()


def test_another_zone_moves_the_mail_and_brings_no_second_one(candidate: Candidate) -> None:
    row = confirmed(candidate)
    assert row.mail_at
    assert len(run(row.mail_at)) == 1
    reminders.note_zone(candidate, "America/New_York", row.mail_at)
    moved = Reminders.objects.get()
    assert moved.mail_at == row.mail_at + timedelta(hours=6), "18:00 in New York is still to come"
    assert run(moved.mail_at) == [], "two mails in one day"
    assert len(run(moved.mail_at + timedelta(days=1))) == 1


def events(candidate: Candidate, now: datetime) -> dict[date, str]:
    """Return the titles of the feed by day, as a calendar program reads them."""
    row = Reminders.objects.get(candidate=candidate)
    feed = Calendar.from_ical(calendar_feed.calendar(row, SITE, now))
    return {
        (at.astimezone(ZoneInfo(BERLIN)).date() if isinstance(at := event.start, datetime) else at): str(
            event["summary"]
        )
        for event in feed.events  # type: ignore[union-attr]
    }


def test_the_calendar_has_the_questions_of_two_weeks_and_the_day_to_be_ready(
    candidate: Candidate, blueprint: Blueprint
) -> None:
    reminders.start_feed(candidate, BERLIN)
    today = NOW.astimezone(ZoneInfo(BERLIN)).date()
    found = events(candidate, NOW)
    assert list(found) == [today + timedelta(days=n) for n in range(14)]
    assert set(found.values()) == {"AWS ML Specialty: 7 questions"}
    study_marks.set_goal(candidate, blueprint.exam.syllabus_code, today + timedelta(days=3), 10, today)
    titles = list(events(candidate, NOW).values())
    questions, mock_exam = "AWS ML Specialty: 10 questions", "AWS ML Specialty: mock exam"
    assert titles == [questions, mock_exam, questions, "Your exam: AWS ML Specialty"]
    study_marks.set_goal(candidate, blueprint.exam.syllabus_code, today + timedelta(days=20), None, today)
    titles = list(events(candidate, NOW).values())
    assert titles[0] == titles[1] == "AWS ML Specialty: 40 questions", "those of all sessions of today"


def test_an_exam_without_practice_has_mock_exams_alone_in_the_calendar(
    candidate: Candidate, blueprint: Blueprint
) -> None:
    Blueprint.objects.filter(pk=blueprint.pk).update(spec=blueprint.spec | {"practice": []})
    reminders.start_feed(candidate, BERLIN)
    assert events(candidate, NOW) == {}
    today = NOW.astimezone(ZoneInfo(BERLIN)).date()
    study_marks.set_goal(candidate, blueprint.exam.syllabus_code, today + timedelta(days=3), None, today)
    assert list(events(candidate, NOW).values()) == ["AWS ML Specialty: mock exam", "Your exam: AWS ML Specialty"]


def test_reminders_are_about_the_exam_of_the_pages(candidate: Candidate, blueprint: Blueprint) -> None:
    other = factories.small_blueprint(code="NEW")
    assert reminders.chosen_exam(candidate) == blueprint
    candidate.preferences = {"exam": "NEW"}
    assert reminders.chosen_exam(candidate) == other
    blueprints.offer(other, on=False)
    assert reminders.chosen_exam(candidate) == blueprint, "it has left the start page"
    blueprints.offer(other, on=True)
    Blueprint.objects.filter(pk=blueprint.pk).update(offered=False)
    candidate.preferences = {}
    assert reminders.chosen_exam(candidate) == other


def test_an_event_is_at_the_hour_of_the_reader_with_an_alarm(candidate: Candidate) -> None:
    reminders.start_feed(candidate, BERLIN)
    reminders.set_time(candidate, 7, BERLIN, NOW)
    row = Reminders.objects.get()
    feed = Calendar.from_ical(calendar_feed.calendar(row, SITE, NOW))
    first = feed.events[0]  # type: ignore[union-attr]
    assert first.start.astimezone(ZoneInfo(BERLIN)).hour == 7
    assert first.start.tzinfo == UTC or first.start.utcoffset() == timedelta(0)
    assert [alarm.trigger for alarm in first.alarms.times] == [first.start]
    assert first["url"] == f"{SITE}today/"


def test_a_guest_takes_the_hour_to_the_account_and_not_the_address_of_the_calendar(candidate: Candidate) -> None:
    guest = factories.candidate()
    token = feed(guest)
    reminders.set_time(guest, 7, BERLIN, NOW)
    study_state.merge(guest, candidate)
    row = Reminders.objects.get()
    assert (row.candidate, row.hour, reminders.by_feed(token)) == (candidate, 7, None)
    token = feed(candidate)
    study_state.merge(factories.candidate(), candidate)
    assert reminders.by_feed(token)
    study_state.delete([candidate])
    assert reminders.by_feed(token) is None


def feed(candidate: Candidate) -> str:
    """Return the token of a new calendar."""
    reminders.start_feed(candidate, BERLIN)
    token = Reminders.objects.get(candidate=candidate).feed
    assert token
    assert reminders.by_feed(token)
    return token


def deactivated(candidate: Candidate) -> None:
    User.objects.filter(pk=candidate.user_id).update(is_active=False)  # without a signal


def with_new_password(candidate: Candidate) -> None:
    assert candidate.user
    candidate.user.set_password("another one of ana")
    candidate.user.save()


def with_first_role(candidate: Candidate) -> None:
    assert candidate.user
    candidate.user.groups.add(Group.objects.get(name="Reviewer"))


@pytest.mark.parametrize("end", [deactivated, with_new_password, with_first_role])
def test_a_calendar_ends_with_the_access_of_the_account(candidate: Candidate, end: Callable[[Candidate], None]) -> None:
    row = confirmed(candidate)
    assert row.mail_at
    token = feed(candidate)
    end(candidate)
    assert reminders.by_feed(token) is None
    assert len(run(row.mail_at)) == (end is with_new_password)


@pytest.mark.parametrize("has_account_before", [True, False])
def test_whoever_was_the_guest_does_not_read_the_calendar_of_the_account(
    account: User, candidate: Candidate, has_account_before: bool
) -> None:
    if not has_account_before:
        candidate.delete()
    guest = factories.candidate()
    token = feed(guest)
    candidates.claim(account, guest)
    assert reminders.by_feed(token) is None


@pytest.fixture
def reviewer(blueprint: Blueprint) -> Reminders:
    """Return the reminders of a reviewer who has confirmed her address and asked for nothing more."""
    return confirmed(factories.candidate(authoring.account("rob", "Reviewer", email="rob@example.org")))


def to_review(author: User) -> None:
    row = authoring.question(author)
    ratings.rate([row], 35, now=NOW, by=author)
    approval.submit([row], now=NOW, by=author)


def test_a_reviewer_who_wants_it_gets_one_mail_a_day_with_what_waits(reviewer: Reminders, blueprint: Blueprint) -> None:
    assert reviewer.mail_at
    to_review(authoring.account("ada", "Author"))
    attempt = handed_in(0, blueprint=blueprint)
    assert question_reports.send(attempt, 1, "B is right.", NOW)
    [text] = run(reviewer.mail_at)
    assert "to review" not in text, "off until she asks"
    day = timedelta(days=1)
    reminders.choose(reviewer.candidate, practice=False, reviews=True)
    [text] = run(reviewer.mail_at + day)
    assert f"1 question to review:\n{SITE}admin/" in text
    assert f"1 report of a candidate to answer:\n{SITE}admin/questions/questionreport/?status__exact=open" in text
    assert "Today." not in text
    [message] = mail.outbox
    assert message.subject == "1 question to review, 1 report of a candidate to answer"
    assert message.message()["List-Unsubscribe"].strip("<>") in text
    assert run(reviewer.mail_at + day + timedelta(hours=2)) == [], "one a day"
    reminders.choose(reviewer.candidate, practice=True, reviews=True)
    [text] = run(reviewer.mail_at + 2 * day)
    assert "Today. 7 questions" in text
    assert "1 question to review" in text
    assert "your questions of today" in mail.outbox[0].subject


def test_a_reviewer_gets_no_mail_without_waiting_questions_nor_about_her_own_nor_without_the_role(
    reviewer: Reminders, settings: Any
) -> None:
    reminders.choose(reviewer.candidate, practice=False, reviews=True)
    user, day = reviewer.candidate.user, timedelta(days=1)
    assert user
    assert reviewer.mail_at
    assert run(reviewer.mail_at) == []
    authoring.account("ines", "Instructor")
    user.groups.add(Group.objects.get(name="Author"))
    to_review(user)
    assert run(reviewer.mail_at + day) == [], "somebody else reviews what she wrote"
    settings.SELF_APPROVAL = True
    assert len(run(reviewer.mail_at + 2 * day)) == 1
    user.groups.clear()
    assert run(reviewer.mail_at + 3 * day) == []


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    with mail_server_running() as server:
        settings.MAILERS = {"default": mailer(f"smtp+plain://127.0.0.1:{server.server_address[1]}")}
        yield server


def reminded(*names: str) -> dict[str, Reminders]:
    """Return reminders of these people, whose mails are due one after the other."""
    rows = {}
    for name in names:
        row = confirmed(factories.candidate(factories.user(name, email=f"{name}@example.org")))
        rows[name] = row
        Reminders.objects.filter(pk=row.pk).update(mail_at=NOW + timedelta(seconds=len(rows)))
    return rows


@pytest.mark.usefixtures("blueprint")
def test_a_refused_mail_stops_that_of_nobody_else(mail_server: MailServer) -> None:
    rows = reminded("spam", "wait", "gone", "full", "zoe")
    now = NOW + timedelta(minutes=1)
    run(now)
    assert mail_server.taken == ["zoe"]
    for row in rows.values():
        row.refresh_from_db()
    hour = now + timedelta(hours=1)
    assert (rows["wait"].mail_at, rows["wait"].email) == (hour, "wait@example.org"), "it may be taken later"
    assert rows["full"].mail_at == hour
    assert rows["spam"].mail_at == rows["zoe"].mail_at, "the next one is that of tomorrow"
    assert (rows["gone"].mail_at, rows["gone"].email) == (None, "")


@pytest.mark.usefixtures("blueprint")
def test_a_mail_server_that_is_down_gets_all_mails_later(mail_server: MailServer) -> None:
    reminded("ada", "zoe")
    mail_server.is_down = True
    run(NOW + timedelta(minutes=1))
    mail_server.is_down = False
    run(NOW + timedelta(minutes=30))
    assert mail_server.taken == ["zoe", "ada"], "the one that failed comes last"
    assert Reminders.objects.filter(mailed_at__isnull=False).count() == 2


def descriptions(candidate: Candidate, now: datetime) -> dict[str, str]:
    """Return the descriptions of the events of the feed by the day of their identity."""
    row = Reminders.objects.get(candidate=candidate)
    feed = Calendar.from_ical(calendar_feed.calendar(row, SITE, now))
    return {str(event["uid"])[:10]: str(event.get("description", "")) for event in feed.events}  # type: ignore[union-attr]


def in_short(topics: Sequence[PlanTopic]) -> list[str]:
    more = [f"and {len(topics) - 3} more"] if len(topics) > 3 else []
    return [*(f"- {topic.title}" for topic in topics[:3]), *more]


def test_the_calendar_names_the_topics_the_mock_exams_and_the_questions_as_today_and_the_plan_do(
    candidate: Candidate,
) -> None:
    large = factories.small_blueprint(code="LARGE", exams=9, default=True)
    candidate.preferences = {"exam": "LARGE"}
    candidate.save()
    start = NOW.astimezone(ZoneInfo(BERLIN)).date()
    study_marks.set_goal(candidate, "LARGE", start + timedelta(days=20), 20, start)
    questions = list(practice_pool(large).items)[:8]
    quiz = practice.start(candidate, large, "quiz", questions, feedback="end", timed=False, now=NOW).attempt
    quiz.responses.update(ticked=F("full") - F("key"), first_shown=NOW, saved_at=NOW)
    practice.finish(quiz, NOW)
    reminders.start_feed(candidate, BERLIN)
    now = NOW + timedelta(days=1)
    records = study_records(candidate, large, now, zone=ZoneInfo(BERLIN))
    step = todays_step(records)
    found, titles = descriptions(candidate, now), events(candidate, now)
    assert step.session.due > 0
    today = found[records.today.isoformat()].splitlines()
    assert today == [f"{composition(step.session)}.", *in_short(records.plan.due)]
    exams = {day for week in records.plan.weeks for day in week.exam_days}
    later = [day for week in records.plan.weeks for day in week.week.days if day > records.today]
    for day in later[: calendar_feed.DAYS - 1]:
        named = [line for line in found[day.isoformat()].splitlines() if not line.endswith("back.")]
        of_day = [topic for topic in records.plan.open if topic.day == day]
        assert day in exams or named == in_short(of_day) == in_short(records.topics_on(day))
    assert max(len(records.topics_on(day)) for day in later) == 3, "those of a day, not of a week"
    assert {day for day, title in titles.items() if title.endswith("mock exam")} == exams
    assert titles[start + timedelta(days=20)] == "Your exam: Small"
