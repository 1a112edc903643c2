"""Test that every refusal is a page with a sentence that says why, and when to come back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.html_forms import collapsed, forms
from tests.sitting import Guest

pytestmark = pytest.mark.django_db
HERE = {"origin": "http://testserver"}  # forms of all pages have no token: the origin is checked


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        ("get", "/join/somebody-else/", "This address belongs to a button"),
        ("post", "/method/", "it takes no forms"),
        ("put", "/account/", "it takes no forms"),
        ("delete", "/join/", "it takes no forms"),
    ],
)
def test_a_wrong_method_is_a_page_with_a_sentence(client: Client, method: str, path: str, sentence: str) -> None:
    response = getattr(client, method)(path)
    assert response.status_code == 405
    assert response["Allow"]
    assert response["Content-Type"].startswith("text/html")
    assert sentence in collapsed(response)
    assert "Go to the start page" in response.text


def test_a_head_request_of_a_button_has_no_fault(client: Client) -> None:
    assert client.head("/join/somebody-else/").status_code == 405


@pytest.mark.parametrize(
    ("path", "extra", "sentence"),
    [
        ("/", {"HTTP_HOST": "evil.example"}, "does not know the host name"),
        ("/?q=%00", {}, "NUL character"),
        (f"/?q={'a' * 1001}", {}, "at most 40 words and 1000 characters"),
    ],
)
def test_a_bad_request_says_which_fault_it_has(client: Client, path: str, extra: Any, sentence: str) -> None:
    response = client.get(path, **extra)
    assert response.status_code == 400
    assert sentence in collapsed(response)


def test_too_many_fields_are_a_sentence(client: Client) -> None:
    response = client.post("/theme/", {f"field{n}": "" for n in range(1001)}, headers=HERE)
    assert response.status_code == 400
    assert "too many fields or files" in collapsed(response)


def test_unknown_colors_and_unknown_buttons_are_sentences(client: Client) -> None:
    assert "These colors do not exist" in collapsed(client.post(reverse("theme"), {"theme": "pink"}, headers=HERE))


def test_the_reason_is_text(client: Client) -> None:
    assert "<script" not in client.get("/", HTTP_HOST="<script>").text


def test_a_page_without_permission_says_whom_to_ask(client: Client) -> None:
    client.force_login(factories.user())
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "To get one, ask" in collapsed(response)


@pytest.mark.usefixtures("empty_cache")
def test_a_refused_start_says_when_to_come_back(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"guest_start": "1/m/ip"}
    blueprint = factories.small_blueprint()
    Guest.start(client, blueprint)
    rules, stranger = reverse("exam", args=[blueprint.code]), Client()
    (form,) = [form for form in forms(stranger.get(rules)).values() if form.action == rules]
    refusal = stranger.post(rules, form.data())
    assert (refusal.status_code, refusal["Retry-After"]) == (429, "60")


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("action", "page", "fields"),
    [
        ("sign_in", "account_login", {"login": "ana", "password": "wrong"}),
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
