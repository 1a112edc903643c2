"""Test access to attempts: owner, other candidates and anonymous users; sessions of guests."""

import uuid as uuids
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams import access, urls
from exams.models import Attempt, Candidate, Response
from exams.services.attempt import ending
from exams.services.people import candidates
from questions.models import User
from tests import factories
from tests.class_browsers import start_form
from tests.factories import PASSWORD
from tests.html_forms import text
from tests.sitting import browser, seat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
ROUTES = {str(route.pattern): route.name for route in urls.urlpatterns}
ATTEMPT_PAGES = sorted(name for route, name in ROUTES.items() if route.startswith("attempts/"))
PAGES_OF_A_QUESTION = {name for route, name in ROUTES.items() if "<int:position>" in route}


def address(name: str, uuid: uuids.UUID) -> str:
    return reverse(name, args=[uuid, 1] if name in PAGES_OF_A_QUESTION else [uuid])


def finish(client: Client, attempt: Attempt) -> None:
    client.post(address("finish", attempt.uuid), {"finish": "yes"})


def test_attempt_pages_exist() -> None:
    assert {"attempt", "question", "summary", "finish", "report", "review", "export"} <= set(ATTEMPT_PAGES)


@pytest.mark.walk
@pytest.mark.parametrize("name", ATTEMPT_PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_other_and_anonymous_users_get_the_404_of_a_missing_attempt(
    name: str, method: str, open_attempt: Attempt
) -> None:
    other = Client()
    seat(other, open_attempt.form.blueprint)
    staff = Client()
    staff.force_login(factories.user("staff", is_staff=True))
    for stranger in (other, staff, Client()):
        ask = getattr(stranger, method)
        foreign, missing = ask(address(name, open_attempt.uuid)), ask(address(name, uuids.uuid4()))
        if missing.status_code == 405:
            assert foreign.status_code == 405
            continue
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert foreign.content == missing.content
        assert b"Enter your guest code" in foreign.content


@pytest.mark.parametrize("name", ATTEMPT_PAGES)
def test_the_owner_has_access(name: str, client: Client, open_attempt: Attempt) -> None:
    finish(client, open_attempt)
    # The exam is over: no paper, and nothing for a worker to answer; sync takes only POST.
    of_script = {"paper": 409, "sync": 405, "worker": 404, "own_certificate": 404}
    assert client.get(address(name, open_attempt.uuid)).status_code in (200, 302, of_script.get(name))


def test_without_guests_an_exam_starts_only_after_sign_in(client: Client, settings: Any) -> None:
    rules = reverse("exam", args=[factories.small_blueprint().code.lower()])
    form = start_form(client, rules)
    settings.GUESTS = False
    response = client.post(rules, form.data())
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert not Candidate.objects.exists()


def test_reading_pages_creates_no_session_and_no_candidate(client: Client) -> None:
    factories.small_blueprint()
    for page in ("front", "history", "guest_code", "leave", "privacy", "account_login", "account_signup", "method"):
        client.get(reverse(page))
    assert not Session.objects.exists()
    assert not Candidate.objects.exists()


def test_a_guests_session_lasts_400_days_from_the_last_day_with_a_post(client: Client, open_attempt: Attempt) -> None:
    def days_left() -> float:
        return (Session.objects.get().expire_date - timezone.now()) / timedelta(days=1)

    assert days_left() == pytest.approx(400, abs=0.01)
    Attempt.objects.update(deadline=timezone.now() + timedelta(days=9))
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        client.get(reverse("history"))
        assert days_left() == pytest.approx(397, abs=0.01)
        client.post(address("summary", open_attempt.uuid), {"go": "2"})
        assert days_left() == pytest.approx(400, abs=0.01)
        first = Session.objects.get().expire_date
        client.post(address("summary", open_attempt.uuid), {"go": "3"})
        assert Session.objects.get().expire_date == first


def test_an_ended_session_is_asked_to_sign_in_and_loses_nothing(client: Client, open_attempt: Attempt) -> None:
    question = address("question", open_attempt.uuid)
    client.post(question, {"option": "0", "version": "0", "move": "stay"})
    candidates.claim(factories.user(), open_attempt.candidate)  # the guest created an account in another browser
    for response in (
        client.get(question),
        client.post(question, {"option": "1", "version": "1", "move": "next"}),
        client.post(question, {"option": "1", "version": "1", "move": "stay"}),
    ):
        assert response.status_code == 401
        assert "Sign in again" in response.text
        assert "no-store" in response["Cache-Control"]
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    assert client.get(question).status_code == 200
    assert Response.objects.get(attempt=open_attempt, position=1).ticked == 1
    client.post(question, {"option": "1", "version": "1", "move": "next"})
    assert Response.objects.get(attempt=open_attempt, position=1).ticked == 2


def new_password(user: User) -> None:
    user.set_password("Another1password")
    user.save()


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def visible(client: Client, name: str) -> str:
    """Return a page, or a file, without what differs from browser to browser."""
    response = client.get(reverse(name))
    assert response.status_code == 200
    return response.text if name == "missed_cards" else text(response)


OWN_PAGES = ("missed_cards", "missed", "practice", "plan", "progress", "history", "notebook", "join", "front")


@pytest.mark.parametrize("end", [new_password, deactivate])
def test_a_session_of_an_account_that_has_ended_reads_what_a_stranger_does(end: Callable[[User], None]) -> None:
    owner = factories.candidate(user := factories.user())
    stolen = browser(owner)
    factories.scored(factories.handed_in(1, owner))
    before = visible(stolen, "missed_cards")
    end(user)
    factories.scored(factories.handed_in(0, owner, now=timezone.now()))
    factories.attempt(owner, factories.small_blueprint(code="OTHER"))
    for name in OWN_PAGES:
        assert visible(stolen, name) == visible(Client(), name), name
    assert visible(Client(), "missed_cards") != before


def test_a_guest_whose_exams_belong_to_an_account_now_reads_what_a_stranger_does() -> None:
    guest = factories.candidate()
    former = browser(guest)
    factories.scored(factories.handed_in(1, guest))
    before = visible(former, "missed_cards")
    candidates.claim(factories.user(), guest)
    for name in OWN_PAGES:
        assert visible(former, name) == visible(Client(), name), name
    assert visible(Client(), "missed_cards") != before


def test_a_guest_beside_a_candidate_whose_session_has_ended_stays_beside() -> None:
    owner, guest = factories.candidate(factories.user()), factories.candidate()
    client = browser(owner)
    session = client.session
    session[access.PENDING_GUEST_KEY] = [guest.pk, guest.epoch]
    session.save()
    factories.scored(factories.handed_in(1, guest))
    of_both = visible(client, "missed_cards")
    candidates.end_sessions(owner.user)
    assert visible(client, "missed_cards") == of_both
    candidates.claim(factories.user("bob"), guest)
    assert visible(client, "missed_cards") == visible(Client(), "missed_cards") != of_both


def test_a_rules_page_used_before_the_account_starts_a_new_exam(client: Client) -> None:
    blueprint = factories.small_blueprint(exams=3)
    rules = reverse("exam", args=[blueprint.code.lower()])
    pair = start_form(client, rules).values["pair"]
    client.post(rules, {"pair": pair})
    own_attempt = Attempt.objects.get()
    candidates.claim(factories.user(), own_attempt.candidate)
    stranger = Client()  # the same browser, without the session
    stranger.cookies["csrftoken"] = client.cookies["csrftoken"].value
    response = stranger.post(rules, {"pair": pair})
    assert response.status_code == 303
    assert str(own_attempt.uuid) not in response["Location"]
    assert stranger.get(address("question", own_attempt.uuid)).status_code == 404
    ending.finish(own_attempt, timezone.now())


def test_the_404_page_does_not_ask_those_to_sign_in_who_are_signed_in(client: Client) -> None:
    missing = "/no-such-page/"
    sign_in = f'<a href="{reverse("account_login")}">sign in</a>'
    assert sign_in in client.get(missing).text
    client.force_login(factories.user())
    page = client.get(missing)
    assert page.status_code == 404
    assert "Enter your guest code" in page.text
    assert sign_in not in page.text
