"""Test second factors: codes of an app, recovery codes, the doors that ask for them, and STAFF_MFA."""

import base64
import json
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.second_factor import FACTOR_PAGES
from exams.services.people import second_factor
from questions.models import User
from tests import factories
from tests.accounts import log_in, sign_in_path
from tests.authoring import account
from tests.factories import PASSWORD
from tests.second_factors import app_code, enter_code, protect, recovery_codes, set_up_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("mfa_index")).status_code == 200


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # only a commit tells the session that the factor was set up in it
def test_an_app_is_set_up_after_the_password_with_a_qr_code_that_the_policy_allows(client: Client) -> None:
    client.force_login(factories.user())
    page = reverse("mfa_activate_totp")
    asked = client.get(page)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert "This is not your current password." in client.post(asked["Location"], {"password": "wrong"}).text
    shown = client.get(client.post(asked["Location"], {"password": PASSWORD})["Location"])
    assert "<svg" in shown.text
    assert " style=" not in shown.text
    secret = shown.context["form"].secret
    assert secret in shown.text
    assert "This is not accepted." in client.post(page, {"code": "000000"}).text
    assert client.post(page, {"code": app_code(secret)})["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(reverse("mfa_view_recovery_codes"))
    assert all(code in codes.text for code in recovery_codes(User.objects.get()))


def test_the_password_alone_does_not_sign_in(client: Client, open_attempt: Attempt) -> None:
    alice = factories.user()
    secret = protect(alice)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        assert log_in(client)["Location"] == reverse("mfa_authenticate")
        assert not is_signed_in(client)
        assert log_in(client)["Location"] == reverse("mfa_authenticate")
        assert "This is not accepted." in enter_code(client, "123456").text
        assert not is_signed_in(client)
        log_in(client)
        assert enter_code(client, app_code(secret)).status_code == 302
    assert is_signed_in(client)
    open_attempt.refresh_from_db()
    assert open_attempt.candidate.user == alice, "the exam of the guest moves after the second factor"


def test_a_sign_in_link_asks_for_the_second_factor_and_leads_to_a_new_password(client: Client) -> None:
    alice = factories.user()
    secret = protect(alice)
    link = sign_in_path(User.objects.get())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        assert client.post(link)["Location"] == reverse("mfa_authenticate")
        assert not is_signed_in(client)
        passwords = {"password1": "another one 42", "password2": "another one 42"}
        client.post(reverse("new_password"), passwords)
        assert User.objects.get().check_password(PASSWORD)
        assert Client().post(link).status_code == 410, "a link works once"
        client.post(sign_in_path(User.objects.get()))
        assert enter_code(client, app_code(secret))["Location"] == reverse("new_password")
        assert client.post(reverse("new_password"), passwords).status_code == 302
    assert User.objects.get().check_password("another one 42")


@pytest.mark.slow
@pytest.mark.parametrize("other", ["the same account", "another account"])
def test_a_link_in_a_browser_where_somebody_is_signed_in_asks_too(client: Client, other: str) -> None:
    alice = factories.user()
    protect(alice)
    client.force_login(alice if other == "the same account" else factories.user("bob"))
    assert client.post(sign_in_path(User.objects.get(username="alice")))["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    assert not is_signed_in(client)


@pytest.mark.slow
def test_a_code_works_once_for_as_long_as_it_is_valid(client: Client) -> None:
    secret = protect(factories.user())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        code = app_code(secret, steps=1)
        log_in(client)
        assert enter_code(client, code).status_code == 302
        clock.shift(45)  # allauth forgets used codes after 30 seconds
        thief = Client()
        log_in(thief)
        for typed in (code, f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}", f" {code} "):
            assert "This is not accepted." in enter_code(thief, typed).text


@pytest.mark.slow
def test_five_wrong_codes_end_the_attempts_for_five_minutes(client: Client) -> None:
    secret = protect(factories.user())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(400)
        for _ in range(5):
            browser = Client()
            log_in(browser)
            enter_code(browser, "123456")
        log_in(client)
        assert "Wait five minutes" in enter_code(client, app_code(secret)).text
        clock.shift(301)
        log_in(client)
        assert enter_code(client, app_code(secret)).status_code == 302


def test_a_recovery_code_replaces_the_app_once(client: Client) -> None:
    alice = factories.user()
    protect(alice)
    code = recovery_codes(alice)[3]
    log_in(client)
    assert enter_code(client, code).status_code == 302
    assert is_signed_in(client)
    again = Client()
    log_in(again)
    assert "This is not accepted." in enter_code(again, code).text


@pytest.mark.slow
def test_nobody_changes_the_second_factor_without_a_code_or_a_passkey(client: Client) -> None:
    alice = factories.user()
    protect(alice)
    client.force_login(alice)
    by_password = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert by_password["Location"].startswith(reverse("mfa_reauthenticate"))
    for name in (
        "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_add_webauthn",
        "mfa_download_recovery_codes",
    ):  # fmt: skip
        for answer in (client.get(reverse(name)), client.post(reverse(name))):
            assert answer.status_code in (302, 405), name
            assert answer.status_code == 405 or "/account/confirm/" in answer["Location"], name
    assert second_factor.is_on(alice)


@pytest.mark.django_db(transaction=True)  # only a commit tells the session that the factor was set up in it
def test_a_password_from_before_the_factor_neither_reads_nor_removes_it(client: Client) -> None:
    """Somebody who knows the password was signed in elsewhere, and had just confirmed it."""
    alice, thief = factories.user(), Client()
    log_in(thief)
    thief.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    log_in(client)
    set_up_app(client)
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
    passkey = {"mfa_remove_webauthn": [1]}
    for name in FACTOR_PAGES:
        for answer in (
            thief.get(reverse(name, args=passkey.get(name))),
            thief.post(reverse(name, args=passkey.get(name))),
        ):
            assert answer["Location"].startswith(reverse("account_reauthenticate")), name
            assert thief.get(answer["Location"])["Location"].startswith(reverse("mfa_reauthenticate"))
    assert second_factor.is_on(alice)


@pytest.mark.slow
def test_an_account_without_a_password_confirms_with_a_code(client: Client) -> None:
    alice = factories.user()
    secret = protect(alice)
    alice.set_unusable_password()
    alice.save()
    client.force_login(alice)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        asked = client.get(client.get(reverse("mfa_deactivate_totp"))["Location"])
        assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
        assert client.get(asked["Location"]).status_code == 200
        client.post(asked["Location"], {"code": app_code(secret)})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)  # only a commit tells the session that the factor was set up in it
def test_the_passkey_of_another_account_cannot_be_removed_or_used(client: Client) -> None:
    alice, mallory = factories.user(), factories.user("mallory")
    key = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "x", "credential": {}})
    client.force_login(mallory)
    set_up_app(client)
    assert client.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


