"""Test which networks the log of a class exam names: the cookie of a session can be copied."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import sessions
from exams.models import Attempt, Sitting
from exams.services.classes import board
from tests import factories
from tests.class_browsers import HOME, SCHOOL, kinds, log, open_room, start, start_form, the_attempt, ticked
from tests.exams.views.attempt.syncing import answer, event, post
from tests.factories import NOW
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def sitting(db: None) -> Sitting:
    return factories.sitting(factories.small_blueprint(exams=3))


@pytest.fixture
def ana(sitting: Sitting) -> Guest:
    """Return Ana in the room, in the browser in which she has started."""
    return start(sitting, Client(REMOTE_ADDR=SCHOOL))


@pytest.mark.slow
def test_a_copied_session_in_another_network_is_logged_once_and_shown_on_the_board(ana: Guest, clock: Any) -> None:
    copy = Client(REMOTE_ADDR=HOME)
    copy.cookies["sessionid"] = ana.client.cookies["sessionid"].value
    ana.press("move", "stay")
    for _turn in range(2):
        clock.shift(timedelta(minutes=1))
        Guest(copy, open_room(copy)).press("move", "next")
        Guest(ana.client, open_room(ana.client)).press("move", "previous")
    assert [(kind, data["address"]) for kind, data in log()] == [("other_network", "2001:db8:1::x")]
    (place,) = board.places(the_attempt().sitting, list(board.people(the_attempt().sitting)))
    assert [(browser.kind, browser.address) for browser in place.browsers] == [
        ("started", "192.0.2.x"), ("other_network", "2001:db8:1::x"),
    ]  # fmt: skip


def test_an_answer_stored_by_a_form_that_is_refused_otherwise_shows_its_network(ana: Guest) -> None:
    copy = Client(REMOTE_ADDR=HOME)
    copy.cookies["sessionid"] = ana.client.cookies["sessionid"].value
    helper = Guest(copy, open_room(copy))
    assert copy.post(helper.path, helper.room.data() | {"move": "stay", "note": "x" * 4001}).status_code == 400
    assert kinds() == ["other_network"]


def copied(client: Client) -> Client:
    copy = Client(REMOTE_ADDR=HOME)
    copy.cookies["sessionid"] = client.cookies["sessionid"].value
    return copy


def in_the_room(copy: Client, attempt: Attempt) -> int:
    """Send a batch of the script."""
    return int(post(copy, attempt, event("visit", 1)).status_code)


def by_the_form(copy: Client, attempt: Attempt) -> int:
    address = reverse("question", args=[attempt.uuid, 1])
    return int(copy.post(address, {"version": "0", "move": "stay"}).status_code)


@pytest.mark.parametrize("knock", [in_the_room, by_the_form])
def test_a_copied_session_hides_its_network_by_no_request_before_the_start(
    sitting: Sitting, knock: Callable[[Client, Attempt], int]
) -> None:
    """The UUID of the coming attempt can be read in the form that starts it."""
    client = Client(REMOTE_ADDR=SCHOOL)
    Guest.start(client, factories.small_blueprint(code="SMALL-2"))
    form = start_form(client, reverse("join_sitting", args=[sitting.code]))
    payload = form.data()["pair"].split(":")[0]
    coming = Attempt(uuid=UUID(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[1]))
    assert knock(copied(client), coming) == 404

    client.post(form.action, form.data() | {"name": "Ana"})
    attempt = Attempt.objects.get(sitting=sitting)
    assert attempt.uuid == coming.uuid
    assert post(copied(client), attempt, answer(1, 0)).status_code == 200
    assert [event.data["address"] for event in attempt.events.all()] == ["192.0.2.x", "2001:db8:1::x"]


@pytest.mark.parametrize("page", ["paper", "question"])
def test_a_copied_session_that_only_reads_the_paper_is_logged_once(ana: Guest, page: str) -> None:
    attempt = the_attempt()
    address = reverse(page, args=[attempt.uuid, *([1] if page == "question" else [])])
    copy = copied(ana.client)
    for _turn in range(2):
        assert copy.get(address).status_code == 200
    assert [(kind, data["address"]) for kind, data in log()] == [("other_network", "2001:db8:1::x")]


def in_practice(client: Client, sitting: Sitting) -> Guest:
    quiz = {"blueprint": sitting.blueprint.code, "kind": "quiz", "feedback": "each", "size": "3", "new": "yes"}
    return Guest(client, client.post(reverse("practice_start"), quiz, follow=True))


def in_another_class(client: Client, _sitting: Sitting) -> Guest:
    return start(factories.sitting(factories.small_blueprint(code="SMALL-2")), client)


@pytest.mark.parametrize("beside", [in_practice, in_another_class])
def test_a_copied_session_hides_its_network_by_no_other_attempt(
    ana: Guest, sitting: Sitting, clock: Any, beside: Callable[[Client, Sitting], Guest]
) -> None:
    other = beside(ana.client, sitting)
    Guest(ana.client, open_room(ana.client)).press("move", "stay")
    copy = Client(REMOTE_ADDR=HOME)
    copy.cookies["sessionid"] = ana.client.cookies["sessionid"].value
    assert copy.post(other.path, {"version": "0", "move": "stay"}).status_code == 303
    for _turn in range(2):
        Guest(copy, open_room(copy)).press("move", "next")
    assert [(kind, data["address"]) for kind, data in log()] == [("other_network", "2001:db8:1::x")]
    Guest(ana.client, open_room(ana.client)).press("move", "next")
    assert kinds() == ["other_network"]


def test_more_networks_than_the_session_remembers_are_logged_once_each(ana: Guest, clock: Any) -> None:
    addresses = [f"198.51.{n}.7" for n in range(sessions.MAX_NETWORKS + 2)]
    for address in 2 * addresses:
        ana.client.post(ana.path, {"version": "0", "move": "stay"}, REMOTE_ADDR=address)
    assert [data["address"] for _kind, data in log()] == [f"198.51.{n}.x" for n in range(len(addresses))]


def test_a_save_after_one_in_another_attempt_takes_no_more_queries_than_outside_of_a_class(
    ana: Guest, sitting: Sitting
) -> None:
    other = in_practice(ana.client, sitting)
    data = {"option": ana.answer()[0], "version": "0", "move": "stay"}
    with CaptureQueriesContext(connection) as in_class:
        ana.client.post(ana.path, data)
    with CaptureQueriesContext(connection) as in_the_practice:
        other.client.post(other.path, {"version": "0", "move": "stay"})
    assert ticked()
    assert len(in_class) <= len(in_the_practice)


@pytest.mark.slow
def test_nobody_logs_the_networks_of_an_exam_without_a_class() -> None:
    guest = Guest.start(Client(REMOTE_ADDR=SCHOOL), factories.small_blueprint())
    guest.press("move", "next")
    guest.client.defaults["REMOTE_ADDR"] = HOME
    guest.press("move", "next")
    assert kinds() == []
