"""Test the service worker of the room: whose script it is, and the sittings that switch it off."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.attempt import ending
from tests import factories
from tests.factories import NOW
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db


def script(attempt: Attempt) -> str:
    return reverse("worker", args=[attempt.uuid])


def test_the_owner_gets_a_script_that_no_cache_stores(guest: Guest, attempt: Attempt) -> None:
    answer = guest.client.get(script(attempt))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-store" in answer["Cache-Control"]
    assert "worker-src 'self'" in answer["Content-Security-Policy"]


def test_strangers_and_finished_exams_get_none(guest: Guest, attempt: Attempt) -> None:
    assert Client().get(script(attempt)).status_code == 404
    ending.finish(attempt, attempt.started_at + timedelta(minutes=1))
    assert guest.client.get(script(attempt)).status_code == 404


def test_the_room_names_its_worker_and_the_owner_of_what_the_browser_keeps(guest: Guest, attempt: Attempt) -> None:
    html = guest.client.get(reverse("question", args=[attempt.uuid, 1])).content.decode()
    assert f'data-worker="{script(attempt)}"' in html
    [owner] = [part.split('"')[0] for part in html.split('data-candidate="')[1:]]
    assert f'<meta name="owners" content="{owner}">' in html
    assert '<meta name="owners" content="">' in Client().get("/").content.decode()


@pytest.mark.parametrize("switch", [True, False])
def test_a_sitting_can_switch_it_off(switch: bool) -> None:
    with time_machine.travel(NOW, tick=False):
        attempt = factories.class_attempt(factories.sitting(offline_reload=switch))
        page = browser(attempt.candidate).get(reverse("question", args=[attempt.uuid, 1]))
    assert page.status_code == 200
    assert ("data-worker" in page.content.decode()) == switch
