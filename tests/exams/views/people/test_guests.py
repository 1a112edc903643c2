"""Whose exams these are: owner, other and nobody; guest codes, leaving, ended and long sessions."""

import uuid as uuids
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams import urls
from exams.models import Attempt, Candidate, Response
from exams.services.attempt import attempts
from exams.services.people import candidates
from tests import factories
from tests.factories import PASSWORD
from tests.sitting import Guest

pytestmark = pytest.mark.django_db
ATTEMPT_PAGES = sorted(route.name for route in urls.urlpatterns if str(route.pattern).startswith("attempts/"))


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def running(client: Client) -> Attempt:
    """The exam that `client` sits as a guest."""
    Guest.start(client, factories.small_blueprint(exams=3))
    return Attempt.objects.get()


def address(name: str, uuid: uuids.UUID) -> str:
    return reverse(name, args=[uuid, 1] if name.startswith("question") else [uuid])


def code_of(attempt: Attempt) -> str:
    return candidates.guest_code(attempt.candidate)


def type_code(client: Client, code: str) -> Any:
    return client.post(reverse("guest_code"), {"code": code})


def finish(client: Client, attempt: Attempt) -> None:
    client.post(address("finish", attempt.uuid), {"finish": "yes"})


# --- Owner, other, nobody


def test_there_are_attempt_pages_to_guard() -> None:
    assert {"attempt", "question", "summary", "finish", "report", "review", "export"} <= set(ATTEMPT_PAGES)


