"""Test which sessions continue an exam by its log: the same browser after a silence, or another one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.people import candidates
from tests import factories
from tests.factories import NOW
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


class Day:
    """A day on which the test sets the time."""

    def __init__(self, traveller: Any) -> None:
        self.traveller, self.start = traveller, NOW

    def at(self, minutes: float) -> None:
        self.traveller.move_to(self.start + timedelta(minutes=minutes))


@pytest.fixture
def day(empty_cache: None) -> Iterator[Day]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield Day(traveller)


@pytest.fixture
def guest(day: Day, client: Client) -> Guest:
    return Guest.start(client, factories.small_blueprint(minutes=180, exams=3))


def log() -> list[tuple[str, datetime, int | None]]:
    """Return kind, time and position of each log entry after the first."""
    lines = Attempt.objects.get().events.exclude(kind="started")
    return [(line.kind, line.at, line.data.get("position")) for line in lines]


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def elsewhere() -> Guest:
    """Return a client of the same candidate in another browser, by the guest code."""
    attempt, client = Attempt.objects.get(), Client()
    client.post(reverse("guest_code"), {"code": candidates.guest_code(attempt.candidate)})
    return Guest(client, client.get(reverse("attempt", args=[attempt.uuid]), follow=True))


@pytest.mark.slow
def test_who_noted_the_session_of_a_browser_before_a_guest_came_is_not_in_it(guest: Guest, client: Client) -> None:
    client.post(reverse("delete_data"))
    noted = Client()
    noted.cookies["sessionid"] = client.cookies["sessionid"].value
    Guest.start(client, factories.small_blueprint(code="NEXT", exams=3))
    path = reverse("question", args=[Attempt.objects.latest("pk").uuid, 1])
    assert (client.get(path).status_code, noted.get(path).status_code) == (200, 404)


@pytest.mark.slow
def test_continuous_activity_is_not_logged(guest: Guest, day: Day) -> None:
    for minutes in range(0, 100, 4):
        day.at(minutes)
        guest.press("move", "next" if minutes % 8 else "stay")
        if not guest.path.endswith(("/1/", "/2/", "/3/", "/4/")):
            guest.get(reverse("question", args=[Attempt.objects.get().uuid, 1]))
    assert log() == []


@pytest.mark.slow
def test_a_return_after_half_an_hour_is_logged_once_with_the_question(guest: Guest, day: Day) -> None:
    guest.press("move", "next")
    day.at(34)
    guest.get(guest.path)
    assert log() == []
    guest.press("move", "next")
    guest.press("move", "next")
    assert log() == [("resumed", after(34), 2)]


def test_a_short_absence_is_not_logged(guest: Guest, day: Day) -> None:
    day.at(24)
    guest.press("move", "next")
    assert log() == []


@pytest.mark.slow
def test_another_browser_takes_over_and_so_does_the_first_one_later(guest: Guest, day: Day) -> None:
    guest.press("move", "next")
    day.at(6)
    other = elsewhere()
    assert log() == []
    other.press("move", "next")
    other.press("move", "previous")
    assert log() == [("taken_over", after(6), 2)]
    day.at(12)
    guest.get(reverse("question", args=[Attempt.objects.get().uuid, 4]))
    guest.press("move", "stay")
    assert log() == [("taken_over", after(6), 2), ("taken_over", after(12), 4)]


def test_a_new_browser_after_a_long_silence_resumes(guest: Guest, day: Day) -> None:
    guest.press("move", "next")
    day.at(45)
    elsewhere().press("move", "next")
    assert log() == [("resumed", after(45), 2)]


def test_refused_requests_and_requests_after_the_end_are_not_logged(guest: Guest, day: Day) -> None:
    day.at(6)
    other = elsewhere()
    other.client.post(other.path, {"move": "sideways", "version": "0"})
    assert log() == []
    guest.press("finish", "ask")
    guest.press("finish", "yes")
    assert [kind for kind, _, _ in log()] == ["finished"]


@pytest.mark.slow
def test_a_second_exam_in_the_same_browser_is_not_taken_over(guest: Guest, day: Day) -> None:
    guest.press("finish", "ask")
    guest.press("finish", "yes")
    first = Attempt.objects.get()
    day.at(3)
    again = Guest.start(guest.client, first.form.blueprint)
    again.press("move", "next")
    second = Attempt.objects.exclude(pk=first.pk).get()
    assert [event.kind for event in second.events.all()] == ["started"]


def test_a_save_between_two_checks_takes_no_additional_query(guest: Guest, day: Day, settings: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    data = guest.room.data(ticks=guest.tick(0)) | {"move": "stay"}
    with CaptureQueriesContext(connection) as captured:
        guest.client.post(guest.path, data)
    assert not [query for query in captured.captured_queries if "attemptevent" in query["sql"]]


@pytest.mark.parametrize(
    "page",
    ["guide", "method", "privacy", "account_reset_password", "account_change_password", "account_set_password",
     "account_login", "account_signup", "front", "account_reset_password_done"],
)  # fmt: skip
def test_no_page_is_stored_by_browsers_and_proxies(client: Client, settings: Any, page: str) -> None:
    factories.small_blueprint()
    for visitor in (Client(), client):
        if visitor is client:
            client.force_login(factories.user())
        response = visitor.get(reverse(page))
        assert {"no-store", "private"} <= set(response["Cache-Control"].split(", ")), page
