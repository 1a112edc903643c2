"""Sign-up and sign-in through allauth: messages, rate limits, redirects and closed sign-up."""

from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import get_hasher
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams import known_browsers
from exams.models import Attempt, Candidate
from exams.services.attempt import ending
from questions.models import User
from tests import factories
from tests.accounts import first_question, log_in, sign_up
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_sign_up_requires_a_name_and_a_password_and_keeps_the_guests_exam(
    client: Client, open_attempt: Attempt
) -> None:
    response = sign_up(client)
    assert response.status_code == 302
    alice = User.objects.get()
    assert (alice.username, alice.email) == ("alice", "")
    assert Candidate.objects.get().user == alice
    assert client.get(first_question(open_attempt)).status_code == 200
    assert "alice" in client.get(reverse("history")).text


def test_sign_up_leads_back_to_the_page_and_says_what_is_kept(client: Client, open_attempt: Attempt) -> None:
    ending.finish(open_attempt, timezone.now())
    page = reverse("history")
    assert f'href="{reverse("account_signup")}?next={page}"' in client.get(page).text
    response = sign_up(client, next=page)
    assert response.url == page
    assert "1 attempt is now in your account." in client.get(page).text


def test_a_short_password_is_refused_and_creates_nothing(client: Client) -> None:
    response = sign_up(client, password1="short")
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.text
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["admin", "Administrator"])
def test_names_that_look_like_the_operator_are_refused(client: Client, name: str) -> None:
    assert "This name is reserved." in sign_up(client, name).text
    assert not User.objects.exists()