@pytest.mark.parametrize("name", ATTEMPT_PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_others_and_nobody_get_the_404_of_what_does_not_exist(name: str, method: str, running: Attempt) -> None:
    other = Client()
    Guest.start(other, running.form.blueprint)
    staff = Client()
    staff.force_login(factories.user("staff", is_staff=True))
    for stranger in (other, staff, Client()):
        ask = getattr(stranger, method)
        foreign, missing = ask(address(name, running.uuid)), ask(address(name, uuids.uuid4()))
        if missing.status_code == 405:
            assert foreign.status_code == 405
            continue
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert foreign.content == missing.content
        assert b"Enter your guest code" in foreign.content


@pytest.mark.parametrize("name", ATTEMPT_PAGES)
def test_the_owner_is_let_in(name: str, client: Client, running: Attempt) -> None:
    finish(client, running)
    assert client.get(address(name, running.uuid)).status_code in (200, 302)


# --- Guest codes


def test_a_guest_code_opens_the_running_exam_in_another_browser(client: Client, running: Attempt) -> None:
    phone = Client()
    assert phone.get(address("question", running.uuid)).status_code == 404
    response = type_code(phone, code_of(running).lower())
    assert (response.status_code, response["Location"]) == (303, reverse("history"))
    assert phone.get(address("question", running.uuid)).status_code == 200
    assert client.get(address("question", running.uuid)).status_code == 200


def test_the_code_stands_on_history_and_account(client: Client, running: Attempt) -> None:
    for page in ("history", "account", "leave"):
        assert code_of(running) in client.get(reverse(page)).text


def test_a_code_brings_exams_of_two_browsers_together(client: Client, running: Attempt) -> None:
    finish(client, running)
    phone = Client()
    Guest.start(phone, running.form.blueprint)
    type_code(phone, code_of(running))
    assert Candidate.objects.count() == 1
    assert phone.get(reverse("history")).text.count("/attempts/") == 2


def test_wrong_erased_and_joined_codes_get_the_same_sentence(client: Client, running: Attempt) -> None:
    erased, joined = factories.candidate(), factories.candidate()
    codes = ["0000-0000-0000", candidates.guest_code(erased), candidates.guest_code(joined)]
    Candidate.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
    candidates.claim(factories.user(), joined)
    responses = [type_code(Client(), code) for code in codes]
    assert [response.status_code for response in responses] == [422] * 3
    sentences = {response.context["error"] for response in responses}
    assert len(sentences) == 1
    assert "No guest has this code." in responses[0].text


def test_a_code_with_markup_is_shown_as_text(client: Client) -> None:
    page = type_code(client, '"><script>').text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_wrong_codes_are_throttled_and_right_ones_are_not(client: Client, running: Attempt) -> None:
    for _ in range(12):
        assert type_code(Client(), code_of(running)).status_code == 303
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [type_code(Client(), "0000-0000-0000").status_code for _ in range(11)] == [422] * 10 + [429]
        refused = type_code(Client(), code_of(running))
        assert refused.status_code == 429
        assert "Wait a minute" in refused.text
        assert type_code(Client(REMOTE_ADDR="192.0.2.7"), code_of(running)).status_code == 303
        clock.shift(61)
        assert type_code(Client(), code_of(running)).status_code == 303


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(client: Client, settings: Any) -> None:
    def try_ten(by: Client, *, forwarded: str) -> int:
        for _ in range(10):
            by.post(reverse("guest_code"), {"code": "x"}, headers={"x-forwarded-for": forwarded})
        return by.post(reverse("guest_code"), {"code": "x"}, headers={"x-forwarded-for": "198.51.100.9"}).status_code

    assert try_ten(client, forwarded="198.51.100.1") == 429
    cache.clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert try_ten(client, forwarded="198.51.100.1") == 422


def test_a_request_that_came_past_the_proxies_is_no_error(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    response = client.post(reverse("guest_code"), {"code": "x"}, headers={"x-forwarded-for": "198.51.100.1"})
    assert response.status_code == 422


def test_without_guests_a_code_needs_an_account(client: Client, running: Attempt, settings: Any) -> None:
    settings.GUESTS = False
    browser = Client()
    assert "This server takes no guests." in browser.get(reverse("guest_code")).text
    assert type_code(browser, code_of(running)).status_code == 403
    browser.force_login(factories.user())
    assert type_code(browser, code_of(running)).status_code == 303
    assert browser.get(address("question", running.uuid)).status_code == 200


def test_without_guests_nobody_starts_before_signing_in(client: Client, settings: Any) -> None:
    settings.GUESTS = False
    blueprint = factories.small_blueprint()
    page = client.get(reverse("exam", args=[blueprint.code.lower()]))
    response = client.post(page.request["PATH_INFO"], {"pair": page.context["start_token"]})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert not Candidate.objects.exists()


# --- Leaving


def test_leaving_takes_two_steps_and_shows_the_code_once_more(client: Client, running: Attempt) -> None:
    page = client.get(reverse("leave")).text
    assert code_of(running) in page
    assert "its clock does not stop" in page
    assert client.get(address("question", running.uuid)).status_code == 200
    client.post(reverse("leave"))
    assert client.get(address("question", running.uuid)).status_code == 404
    type_code(client, code_of(running))
    assert client.get(address("question", running.uuid)).status_code == 200


def test_there_is_nothing_to_leave_for_who_never_started(client: Client) -> None:
    assert "Nothing to leave" in client.get(reverse("leave")).text
    assert not Session.objects.exists()


# --- Sessions


def test_reading_pages_makes_no_session_and_no_candidate(client: Client) -> None:
    factories.small_blueprint()
    for page in ("front", "history", "guest_code", "leave", "privacy", "account_login", "account_signup", "method"):
        client.get(reverse(page))
    assert not Session.objects.exists()
    assert not Candidate.objects.exists()


def test_a_guests_session_lasts_400_days_from_the_last_day_with_a_click(client: Client, running: Attempt) -> None:
    def days_left() -> float:
        return (Session.objects.get().expire_date - timezone.now()) / timedelta(days=1)

    assert days_left() == pytest.approx(400, abs=0.01)
    Attempt.objects.update(deadline=timezone.now() + timedelta(days=9))
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        client.get(reverse("history"))
        assert days_left() == pytest.approx(397, abs=0.01)
        client.post(address("summary", running.uuid), {"go": "2"})
        assert days_left() == pytest.approx(400, abs=0.01)
        first = Session.objects.get().expire_date
        client.post(address("summary", running.uuid), {"go": "3"})
        assert Session.objects.get().expire_date == first


def test_an_ended_session_is_told_to_sign_in_and_nothing_is_lost(client: Client, running: Attempt) -> None:
    question = address("question", running.uuid)
    client.post(question, {"option": "0", "version": "0", "move": "stay"})
    candidates.claim(factories.user(), running.candidate)  # she made an account in another browser
    for response in (
        client.get(question),
        client.post(question, {"option": "1", "version": "1", "move": "next"}),
        client.post(question, {"option": "1", "version": "1", "move": "stay"}, headers={"HX-Request": "true"}),
    ):
        assert response.status_code == 401
        assert "Sign in again" in response.text
        assert "no-store" in response["Cache-Control"]
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    assert client.get(question).status_code == 200
    assert Response.objects.get(attempt=running, position=1).ticked == 1
    client.post(question, {"option": "1", "version": "1", "move": "next"})
    assert Response.objects.get(attempt=running, position=1).ticked == 2


def test_a_rules_page_that_was_used_before_the_account_starts_a_new_exam(client: Client) -> None:
    blueprint = factories.small_blueprint(exams=3)
    rules = reverse("exam", args=[blueprint.code.lower()])
    pair = client.get(rules).context["start_token"]
    client.post(rules, {"pair": pair})
    mine = Attempt.objects.get()
    candidates.claim(factories.user(), mine.candidate)
    stranger = Client()
    response = stranger.post(rules, {"pair": pair})
    assert response.status_code == 303
    assert str(mine.uuid) not in response["Location"]
    assert stranger.get(address("question", mine.uuid)).status_code == 404
    attempts.finish(mine, timezone.now())
