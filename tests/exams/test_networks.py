"""Test which networks the log of a class exam names: the cookie of a session can be copied."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from exams.models import Sitting
from exams.services.classes import board
from tests import factories
from tests.class_browsers import HOME, SCHOOL, kinds, log, open_room, start, the_attempt
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


def test_a_copied_session_in_another_network_is_logged_once_and_shown_on_the_board(ana: Guest, clock: Any) -> None:
    copy = Client(REMOTE_ADDR=HOME)
    copy.cookies["sessionid"] = ana.client.cookies["sessionid"].value
    ana.press("move", "stay")
    for _turn in range(2):
        clock.shift(timedelta(minutes=1))
        Guest(copy, open_room(copy)).press("move", "next")
        Guest(ana.client, open_room(ana.client)).press("move", "previous")
    assert [(kind, data["address"]) for kind, data in log()] == [("other_network", "2001:db8:1::x")]
    (place,) = board.places(list(board.people(the_attempt().sitting)))
    assert [(browser.kind, browser.address) for browser in place.browsers] == [
        ("started", "192.0.2.x"), ("other_network", "2001:db8:1::x"),
    ]  # fmt: skip


def test_nobody_logs_the_networks_of_an_exam_without_a_class() -> None:
    guest = Guest.start(Client(REMOTE_ADDR=SCHOOL), factories.small_blueprint())
    guest.press("move", "next")
    guest.client.defaults["REMOTE_ADDR"] = HOME
    guest.press("move", "next")
    assert kinds() == []
