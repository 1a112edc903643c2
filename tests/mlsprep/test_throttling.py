"""Each refusal of a rate limit says when to come back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.html_forms import forms
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_a_refused_start_says_when_to_come_back(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"guest_start": "1/m/ip"}
    blueprint = factories.small_blueprint()
    Guest.start(client, blueprint)
    rules, stranger = reverse("exam", args=[blueprint.code]), Client()
    (form,) = [form for form in forms(stranger.get(rules)).values() if form.action == rules]
    refusal = stranger.post(rules, form.data())
    assert (refusal.status_code, refusal["Retry-After"]) == (429, "60")


@pytest.mark.parametrize(
    ("action", "page", "fields"),
    [
        ("login", "account_login", {"login": "ana", "password": "wrong"}),
        ("guest_code", "guest_code", {"code": "BBBB-BBBB-BBBB"}),
        ("class_code", "join", {"code": "BBBBBB"}),
    ],
)
def test_so_do_refused_sign_ins_and_codes(
    client: Client, settings: Any, action: str, page: str, fields: dict[str, str]
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {action: "1/m/ip"}
    first, second = (client.post(reverse(page), fields) for _ in range(2))
    assert "Retry-After" not in first.headers
    assert (second.status_code, second["Retry-After"]) == (429, "60")
