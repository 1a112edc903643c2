"""Test which names new accounts may have: they look neither like an address nor like somebody else's name."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from exams.services.people import sign_in_links, usernames
from questions.models import User
from tests import factories
from tests.accounts import log_in, sign_up
from tests.authoring import account
from tests.html_forms import form_values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
ADDRESS = "alice@example.org"
# A Cyrillic a, a Greek omicron, a zero-width space and joiner, a filler of Hangul, the other direction, an apostrophe.
IMITATIONS = [
    "\u0430lice", "b\u03bfb", "ali\u200bce", "ali\u200dce", "alice\u3164", "\u1160\u1160", "alice\u202e",
    "al\u02bcice", "\u0430dmin",
]  # fmt: skip


@pytest.mark.parametrize("name", [ADDRESS, "@", *IMITATIONS])
def test_nobody_signs_up_with_an_address_or_with_letters_that_imitate(client: Client, name: str) -> None:
    assert sign_up(client, name).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "your.account.was.hacked.visit.www.evil-login.example0", "http...evil.example", "support", "staff", "moderator",
        "instructor", "adm\u0131n", "\u00e1dmin", "Admin", "adm1n", "admin.", "r00t", "www.evil", "visit.evil.example",
        "https-evil", "http.evil", "evil.com", "visit.evil.net.", "evil.shop+now", "visit.evil.ru", "evil.co.uk",
    ],
)  # fmt: skip
def test_nobody_signs_up_with_a_web_address_or_a_word_that_speaks_for_the_house(client: Client, name: str) -> None:
    assert sign_up(client, name).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "ana.silva", "ana.b.silva", "j.r.smith", "ana.silva.2", "adminka", "httpie", "ana.maria.silva",
        "maria.de.la.cruz", "ana.maria.silva.jr", "li.na", "wwwilma", "ana.link.silva", "dot.com.fan",
    ],
)  # fmt: skip
def test_a_name_of_several_words_or_with_initials_is_accepted(client: Client, name: str) -> None:
    assert sign_up(client, name).status_code == 302


def test_an_address_as_name_keeps_nobody_from_signing_in_by_it(client: Client) -> None:
    alice = factories.user("alice", email=ADDRESS)
    assert "A name contains no @" in sign_up(Client(), ADDRESS).text
    log_in(client, ADDRESS)
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize(
    "name", ["ana.silva-2", "łukasz", "зоя_1", "αθηνά", "김민준", "さくらカナ々花", "عمر١", "naïve+x"]
)
def test_a_name_of_one_language_is_accepted_as_it_is(client: Client, name: str) -> None:
    assert sign_up(client, name).status_code == 302
    assert User.objects.get().username == usernames.normalized(name)
    assert log_in(Client(), usernames.normalized(name)).status_code == 302


@pytest.mark.parametrize("name", ["ALICE", "\uff41\uff4c\uff49\uff43\uff45", "\U0001d41alice", "alic\u212f"])
def test_other_forms_of_the_same_letters_are_the_same_name(client: Client, name: str) -> None:
    factories.user("Alice")
    assert "This name is taken." in sign_up(client, name).text
    assert User.objects.count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", [ADDRESS, "\u0430lice", "al\u200bice"])
def test_administrators_give_no_such_name_but_save_accounts_that_have_one(client: Client, name: str) -> None:
    client.force_login(account("adam", "Administrator"))
    password = {"usable_password": "true", "password1": "a long secret 7", "password2": "a long secret 7"}
    assert client.post(reverse("admin:questions_user_add"), {"username": name, **password}).status_code == 200
    ben, old = factories.user("ben"), factories.user("ben@example.org")
    pages = {user: reverse("admin:questions_user_change", args=[user.pk]) for user in (ben, old)}
    values = {user: form_values(client.get(page), "user_form") for user, page in pages.items()}
    assert client.post(pages[ben], values[ben] | {"username": name}).status_code == 200
    assert "This name is taken." in client.post(pages[ben], values[ben] | {"username": "ADAM"}).text
    assert client.post(pages[old], values[old] | {"display_name": "Ben"}).status_code == 302
    assert set(User.objects.values_list("username", flat=True)) == {"adam", "ben", "ben@example.org"}


def test_a_list_makes_plain_names_of_addresses_and_refuses_mixed_letters(client: Client) -> None:
    client.force_login(account("adam", "Administrator"))
    page = client.post("/admin/people/add/", {"people": "\u0410lice Smith"})
    assert "Use at most 150 letters and digits, of one script." in page.text
    client.post("/admin/people/add/", {"people": f"{ADDRESS}\n김민준"})
    assert list(User.objects.order_by("pk").values_list("username", flat=True)[1:]) == ["alice.example.org", "김민준"]


def test_the_command_line_makes_no_such_administrator() -> None:
    with pytest.raises(sign_in_links.NotAdministratorError, match="A name contains no @"):
        sign_in_links.admin_link("http://localhost", ADDRESS)


@pytest.mark.parametrize("name", [ADDRESS, "\u0430lice"])
def test_accounts_of_before_sign_in_as_they_did(client: Client, name: str) -> None:
    factories.user(name)
    assert log_in(client, name).status_code == 302


def test_a_name_has_the_characters_that_django_allows() -> None:
    for name in ("", "a b", "a/b", "x" * 151):
        with pytest.raises(ValidationError):
            usernames.check_new(name)


def test_full_width_letters_are_stored_as_plain_ones(client: Client, settings: Any) -> None:
    sign_up(client, "\uff22\uff2f\uff22")
    assert User.objects.get().username == "bob"
