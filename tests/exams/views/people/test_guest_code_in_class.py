"""Test what the guest code does during an exam of a class: it is shown nowhere, and alone it ends nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Sitting
from exams.services.attempt import ending
from exams.services.people import candidates
from tests import factories
from tests.accounts import log_in, sign_in_path, sign_up
from tests.class_browsers import (
    DOORS,
    HOME,
    QUESTION,
    SCHOOL,
    by_guest_code,
    continue_here,
    kinds,
    open_room,
    start,
    start_form,
    the_attempt,
    ticked,
)
from tests.factories import NOW, PASSWORD
from tests.html_forms import text
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


# --- The guest code ---


PAGES = ("account", "leave", "history", "delete_data", "front", "practice", "settings", "privacy")


@pytest.mark.slow
def test_the_guest_code_is_shown_nowhere_while_an_exam_of_a_class_is_running(ana: Guest, clock: Any) -> None:
    attempt = the_attempt()
    code = candidates.guest_code(attempt.candidate)
    assert code not in ana.html
    own = Guest.start(ana.client, attempt.form.blueprint)
    assert code not in own.html, "nor in an exam of her own beside it"
    own.press("finish", "ask")
    addresses = [reverse(name) for name in PAGES]
    addresses += [re.sub(r"questions/.*", "", own.path.replace("finish/", "")), reverse("join")]
    for address in addresses:
        page = ana.client.get(address, follow=True)
        assert code not in page.content.decode(), address
    assert "ask your instructor for a personal link" in text(ana.client.get(reverse("leave")))
    assert "ask your instructor for a personal link" in text(ana.client.get(reverse("account")))
    for running in Attempt.objects.all():
        ending.finish(running, NOW + timedelta(minutes=5))
    assert code in ana.client.get(reverse("account")).content.decode()
    assert code in ana.client.get(reverse("leave")).content.decode()


@pytest.mark.slow
def test_nor_is_that_of_a_guest_beside_an_account(ana: Guest) -> None:
    code = candidates.guest_code(the_attempt().candidate)
    factories.candidate(factories.user("alice"))
    log_in(ana.client)
    assert "stay with the guest who joined" in text(ana.client.get(reverse("account")))
    for name in ("account", "account_logout", "delete_data"):
        assert code not in ana.client.get(reverse(name)).content.decode(), name


# --- What the guest code alone does not do --------------------------------------------------------


@pytest.mark.slow
def test_it_downloads_no_answers_and_notes_that_another_browser_writes(ana: Guest) -> None:
    attempt, download = the_attempt(), reverse("download")
    phone = by_guest_code(attempt)
    assert phone.get(download)["Location"] == reverse("seat", args=[attempt.uuid])
    assert ana.client.get(download)["Content-Type"] == "application/zip"
    ending.finish(attempt, NOW + timedelta(minutes=5))
    assert phone.get(download)["Content-Type"] == "application/zip"


def erased(attempt: Attempt) -> bool:
    return the_attempt().candidate.erased_at is not None


@pytest.mark.slow
@DOORS
def test_another_browser_deletes_nothing_before_it_takes_over(ana: Guest, door: Callable[[Attempt], Client]) -> None:
    attempt, other = the_attempt(), door(the_attempt())
    refused = other.post(reverse("delete_data"))
    assert (refused.status_code, QUESTION in text(refused)) == (409, True)
    assert (the_attempt().status, erased(attempt)) == ("open", False)
    continue_here(other)
    assert other.post(reverse("delete_data")).status_code == 303
    assert (the_attempt().status, erased(attempt)) == ("abandoned", True)


def test_the_browser_that_writes_deletes_its_data(ana: Guest) -> None:
    assert ana.client.post(reverse("delete_data")).status_code == 303
    assert erased(the_attempt())


def test_another_browser_of_an_account_deletes_nothing_before_it_takes_over(sitting: Sitting) -> None:
    first, second = Client(), Client(REMOTE_ADDR=HOME)
    sign_up(first)
    form = start_form(first, reverse("join_sitting", args=[sitting.code]))
    first.post(form.action, form.data(), follow=True)
    log_in(second)
    assert second.post(reverse("delete_data"), {"password": PASSWORD}).status_code == 409
    assert the_attempt().status == "open"


def into_new_account(client: Client) -> None:
    assert sign_up(client, "mallory").status_code == 302


def into_account_of_today(client: Client) -> None:
    factories.user("mallory")
    log_in(client, "mallory")


def by_sign_in_link(client: Client) -> None:
    client.post(sign_in_path(factories.user("mallory")))


@pytest.mark.slow
@pytest.mark.parametrize("turn", [into_new_account, into_account_of_today, by_sign_in_link])
def test_another_browser_puts_nobody_out_by_turning_the_guest_into_an_account(
    ana: Guest, turn: Callable[[Client], None]
) -> None:
    other = by_guest_code(the_attempt())
    turn(other)
    assert the_attempt().candidate.user is None
    ana.press("move", "stay", ticks=ana.answer())
    assert ticked()
    continue_here(other)
    assert kinds() == ["taken_over"]
    assert candidates.find_by_guest_code(candidates.guest_code(the_attempt().candidate))


def test_nor_by_the_guest_code_in_an_account(ana: Guest) -> None:
    mallory = Client()
    sign_up(mallory, "mallory")
    mallory.post(reverse("guest_code"), {"code": candidates.guest_code(the_attempt().candidate)})
    assert the_attempt().candidate.user is None
    ana.press("move", "stay", ticks=ana.answer())
    assert ticked()
    assert QUESTION in text(open_room(mallory))


def test_the_browser_that_writes_turns_its_guest_into_an_account(ana: Guest) -> None:
    sign_up(ana.client)
    assert the_attempt().candidate.user
    ana.press("move", "stay", ticks=ana.answer())
    assert ticked()


def test_after_the_exam_another_browser_turns_the_guest_into_an_account(ana: Guest) -> None:
    other = by_guest_code(the_attempt())
    ending.finish(the_attempt(), NOW + timedelta(minutes=2))
    sign_up(other)
    assert the_attempt().candidate.user