def forged(**response: str) -> str:
    return json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response})


CLIENT_DATA = base64.urlsafe_b64encode(
    b'{"type":"webauthn.get","challenge":"AAAA","origin":"http://testserver"}'
).decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "credential",
    [
        forged(clientDataJSON=CLIENT_DATA, attestationObject="AAAA", authenticatorData="AAAA", signature="AAAA"),
        forged(clientDataJSON="A", attestationObject="o2Nm", authenticatorData="!", signature=""),
        forged(),
        "",
        "x",
        "{}",
        "[]",
        "null",
        '{"id": 1}',
        json.dumps({"id": "x" * 9999}),
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_a_forged_passkey_is_a_sentence(client: Client, credential: str) -> None:
    alice = factories.user()
    protect(alice)
    log_in(client)
    answer = client.post(reverse("mfa_authenticate"), {"credential": credential})
    assert answer.status_code == 200
    client.force_login(alice)
    client.post(reverse("mfa_reauthenticate"), {"code": recovery_codes(alice)[0]})
    assert client.post(reverse("mfa_add_webauthn"), {"name": "", "credential": credential}).status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


# --- Lost factors ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_superuser_resets_a_lost_second_factor_and_it_is_recorded(client: Client, admin_client: Client) -> None:
    alice = factories.user()
    protect(alice)
    page = admin_client.post("/admin/people/", {"reset": alice.pk}, follow=True)
    assert "alice signs in without a second factor now" in page.text
    assert not Authenticator.objects.filter(user=alice).exists()
    assert LogEntry.objects.get(object_id=alice.pk).change_message == "Second factor reset."
    log_in(client)
    assert is_signed_in(client)


@pytest.mark.slow
def test_an_administrator_resets_no_second_factor_and_a_superuser_not_the_own(client: Client) -> None:
    adam, root, alice = account("adam", "Administrator"), User.objects.create_superuser("root1"), factories.user()
    root.set_password(PASSWORD), root.save()
    protect(alice), protect(root)
    client.force_login(adam)
    assert 'name="reset"' not in client.get("/admin/people/").text
    assert "Only a superuser can reset" in client.post("/admin/people/", {"reset": alice.pk}, follow=True).text
    client.force_login(root)
    assert f'name="reset" value="{alice.pk}"' in client.get("/admin/people/").text
    assert f'name="reset" value="{root.pk}"' not in client.get("/admin/people/").text
    assert "This is your own account." in client.post("/admin/people/", {"reset": root.pk}, follow=True).text
    assert second_factor.protected([alice.pk, root.pk]) == {alice.pk, root.pk}


@pytest.mark.slow
def test_the_only_superuser_resets_a_lost_second_factor_on_the_server(client: Client) -> None:
    root = User.objects.create_superuser("root1", password=PASSWORD)
    protect(root)
    call_command("admin_link", "root1")
    assert second_factor.is_on(root)
    call_command("admin_link", "--reset-second-factor")
    assert not second_factor.is_on(root)
    assert LogEntry.objects.get(object_id=root.pk).change_message == "Second factor reset on the server."
    with pytest.raises(CommandError, match="root1 has no second factor"):
        call_command("admin_link", "--reset-second-factor")


def test_a_deleted_account_leaves_no_factor(client: Client) -> None:
    alice = factories.user()
    protect(alice)
    alice.delete()
    assert not Authenticator.objects.exists()


# --- Staff ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # allauth tells of a new factor after the commit
def test_staff_set_up_a_second_factor_before_they_open_the_admin_where_it_is_required(
    client: Client, settings: Any
) -> None:
    ina, alice = account("ina", "Instructor"), factories.user()
    client.force_login(ina)
    assert client.get("/admin/").status_code == 200
    settings.STAFF_MFA_REQUIRED = True
    for address in ("/admin/", "/admin/people/", "/admin/questions/question/", "/admin/statistics/questions.csv"):
        for answer in (client.get(address), client.post(address)):
            assert answer["Location"] == reverse("mfa_index")
    page = client.get("/admin/", follow=True)
    assert "Accounts with a role need a second factor on this server." in page.text
    set_up_app(client)
    assert client.get("/admin/").status_code == 200
    client.force_login(alice)
    assert client.get(reverse("account")).status_code == 200
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_browser_that_signed_in_by_the_password_alone_stays_out_when_the_factor_is_set_up_elsewhere(
    client: Client, settings: Any
) -> None:
    """Somebody who knows the password of staff must not wait for them to set up their factor."""
    settings.STAFF_MFA_REQUIRED = True
    thief = Client()
    account("ina", "Instructor")
    log_in(thief, "ina")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client, "ina")
        set_up_app(client)
        assert client.get("/admin/").status_code == 200
        asked = thief.get("/admin/")
        assert asked["Location"] == f"{reverse('account_reauthenticate')}?next=/admin/"
        page = thief.get(asked["Location"])
        assert page["Location"] == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2F"
        thief.post(asked["Location"], {"password": PASSWORD})
        clock.shift(310)
        assert thief.get("/admin/").status_code == 302
        assert thief.post(page["Location"], {"code": "000000"}).status_code == 200
        clock.shift(310)
        assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("change", ["password", "deactivated"])
