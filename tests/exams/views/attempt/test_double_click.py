"""Test that a double click on the start of a mock exam or practice is not logged as another browser."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from questions.models import Blueprint
from tests import factories
from tests.class_browsers import start_form
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


def second_request(client: Client) -> Client:
    """Return the same browser as it sends a second click, before the response to the first has come."""
    other = Client()
    other.cookies.load({name: cookie.value for name, cookie in client.cookies.items()})
    return other


@pytest.mark.parametrize("kind", ["exam", "practice"])
def test_the_log_of_a_double_click_names_one_browser(blueprint: Blueprint, clock: Any, kind: str) -> None:
    first = Client()
    fields = start_form(first, reverse("exam", args=[blueprint.code])).data()
    path = reverse("exam", args=[blueprint.code])
    if kind == "practice":
        path = reverse("practice_start")
        fields = {"blueprint": blueprint.code, "size": "3", "new": "yes", "pair": fields["pair"]}
    second = second_request(first)
    starts = [client.post(path, fields) for client in (first, second)]
    assert [start.status_code for start in starts] == [303, 303]
    attempt = Attempt.objects.get()
    room = reverse("question", args=[attempt.uuid, 1])
    assert second.get(room).status_code == 200
    clock.shift(timedelta(minutes=6))  # the log is not asked earlier
    assert second.post(room, {"version": "0", "move": "next"}).status_code == 303
    assert [event.kind for event in attempt.events.all()] == ["started"]
