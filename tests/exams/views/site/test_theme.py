"""Test that the chosen theme holds on every page, also on error pages, and without a candidate."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.views.site import privacy
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db

SAME_ORIGIN = {"Origin": "http://testserver", "Referer": "http://testserver/guide/?q=1"}
DARK = 'data-theme="dark"'


def choose(client: Client, theme: str, headers: dict[str, str] = SAME_ORIGIN) -> Any:
    return client.post(reverse("theme"), {"theme": theme}, headers=headers)


def test_it_leads_back_and_holds_without_a_candidate_on_all_pages(client: Client) -> None:
    answer = choose(client, "dark")
    assert (answer.status_code, answer["Location"]) == (303, "/guide/?q=1")
    for path in ("/", "/guide/", "/privacy/", "/accounts/login/", "/nowhere/"):
        assert DARK in client.get(path).text, path
    choose(client, "")
    assert DARK not in client.get("/").text


def test_error_pages_have_it_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(client, "dark")
    client.raise_request_exception = False
    assert DARK in client.get("/", {"q": "\0"}).text  # 400
    assert DARK in client.post("/return/", "x" * 3_000_000, content_type="text/plain").text  # 413
    for error, status in ((RuntimeError(), 500), (OperationalError(), 503)):

        def fail(*args: Any, error: Exception = error, **kwargs: Any) -> None:
            raise error

        monkeypatch.setattr(privacy, "render", fail)
        answer = client.get("/privacy/")
        assert answer.status_code == status
        assert DARK in answer.text


def test_the_candidate_has_it_in_another_browser(guest: Guest, attempt: Attempt) -> None:
    choose(guest.client, "dark")
    attempt.candidate.refresh_from_db()
    assert attempt.candidate.preferences["theme"] == "dark"
    other = browser(attempt.candidate)
    for path in (guest.path, "/history/", "/privacy/", "/nowhere/"):
        assert DARK in other.get(path).text, path


def test_the_tools_of_the_room_set_it_for_all_pages(guest: Guest, attempt: Attempt) -> None:
    data = guest.room.data() | {"tools": "theme", "theme": "dark", "move": "stay"}
    guest.client.post(guest.path, data)
    assert DARK in guest.client.get("/nowhere/").text
    assert guest.client.cookies["theme"].value == "dark"


@pytest.mark.parametrize(
    ("theme", "headers"),
    [("pink", SAME_ORIGIN), ("dark", {"Origin": "https://elsewhere.example"}), ("dark", {})],
)
def test_unknown_themes_and_other_sites_are_refused(client: Client, theme: str, headers: dict[str, str]) -> None:
    assert choose(client, theme, headers).status_code == 400
    assert DARK not in client.get("/").text


@pytest.mark.parametrize("referer", ["http://elsewhere.example/x", "http://[", "http://testserver]/", "//[x/"])
def test_a_foreign_referer_is_not_followed(client: Client, referer: str) -> None:
    answer = choose(client, "dark", SAME_ORIGIN | {"Referer": referer})
    assert answer["Location"] == "/"
