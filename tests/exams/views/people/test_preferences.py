"""Test the settings: they hold on all pages and in the room, for candidates, newcomers and servers without guests."""

from typing import Any

import pytest
from django.test import Client

from exams.models import Candidate
from tests import factories
from tests.html_forms import forms
from tests.sitting import Guest, browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
PAGE = "/settings/"


def save(client: Client, **fields: Any) -> Any:
    """Submit the form with these fields changed; None removes one, as a checkbox that is not ticked."""
    form = next(form for form in forms(client.get(PAGE)).values() if form.action == PAGE)
    data = {**form.data(), "theme": "", "size": "1", "keys": "on", "timer": "on", "sure": "on", **fields}
    return client.post(PAGE, {name: value for name, value in data.items() if value is not None}, follow=True)


@pytest.mark.slow
def test_they_hold_in_the_room_and_on_every_page_of_the_candidate(client: Client, settings: Any) -> None:
    guest = Guest.seated(client, factories.small_blueprint())
    page = save(client, theme="dark", size="3", keys=None, timer=None)
    assert page.redirect_chain == [(PAGE, 303)]
    assert "Your settings are saved." in page.text
    assert Candidate.objects.get().preferences == {
        "theme": "dark", "size": 3, "keys": False, "timer": False, "sure": True,
    }  # fmt: skip
    for path in (guest.path, PAGE, "/history/", "/practice/", "/guide/", "/plan/", "/privacy/"):
        html = client.get(path).text
        assert all(mark in html for mark in ('data-theme="dark"', 'data-size="3"', 'data-keys="off"')), path
    assert 'id="timer" data-hidden="yes"' in client.get(guest.path).text


def test_the_page_shows_what_was_chosen_in_the_room_or_in_the_footer() -> None:
    sitter = factories.candidate()
    Candidate.objects.filter(pk=sitter.pk).update(preferences={"theme": "light", "size": 2, "timer": False})
    form = next(form for form in forms(browser(sitter).get(PAGE)).values() if form.action == PAGE)
    chosen = {name: value for name, value in form.fields if name in ("theme", "size", "keys", "timer")}
    assert chosen == {"theme": "light", "size": "2", "keys": "on"}
    Candidate.objects.filter(pk=sitter.pk).update(preferences={})
    form = next(form for form in forms(browser(sitter).get(PAGE)).values() if form.action == PAGE)
    assert {**dict(form.fields), "csrfmiddlewaretoken": "", "pair": ""} == {
        "csrfmiddlewaretoken": "", "pair": "", "theme": "", "size": "1", "keys": "on", "timer": "on", "sure": "on",
    }  # fmt: skip


@pytest.mark.slow
def test_colors_alone_make_nobody_a_guest_and_a_text_size_does_once(client: Client) -> None:
    page = save(client, theme="dark")
    assert 'data-theme="dark"' in page.text
    assert not Candidate.objects.exists()
    page = save(client, theme="dark", size="2")
    assert 'data-size="2"' in page.text
    save(client, theme="", size="2")
    assert Candidate.objects.get().preferences["theme"] == ""
    assert "data-theme" not in client.get(PAGE).text


@pytest.mark.parametrize("fields", [{"theme": "pink"}, {"size": "4"}, {"size": "big"}, {"size": None}])
def test_unknown_values_change_nothing(fields: dict[str, Any]) -> None:
    sitter = factories.candidate()
    response = save(browser(sitter), **fields)
    assert response.status_code == 400
    assert "One of the settings does not exist. Nothing was changed." in response.text
    sitter.refresh_from_db()
    assert sitter.preferences == {}


def test_a_server_without_guests_asks_for_an_account(client: Client, settings: Any) -> None:
    settings.GUESTS = False
    assert save(client, size="2").redirect_chain == [(f"/accounts/login/?next={PAGE}", 302)]
    client.force_login(factories.user())
    save(client, size="2")
    assert Candidate.objects.get().preferences["size"] == 2


def test_only_a_newcomer_without_an_account_is_told_that_the_browser_becomes_a_guest(client: Client) -> None:
    assert "it becomes a guest of this server" in client.get(PAGE).text
    client.force_login(factories.user())
    assert "it becomes a guest of this server" not in client.get(PAGE).text