def test_sign_up_does_not_reveal_known_addresses(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user("bob", email="bob@example.org")
    assert sign_up(client, email="bob@example.org").status_code == 302
    assert sign_up(Client(), "carol", email="carol@example.org").status_code == 302


def test_closed_sign_up_shows_a_message_and_creates_nothing(client: Client, settings: Any) -> None:
    settings.SIGNUP, settings.OPERATOR_CONTACT = False, "Ms Lopez, room 12"
    for response in (client.get(reverse("account_signup")), sign_up(client)):
        assert "You cannot create an account on this server. Ask Ms Lopez, room 12." in response.text
    assert "Create an account" not in client.get(reverse("account_login")).text
    assert not User.objects.exists()


def test_a_guest_is_not_invited_to_a_closed_sign_up(client: Client, open_attempt: Attempt, settings: Any) -> None:
    assert "create an account" in client.get(reverse("history")).text
    settings.SIGNUP = False
    page = client.get(reverse("history")).text
    assert "opens your exams in any browser." in page
    assert "create an account" not in page


def test_a_wrong_password_gets_the_same_message_for_known_and_unknown_names(client: Client) -> None:
    factories.user()
    sentences = [log_in(client, name, "wrong").context["form"].non_field_errors() for name in ("alice", "nobody")]
    assert sentences == [["The name or the password is wrong. Check both."]] * 2


def test_five_failures_in_five_minutes_lock_one_account_for_one_address_only(client: Client) -> None:
    factories.user("alice"), factories.user("bob")
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            log_in(client, "alice", "wrong")
        assert "Wait five minutes" in log_in(client, "alice").text
        assert log_in(Client(), "bob").status_code == 302
        assert log_in(elsewhere, "alice").status_code == 302
        clock.shift(301)
        assert log_in(client, "alice").status_code == 302


@pytest.mark.parametrize("spelling", ["ALICE", " alice ", "aL\u0131ce", "alice"])
def test_neither_a_spelling_nor_a_port_of_the_host_gives_more_attempts(client: Client, spelling: str) -> None:
    factories.user("alice")
    for port in range(5):
        log_in(Client(HTTP_HOST=f"localhost:{8000 + port}"), spelling, "wrong")
    assert "Wait five minutes" in log_in(client, "alice").text


@pytest.mark.slow
def test_attempts_from_many_addresses_lock_a_name_after_fifty_but_no_browser_that_knows_it(client: Client) -> None:
    factories.user("alice"), factories.user("bob")
    assert log_in(client, "alice").status_code == 302
    log_in(client, "bob")
    client.post(reverse("account_logout"))
    for n in range(49):
        log_in(Client(REMOTE_ADDR=f"192.0.2.{n}"), "alice", "wrong")
    stranger = Client(REMOTE_ADDR="198.51.100.1")
    assert log_in(stranger, "alice").status_code == 302
    log_in(Client(REMOTE_ADDR="192.0.2.100"), "alice", "wrong")
    stranger = Client(REMOTE_ADDR="198.51.100.2")
    assert "Use a browser in which you have signed in before" in log_in(stranger, "alice").text
    assert log_in(client, "alice").status_code == 302


@pytest.mark.slow
def test_a_browser_that_has_signed_in_before_is_not_refused_for_what_others_did_at_its_address(
    client: Client, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {
        "sign_in": "7/m/ip",
        "login_failed": "5/300s/key,7/m/ip",
    }
    factories.user("alice", email="alice@example.org"), factories.user("bob")
    log_in(client, "alice")
    client.post(reverse("account_logout"))
    for _ in range(5):
        log_in(Client(), "alice", "wrong")
    for _ in range(5):
        log_in(Client(), "bob", "wrong")
    assert log_in(Client(), "bob").status_code == 429
    assert log_in(client, "alice@example.org").status_code == 302
    client.post(reverse("account_logout"))
    for _ in range(5):
        assert "The name or the password is wrong." in log_in(client, "alice", "wrong").text
    assert "Wait five minutes" in log_in(client, "alice").text, "its own attempts count"


@pytest.mark.parametrize("kind", ["another account", "forged", "copied to another name"])
def test_the_cookie_of_another_account_or_a_forged_one_gives_no_attempts(client: Client, kind: str) -> None:
    factories.user("alice"), factories.user("mallory")
    log_in(client, "mallory" if kind == "another account" else "alice")
    client.post(reverse("account_logout"))
    if kind == "forged":
        client.cookies[known_browsers.COOKIE] = client.cookies[known_browsers.COOKIE].value[:-3] + "abc"
    name = "mallory" if kind == "copied to another name" else "alice"
    for _ in range(5):
        log_in(Client(), name, "wrong")
    assert "Wait five minutes" in log_in(client, name).text


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["named like it", "with the same address"])
def test_a_browser_that_knows_another_account_of_a_typed_address_has_no_attempts_at_that_one(
    client: Client, kind: str
) -> None:
    """It has attempts at its own accounts only."""
    alice = factories.user("alice", email="alice@example.org")
    alice.set_password("what only Alice knows")
    alice.save()
    name, email = ("alice@example.org", "m@example.org") if kind == "named like it" else ("m", "alice@example.org")
    mallory = factories.user(name, email=email)
    log_in(client, "m@example.org" if kind == "named like it" else "m")
    assert client.cookies[known_browsers.COOKIE].value
    client.post(reverse("account_logout"))
    assert "is wrong" in log_in(client, "alice@example.org", "what only Alice knows").text
    for _ in range(5):
        log_in(Client(), "alice@example.org", "wrong")
    assert log_in(client, "alice@example.org").status_code == 302
    assert client.session["_auth_user_id"] == str(mallory.pk)


def test_somebody_else_at_a_shared_computer_is_not_known_by_it(client: Client) -> None:
    factories.user("alice")
    log_in(client, "alice")
    assert client.cookies[known_browsers.COOKIE].value
    client.post(reverse("somebody_else"))
    assert not client.cookies[known_browsers.COOKIE].value


# --- E-mail addresses as names --------------------------------------------------------------------


def test_an_address_signs_in_where_exactly_one_active_account_has_it(client: Client) -> None:
    alice = factories.user("alice", email="Alice@Example.org")
    factories.user("old", email="alice@example.org", is_active=False)
    assert log_in(client, "alice@example.ORG").status_code == 302
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert "The name or the password is wrong." in log_in(Client(), "alice@example.org", "wrong").text


def test_an_address_of_none_or_of_an_inactive_account_gets_the_usual_sentence(client: Client) -> None:
    factories.user("carol", email="c@example.org", is_active=False)
    for address in ("c@example.org", "nobody@example.org", "@"):
        assert "The name or the password is wrong." in log_in(client, address).text


@pytest.mark.slow
def test_whoever_signs_up_with_the_address_of_somebody_ends_no_sign_in_by_it(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    alice = factories.user("alice", email="a@example.org")
    for n in range(4):
        sign_up(Client(), f"mallory{n}", email="a@example.org", password1=f"a secret of mallory {n}")
    assert User.objects.filter(email="a@example.org").count() == 5
    log_in(client, "a@example.org")
    assert client.session["_auth_user_id"] == str(alice.pk)
    client.post(reverse("account_logout"))
    for _ in range(5):
        log_in(Client(), "a@example.org", "wrong")
    assert log_in(client, "a@example.org").status_code == 302, "whoever has signed up with it since"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_an_address_with_a_password_that_fits_two_accounts_opens_none(client: Client) -> None:
    factories.user("alice", email="a@example.org"), factories.user("bob", email="a@example.org")
    assert "The name or the password is wrong." in log_in(client, "a@example.org").text


def test_an_address_is_ignored_at_sign_up_where_no_mail_is_sent(client: Client) -> None:
    sign_up(client, email="bob@example.org")
    assert User.objects.get().email == ""


def test_a_name_that_looks_like_the_address_of_another_account_keeps_nobody_out(client: Client) -> None:
    alice = factories.user("alice", email="alice@example.org")
    User.objects.create_user("alice@example.org", password="a password of mallory")
    log_in(client, "alice@example.org")
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize(("typed", "n"), [("alice", 1), ("nobody", 1), ("a@example.org", 3), ("no@example.org", 3)])
def test_the_number_of_password_checks_is_small_and_tells_nothing(
    client: Client, monkeypatch: Any, typed: str, n: int
) -> None:
    for name in ("alice", "bob", "carol", "dan"):
        factories.user(name, email="a@example.org")
    hasher, checks = type(get_hasher()), []
    encode = hasher.encode

    def counted(*args: Any, **kwargs: Any) -> str:
        checks.append(args)
        return encode(*args, **kwargs)

    monkeypatch.setattr(hasher, "encode", counted)
    log_in(client, typed, "wrong")
    assert len(checks) == n


@pytest.mark.slow
def test_wrong_passwords_for_addresses_from_one_place_have_a_lower_limit(client: Client) -> None:
    """Each costs three checks, so as many as for names would keep the server busy."""
    alice, bob = factories.user("alice", email="alice@example.org"), factories.user("bob", email="bob@example.org")
    assert log_in(client, bob.email).status_code == 302
    client.post(reverse("account_logout"))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for n in range(30):
            assert "The name or the password is wrong." in log_in(Client(), f"nobody{n}@example.org", "wrong").text
        refused = log_in(Client(), alice.email)
        assert "Too many attempts. Wait a minute, then try again." in refused.text
        assert log_in(Client(), "alice").status_code == 302, "a name"
        assert log_in(client, bob.email).status_code == 302, "a browser that knows the account"
        assert log_in(Client(REMOTE_ADDR="192.0.2.7"), alice.email).status_code == 302, "another place"
        clock.shift(61)
        assert log_in(Client(), alice.email).status_code == 302


@pytest.mark.slow
def test_a_class_signs_in_by_address_from_one_place_within_a_minute() -> None:
    for n in range(40):
        factories.user(f"person{n}", email=f"person{n}@example.org")
    with time_machine.travel(timezone.now(), tick=False):
        assert [log_in(Client(), f"person{n}@example.org").status_code for n in range(40)] == [302] * 40


@pytest.mark.parametrize(
    "backend",
    ["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend"],
)
def test_who_is_signed_in_stays_so_through_the_upgrade_that_replaced_the_backends(client: Client, backend: str) -> None:
    client.force_login(factories.user("alice"), backend=backend)
    assert "alice" in client.get(reverse("account")).text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["account", "sign_out_everywhere"])
def test_wrong_passwords_of_a_signed_in_user_count_like_failed_sign_ins(
    client: Client, settings: Any, name: str
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    client.force_login(factories.user("alice"))
    fields = {"email": "new@example.org"}
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            assert "This is not your current password." in client.post(reverse(name), fields | {"password": "x"}).text
        assert "Wait five minutes" in client.post(reverse(name), fields | {"password": PASSWORD}).text
        assert "Wait five minutes" in log_in(Client(), "alice").text
        clock.shift(301)
        for _ in range(6):  # the right password does not count
            assert client.post(reverse(name), fields | {"password": PASSWORD}, follow=True).status_code == 200
        assert log_in(Client(), "alice").status_code == 302


@pytest.mark.slow
def test_a_class_can_sign_up_and_in_from_one_address_within_a_minute() -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for n in range(60):
            assert sign_up(Client(), f"pupil{n}").status_code == 302
        for n in range(60):
            if n % 6 == 0:
                assert log_in(Client(), f"pupil{n}", "mistyped").status_code == 200
        for n in range(30):
            assert log_in(Client(), f"pupil{n}").status_code == 302


def test_forms_without_a_name_or_a_password_keep_nobody_behind_the_same_address_from_signing_in(
    client: Client, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"sign_in": "2/m/ip"}
    factories.user("alice")
    empty = ({}, {"login": "alice"}, {"password": "wrong"}, {"login": " ", "password": "wrong"})
    for fields in empty:
        assert Client().post(reverse("account_login"), fields).status_code == 200
    assert log_in(client, "alice").status_code == 302


@pytest.mark.parametrize(("by_name", "sentence"), [("50/h/key", "Wait five minutes"), ("4/h/key", "wait an hour")])
def test_tries_for_one_name_that_cost_no_check_keep_nobody_behind_the_same_address_from_signing_in(
    client: Client, settings: Any, by_name: str, sentence: str
) -> None:
    limits = {
        name: rates and rates.replace("100/m/ip", "8/m/ip") for name, rates in settings.ACCOUNT_RATE_LIMITS.items()
    }
    settings.ACCOUNT_RATE_LIMITS = limits | {"login_failed_by_name": by_name}
    factories.user("alice")
    for _ in range(12):
        refused = log_in(Client(), "nobody", "wrong")
    assert sentence in refused.text
    assert log_in(client, "alice").status_code == 302


def test_too_many_tries_from_one_address_get_our_page(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"sign_in": "1/m/ip"}
    log_in(client, "nobody")
    response = log_in(client, "nobody")
    assert response.status_code == 429
    assert "This does not affect a running exam." in response.text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_to_another_host_is_ignored(client: Client, target: str) -> None:
    factories.user()
    assert log_in(client, next=target)["Location"] == reverse("front")


@pytest.mark.slow
def test_staff_land_in_the_admin_and_candidates_on_the_front_page(client: Client) -> None:
    factories.user()
    factories.user("rob", is_staff=True)
    assert log_in(client)["Location"] == reverse("front")
    assert log_in(Client(), "rob")["Location"] == reverse("admin:index")
    assert log_in(Client(), "rob", next="/history/")["Location"] == "/history/"


def test_next_on_this_host_is_followed(client: Client) -> None:
    factories.user()
    assert log_in(client, next="/history/")["Location"] == "/history/"


def test_an_inactive_account_gets_a_message(client: Client) -> None:
    factories.user(is_active=False)
    page = client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD}, follow=True).text
    assert "This account is not active" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "account_login", "account_logout", "account_signup", "account_inactive", "account_change_password",
        "account_set_password", "new_password", "account_reset_password", "account_reset_password_done",
        "account_reset_password_from_key_done", "account", "sign_out_everywhere", "guest_code", "leave", "privacy",
    ],
)  # fmt: skip
@pytest.mark.parametrize("password", [PASSWORD, None])
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_page_has_our_layout(
    client: Client, settings: Any, name: str, password: str | None, signed_in: bool
) -> None:
    factories.small_blueprint()
    if signed_in:
        client.force_login(User.objects.create_user("alice", password=password))
    response = client.get(reverse(name), follow=True)
    assert response.status_code == 200
    assert "css/tokens.css" in response.text
    assert response.text.count('id="main"') == 1
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert "Menu:" not in response.text  # the layout of allauth