def test_a_sign_in_that_waits_for_its_code_ends_when_the_account_changes(client: Client, change: str) -> None:
    alice = factories.user()
    secret = protect(alice)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        log_in(client)
        if change == "password":
            alice.set_password("another one 42")
        else:
            alice.is_active = False
        alice.save()
        assert enter_code(client, app_code(secret))["Location"] == reverse("account_login")
        alice.is_active = True
        alice.save()
    assert not is_signed_in(client)


def test_staff_without_a_second_factor_can_sign_out_of_the_admin(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True
    client.force_login(account("ina", "Instructor"))
    client.post("/admin/logout/")
    assert not is_signed_in(client)


def test_the_secrets_of_second_factors_have_no_page_in_the_admin(admin_client: Client) -> None:
    assert admin_client.get("/admin/mfa/authenticator/").status_code == 404


# --- Wrong codes of others ------------------------------------------------------------------------


def wrong_codes_of_somebody_who_knows_the_password(n: int = 6) -> None:
    mallory = Client(REMOTE_ADDR="198.51.100.1")
    log_in(mallory)
    assert "Wait five minutes" in [enter_code(mallory, f"00000{i % 10}") for i in range(n)][-1].text


@pytest.mark.slow
def test_wrong_codes_of_others_keep_the_owner_out_nowhere(client: Client) -> None:
    alice = factories.user()
    log_in(client)
    secret = set_up_app(client)
    elsewhere = Client(REMOTE_ADDR="192.0.2.1")
    log_in(elsewhere)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        wrong_codes_of_somebody_who_knows_the_password()
        assert enter_code(elsewhere, app_code(secret)).status_code == 302
        assert client.post(reverse("mfa_reauthenticate"), {"code": recovery_codes(alice)[0]}).status_code == 302


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # the set-up is remembered once it is committed
def test_codes_from_many_addresses_lock_an_account_after_fifty_but_no_browser_that_knows_it(client: Client) -> None:
    factories.user()
    log_in(client)
    secret = set_up_app(client)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        for n in range(10):
            guesser = Client(REMOTE_ADDR=f"198.51.100.{n}")
            log_in(guesser)
            for _ in range(5):
                enter_code(guesser, "000000")
        stranger = Client(REMOTE_ADDR="192.0.2.1")
        log_in(stranger)
        assert "Too many failed attempts." in enter_code(stranger, app_code(secret)).text
        client.post(reverse("account_logout"))
        log_in(client)
        assert enter_code(client, app_code(secret)).status_code == 302


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # the set-up is remembered once it is committed
def test_neither_many_sessions_nor_many_cookies_from_before_the_factor_guess_codes_without_end(client: Client) -> None:
    """Who knew the password then has as many of both as he wants; only the second factor tells the owner from him."""
    factories.user()
    old = [Client(REMOTE_ADDR=f"198.51.100.{n}") for n in range(11)]
    for browser in (client, *old):
        log_in(browser)
    secret = set_up_app(client)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        for browser in old[:5]:
            for _ in range(5):
                browser.post(reverse("mfa_reauthenticate"), {"code": "000000"})
        for browser in old[5:10]:
            browser.post(reverse("account_logout"))
            log_in(browser)
            for _ in range(5):
                enter_code(browser, "000000")
        refused = old[10].post(reverse("mfa_reauthenticate"), {"code": app_code(secret)})
        assert "Too many failed attempts." in refused.text
        old[10].post(reverse("account_logout"))
        log_in(old[10])
        assert "Too many failed attempts." in enter_code(old[10], app_code(secret)).text
        confirmed = client.post(reverse("mfa_reauthenticate"), {"code": app_code(secret)})
        assert confirmed.status_code == 302
        clock.shift(90)
        client.post(reverse("account_logout"))
        log_in(client)
        assert enter_code(client, app_code(secret)).status_code == 302


@pytest.mark.slow
def test_a_browser_knows_the_account_for_codes_once_one_was_accepted_there(client: Client) -> None:
    secret = protect(factories.user())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        log_in(client)
        assert enter_code(client, app_code(secret)).status_code == 302
        client.post(reverse("account_logout"))
        for n in range(10):
            guesser = Client(REMOTE_ADDR=f"198.51.100.{n}")
            log_in(guesser)
            for _ in range(5):
                enter_code(guesser, "000000")
        clock.shift(90)
        log_in(client)
        assert enter_code(client, app_code(secret)).status_code == 302


@pytest.mark.slow
def test_no_code_is_looked_at_or_counted_for_a_sign_in_with_an_earlier_password(client: Client) -> None:
    alice = factories.user()
    secret = protect(alice)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(90)
        log_in(client)
        alice.set_password("another one 42")
        alice.save()
        for n in range(6):
            assert enter_code(client, f"00000{n}")["Location"] == reverse("account_login")
            log_in(client)
        log_in(client, password="another one 42")
        assert enter_code(client, app_code(secret)).status_code == 302


def test_a_signed_in_owner_confirms_in_a_browser_that_knows_the_account_whatever_others_type(client: Client) -> None:
    factories.user()
    log_in(client)
    for n in range(6):
        log_in(Client(), password=f"wrong {n}")
    assert "Wait five minutes" in log_in(Client()).text
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    assert client.post(reverse("sign_out_everywhere"), {"password": PASSWORD}).status_code == 302
    passwords = {"oldpassword": PASSWORD, "password1": "another one 42", "password2": "another one 42"}
    assert client.post(reverse("account_change_password"), passwords).status_code == 302
    assert client.post(reverse("delete_data"), {"password": "another one 42"}).status_code == 303
