"""Test who is staff, and that a used account is closed to whoever used it before when it becomes staff."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.people import accounts
from questions.models import User
from tests import factories
from tests.accounts import first_question, is_signed_in, log_in, sign_in_path
from tests.authoring import account
from tests.factories import PASSWORD
from tests.html_forms import form_values
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
ROOT = Path(__file__).resolve().parents[4]
KNOWN = "a password of adam 7"


def by_people_page(browser: Client, user: User) -> None:
    page = browser.post("/admin/people/", {f"role-{user.pk}": "Reviewer"}, follow=True)
    assert f"{user} was used before it had a role." in page.text


def by_page_of_account(browser: Client, user: User) -> None:
    address = reverse("admin:questions_user_change", args=[user.pk])
    reviewer = Group.objects.get(name="Reviewer")
    values = form_values(browser.get(address), "user_form") | {"groups": [str(reviewer.pk)]}
    assert f"{user} was used before it had a role." in browser.post(address, values, follow=True).text


def by_group(browser: Client, user: User) -> None:
    Group.objects.get(name="Reviewer").user_set.add(user)


def by_permission(browser: Client, user: User) -> None:
    user.user_permissions.add(Permission.objects.get(codename="approve_question"))


def by_shell(browser: Client, user: User) -> None:
    user.is_superuser = user.is_staff = True
    user.save()
    user.save()  # what the first call has ended stays ended


ROLES = pytest.mark.parametrize("give", [by_people_page, by_page_of_account, by_group, by_permission, by_shell])


def root() -> User:
    return User(is_superuser=True)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def set_password(browser: Client, link: str) -> None:
    browser.post(link)
    browser.post(reverse("new_password"), {"password1": KNOWN, "password2": KNOWN})


@pytest.fixture
def adam(client: Client) -> Client:
    """Return the browser of an administrator who is not a superuser."""
    client.force_login(account("adam", "Administrator"))
    return client


@pytest.mark.slow
@ROLES
def test_an_administrator_who_opened_an_account_is_out_when_it_gets_a_role(
    adam: Client, give: Callable[[Client, User], None], settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    rob, inside = factories.user("rob"), Client()
    address = reverse("admin:questions_user_change", args=[rob.pk])
    adam.post(address, form_values(adam.get(address), "user_form") | {"email": "adam@example.org"})
    set_password(inside, sign_in_path(rob))
    Guest.start(inside, factories.small_blueprint())
    Authenticator.objects.create(user=rob, type=Authenticator.Type.TOTP, data={"secret": "x"})
    link = sign_in_path(fresh(rob))
    give(adam, fresh(rob))
    assert inside.get(first_question(Attempt.objects.get())).status_code == 401
    assert inside.get("/admin/").status_code == 302
    assert inside.get(reverse("account"))["Location"] == reverse("account_login")
    assert Client().post(link).status_code == 410
    assert "The name or the password is wrong." in log_in(Client(), "rob", KNOWN).text
    assert not Authenticator.objects.exists()
    Client().post(reverse("account_reset_password"), {"email": "adam@example.org"})
    assert not [word for message in mail.outbox for word in message.body.split() if "/reset/key/" in word]
    page = adam.post("/admin/people/", {"link": rob.pk}, follow=True).text
    assert "/accounts/link/" not in page


@pytest.mark.slow
def test_a_superusers_link_opens_it_again(adam: Client, admin_client: Client) -> None:
    rob = factories.user("rob")
    log_in(Client(), "rob")
    by_group(adam, rob)
    page = admin_client.post("/admin/people/", {"link": rob.pk}).text
    (link,) = re.findall(r'value="http://testserver(/accounts/link/[^"]+)"', page)
    browser = Client()
    set_password(browser, link)
    assert browser.get("/admin/").status_code == 200
    assert log_in(Client(), "rob", KNOWN).status_code == 302


def test_a_second_role_and_the_end_of_a_role_close_nothing() -> None:
    rob, browser = account("rob", "Author"), Client()
    log_in(browser, "rob")
    rob.groups.set([Group.objects.get(name="Reviewer")])
    assert browser.get("/admin/").status_code == 200
    rob.groups.clear()
    assert browser.get(reverse("account")).status_code == 200


@pytest.mark.slow
def test_an_account_that_nobody_has_used_gets_a_role_and_keeps_its_link(adam: Client) -> None:
    (zoe,) = accounts.create([accounts.NewAccount("Zoë", "zoe", role="Reviewer")], by=root())
    assert (zoe.is_staff, zoe.had_role) == (True, True)
    link = sign_in_path(zoe)
    assert adam.post("/admin/people/", {f"role-{zoe.pk}": "Author"}, follow=True).text.count("was used before") == 0
    assert Client().post(link).status_code == 410, "the rights have changed"
    assert Client().post(sign_in_path(fresh(zoe)))["Location"] == reverse("new_password")


def test_a_superuser_of_the_command_line_keeps_the_password() -> None:
    root = User.objects.create_superuser("root1", password=PASSWORD)
    assert (root.had_role, fresh(root).had_role, fresh(root).check_password(PASSWORD)) == (True, True, True)


@pytest.mark.slow
def test_a_link_into_a_used_account_of_staff_ends_the_password_and_the_sessions_of_others() -> None:
    """An administrator opened it before the person it is for."""
    (zoe,) = accounts.create([accounts.NewAccount("Zoë", "zoe", role="Reviewer")], by=root())
    adam, person = Client(), Client()
    set_password(adam, sign_in_path(zoe))
    assert adam.get("/admin/").status_code == 200
    link = sign_in_path(fresh(zoe))
    assert "It ends the password and all other sign-ins of this account" in person.get(link).text
    person.post(link)
    assert person.get("/admin/").status_code == 200
    assert adam.get("/admin/").status_code == 302
    assert "The name or the password is wrong." in log_in(Client(), "zoe", KNOWN).text


def test_a_link_into_an_account_of_a_candidate_ends_nothing() -> None:
    alice, browser = factories.user(), Client()
    log_in(browser)
    link = sign_in_path(fresh(alice))
    assert "It ends the password" not in Client().get(link).text
    Client().post(link)
    assert browser.get(reverse("account")).status_code == 200
    assert log_in(Client()).status_code == 302


@pytest.mark.parametrize("used", [True, False])
def test_no_mail_opens_an_account_of_staff_whose_address_an_administrator_typed(
    adam: Client, settings: Any, used: bool
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    (zoe,) = accounts.create([accounts.NewAccount("Zoë", "zoe", "adam@example.org", "Reviewer")], by=root())
    if used:
        set_password(Client(), sign_in_path(zoe))
        address = reverse("admin:questions_user_change", args=[zoe.pk])
        adam.post(address, form_values(adam.get(address), "user_form") | {"email": "other@example.org"})
    Client().post(reverse("account_reset_password"), {"email": "adam@example.org"})
    (message,) = mail.outbox
    assert "/password/reset/key/" not in message.body
    assert "No mail opens the account zoe: it has or had a role." in message.body
    assert "Ask a superuser of the server for a sign-in link." in message.body


def test_a_mailed_link_ends_when_the_account_is_named_as_staff(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    alice = factories.user(email="alice@example.org")
    Client().post(reverse("account_reset_password"), {"email": "alice@example.org"})
    (link,) = [word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word]
    factories.sitting(owner=alice)
    assert "This link is no longer valid" in Client().get(urlsplit(link).path, follow=True).text


@pytest.mark.slow
def test_an_address_that_an_administrator_replaces_receives_no_link_any_more(adam: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    (alice,) = accounts.create([accounts.NewAccount("Alice", "alice", "old@example.org")], by=root())
    address = reverse("admin:questions_user_change", args=[alice.pk])
    adam.post(address, form_values(adam.get(address), "user_form") | {"email": "new@example.org"})
    for email in ("old@example.org", "new@example.org"):
        Client().post(reverse("account_reset_password"), {"email": email})
    assert ["/reset/key/" in message.body for message in mail.outbox] == [False, True]


def test_had_role_is_written_in_one_module() -> None:
    writes = re.compile(r"(?<!Q\()had_role\s*=[^=]")  # a condition in Q() reads it
    modules = [path for app in ("questions", "exams", "mlsprep") for path in (ROOT / app).rglob("*.py")]
    found = [
        str(path.relative_to(ROOT))
        for path in modules
        if path.parent.name != "migrations" and writes.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["questions/models/user.py", "exams/services/people/staff_status.py"]


def test_a_session_of_a_candidate_goes_on_when_somebody_else_gets_a_role(open_attempt: Attempt) -> None:
    browser = Client()
    factories.user()
    log_in(browser)
    by_group(browser, factories.user("rob"))
    Guest.start(browser, factories.small_blueprint(code="TST-C02"))
    assert is_signed_in(browser, Attempt.objects.get(blueprint_code="TST-C02"))
