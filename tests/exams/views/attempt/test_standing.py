"""Test what the candidate of an exam that is paused or held sees, and what every address of it does."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from exams.models import Attempt
from exams.services.attempt import pauses
from exams.services.upkeep import outages
from tests import factories
from tests.factories import NOW
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
MINUTE = timedelta(minutes=1)
BEGAN, ENDED = NOW + 20 * MINUTE, NOW + 50 * MINUTE


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30))


@pytest.fixture
def client(attempt: Attempt) -> Client:
    return browser(attempt.candidate)


@pytest.fixture
def held(attempt: Attempt) -> Attempt:
    outages.beat(BEGAN, outages.ASK)
    outages.beat(ENDED, outages.ASK)
    return attempt


@pytest.fixture
def paused(attempt: Attempt) -> Attempt:
    pauses.pause_all([attempt], "Fire alarm.", None, BEGAN)
    return attempt


def text(response: Any) -> str:
    return " ".join(response.text.split())


def event(**fields: Any) -> dict[str, Any]:
    events = [{"id": "answer-1", "kind": "answer", "position": 1, "ticked": [0], "version": 0, "ago": 0, **fields}]
    return {"protocol": 1, "events": events}


@time_machine.travel(ENDED + MINUTE, tick=False)
def test_each_page_of_a_held_exam_says_what_happened_and_who_decides(client: Client, held: Attempt) -> None:
    for page in ("", "questions/1/", "summary/", "finish/", "report/"):
        shown = text(client.get(f"/attempts/{held.uuid}/{page}", follow=True))
        assert "The server could not be reached for 30 minutes" in shown.replace("\xa0", " "), page
        assert "Staff decide whether you get the lost minutes back" in shown
        assert "option" not in shown


@time_machine.travel(BEGAN + MINUTE, tick=False)
def test_a_paused_exam_hides_its_questions_and_shows_how_much_time_is_left(client: Client, paused: Attempt) -> None:
    for page in ("", "questions/1/", "summary/", "finish/"):
        shown = text(client.get(f"/attempts/{paused.uuid}/{page}", follow=True)).replace("\xa0", " ")
        assert "This exam is paused" in shown
        assert "you have 10 minutes left" in shown
        assert "option" not in shown
    assert client.get(f"/attempts/{paused.uuid}/paper/").status_code == 423


@pytest.mark.parametrize(("state", "now"), [("held", ENDED + MINUTE), ("paused", BEGAN + MINUTE)])
def test_the_script_is_told_to_keep_what_it_has(
    client: Client, attempt: Attempt, state: str, now: Any, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(state)
    with time_machine.travel(now, tick=False):
        reply = client.post(f"/attempts/{attempt.uuid}/sync/", event(), content_type="application/json")
        assert (reply.status_code, reply.json()["stands"]) == (423, state)
        clock = client.get(f"/attempts/{attempt.uuid}/clock").json()
        assert (clock["open"], clock["stands"]) == (True, True)
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.OPEN


@time_machine.travel(ENDED + MINUTE, tick=False)
def test_without_a_script_a_late_answer_is_refused_and_said_to_be_unsaved(client: Client, held: Attempt) -> None:
    answer = {"option": "0", "version": "0", "move": "next"}
    response = client.post(f"/attempts/{held.uuid}/questions/1/", answer)
    assert response.status_code == 409
    assert "Your last change was not saved." in text(response)


@time_machine.travel(ENDED + MINUTE, tick=False)
def test_the_finish_at_the_end_of_the_time_waits_and_handing_in_at_once_does_not(client: Client, held: Attempt) -> None:
    finish = f"/attempts/{held.uuid}/finish/"
    assert "Your exam waits for a decision" in text(client.post(finish, {"finish": "yes"}, follow=True))
    held.refresh_from_db()
    assert held.status == Attempt.Status.OPEN
    client.post(finish, {"finish": "at-once"})
    held.refresh_from_db()
    assert (held.status, held.submitted_at) == (Attempt.Status.SUBMITTED, held.deadline)


@time_machine.travel(ENDED + MINUTE, tick=False)
def test_what_was_kept_is_saved_once_minutes_are_given_back(client: Client, held: Attempt) -> None:
    (outage,) = outages.Outage.objects.all()
    outages.give_back(outage, None, "", ENDED + MINUTE)
    reply = client.post(f"/attempts/{held.uuid}/sync/", event(), content_type="application/json")
    assert (reply.status_code, reply.json()["events"][0]["outcome"]) == (200, "saved")
    assert not client.get(f"/attempts/{held.uuid}/clock").json()["stands"]


@time_machine.travel(ENDED + MINUTE, tick=False)
def test_a_stranger_learns_nothing_of_it(held: Attempt) -> None:
    for client in (Client(), browser(factories.candidate())):
        assert client.get(f"/attempts/{held.uuid}/questions/1/").status_code == 404
        assert client.get(f"/attempts/{held.uuid}/clock").status_code == 404
