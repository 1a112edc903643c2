"""Test the page of one person: names, address, role, extra time, and the buttons of the list."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.models import Candidate
from questions.models import User
from tests import factories
from tests.authoring import account
from tests.html_forms import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def adam(client: Client) -> User:
    """Return an administrator who is signed in, and who is not a superuser."""
    adam = account("adam", "Administrator")
    client.force_login(adam)
    return adam


def address(user: User) -> str:
    return reverse("admin:person", args=[user.pk])


def saved(user: User, **changed: str) -> dict[str, str]:
    values = {"save": "1", "display_name": user.display_name, "username": user.username, "email": user.email}
    return values | {"role": "", "extra_percent": "0", "extra_minutes": "0"} | changed


def test_names_address_role_and_extra_time_are_saved_at_once(client: Client, adam: User) -> None:
    ana = factories.user("ana")
    assert "Role of" not in client.get(address(ana)).text
    assert not Candidate.objects.filter(user=ana).exists(), "a GET writes nothing"
    values = saved(ana, display_name="Ana Silva", email="ana@example.org", role="Author", extra_minutes="20")
    page = client.post(address(ana), values, follow=True)
    assert "Ana Silva was saved." in text(page)
    ana.refresh_from_db()
    assert (str(ana), ana.email, ana.is_staff) == ("Ana Silva", "ana@example.org", True)
    assert ana.groups.get().name == "Author"
    assert EmailAddress.objects.get(user=ana).primary
    assert Candidate.objects.get(user=ana).extra_minutes == 20
    assert {entry.change_message for entry in LogEntry.objects.filter(user=adam)} == {
        "Extra time set to 0% and 20 minutes.", "Changed: Name shown to others, E-mail address, Role.",
    }  # fmt: skip


def test_a_fault_is_shown_at_its_field_and_nothing_is_saved(client: Client, adam: User) -> None:
    ana, bo = factories.user("ana"), factories.user("bo")
    for changed, sentence in (
        ({"username": "BO"}, "This name is taken."),
        ({"email": "nowhere"}, "Enter a valid email address."),
        ({"extra_percent": "900"}, "Correct the extra time."),
        ({"role": "Emperor"}, "Select a valid choice."),
    ):
        page = client.post(address(ana), saved(ana, **{"display_name": "Other"} | changed))
        assert page.status_code == 422, changed
        assert sentence in text(page)
    ana.refresh_from_db()
    assert (ana.username, ana.display_name, ana.is_staff) == ("ana", "", False)
    assert not Candidate.objects.filter(user=ana).exists()
    assert bo.username == "bo"


def test_nobody_takes_over_an_account_with_a_role_nor_raises_the_own(client: Client, adam: User) -> None:
    ina, boss = account("ina", "Instructor"), factories.user("boss", is_staff=True, is_superuser=True)
    client.post(address(ina), saved(ina, username="other", email="adam@example.org", role="Instructor"))
    ina.refresh_from_db()
    assert (ina.username, ina.email) == ("ina", ""), "a link for a new password would be sent there"
    assert 'name="role"' not in client.get(address(adam)).text
    page = client.post(address(boss), saved(boss, display_name="Nobody"))
    assert "Only a superuser can change this account." in text(page)
    boss.refresh_from_db()
    assert boss.display_name == ""
    assert "single permissions" not in page.text


def test_the_buttons_of_the_list_are_here_too(client: Client, adam: User) -> None:
    ana = factories.user("ana")
    assert "/accounts/link/" in client.post(address(ana), {"link": str(ana.pk)}).text
    assert "ana is deactivated" in text(client.post(address(ana), {"off": str(ana.pk)}, follow=True))
    ana.refresh_from_db()
    assert not ana.is_active
    assert "ana is active." in text(client.post(address(ana), {"on": str(ana.pk)}, follow=True))


def test_only_who_manages_accounts_sees_a_person(client: Client, adam: User) -> None:
    ana = factories.user("ana")
    for other in (account("rita", "Reviewer"), account("ina", "Instructor")):
        client.force_login(other)
        assert client.get(address(ana)).status_code == 403
    assert Client().get(address(ana)).status_code == 302
    client.force_login(adam)
    assert client.get(reverse("admin:person", args=[99999])).status_code == 404


def test_the_number_of_queries_does_not_depend_on_what_the_account_was_used_for(
    client: Client, adam: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ana = factories.user("ana")
    factories.small_blueprint(exams=2)
    for _again in range(2):
        client.get(address(ana))
        candidate = factories.candidate(ana)
        with django_assert_num_queries(17):
            page = client.get(address(ana))
        attempt = factories.attempt(candidate)
        factories.ending.finish(attempt, factories.NOW)
    assert "Exams and practice" in text(page)
