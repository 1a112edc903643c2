"""Test the people page: accounts from a list, roles, sign-in links, and deactivation."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from questions.models import User
from tests import factories
from tests.authoring import account
from tests.html_forms import collapsed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
PAGE, ADD = "/admin/people/", "/admin/people/add/"


@pytest.fixture
def adam(client: Client) -> User:
    """Return an administrator who is signed in, and who is not a superuser."""
    adam = account("adam", "Administrator")
    client.force_login(adam)
    return adam


def create(client: Client, *lines: str) -> Any:
    return client.post(ADD, {"people": "\n".join(lines)})


def test_a_list_makes_accounts_with_roles_and_links(client: Client, adam: User) -> None:
    page = create(
        client, "name; e-mail; role", "Ana Silva; ana@example.org; Instructor", "", "Zoë Ó Briain;;reviewer", "bo"
    )
    assert page.status_code == 200
    assert "3 accounts were created." in page.text
    ana, zoe, bo = User.objects.exclude(pk=adam.pk).order_by("pk")
    assert (ana.username, str(ana), ana.email, ana.is_staff) == ("ana.silva", "Ana Silva", "ana@example.org", True)
    assert [group.name for group in ana.groups.all()] == ["Instructor"]
    assert EmailAddress.objects.get(user=ana).primary
    assert (zoe.username, [group.name for group in zoe.groups.all()]) == ("zoe.o.briain", ["Reviewer"])
    assert (bo.username, bo.display_name, bo.is_staff, bo.has_usable_password()) == ("bo", "", False, False)
    assert LogEntry.objects.filter(user=adam).count() == 3
    links = re.findall(r'value="(http://testserver/accounts/link/[^"]+)"', page.text)
    assert len(links) == 3
    browser = Client()
    assert browser.post(links[0]).status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert Client().post(links[0]).status_code == 410, "once"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["Ana Silva", "ana silva"], "Line 2: ana silva is on line 1 too."),
        (["Ana, not-an-address@"], "Line 1: &#x27;not-an-address@&#x27; is not an e-mail address."),
        (["Ana, a@example.org, Teacher"], "Line 1: &#x27;Teacher&#x27; is not a role. Use one of Author, Reviewer,"),
        (["adam"], "Line 1: adam has an account already."),
        ([" , a@example.org"], "Line 1 has no name."),
        (["Ana", "\u3164, a@example.org"], "Line 2 has no name."),
        (["!!!"], "Line 1: no user name can be made of &#x27;!!!&#x27;."),
    ],
)
def test_a_faulty_list_creates_nobody(client: Client, adam: User, lines: list[str], sentence: str) -> None:
    page = create(client, "Good Person, good@example.org", "", *lines)
    assert page.status_code == 422
    number = re.sub(r"\d", lambda match: str(int(match[0]) + 2), sentence.split(":")[0])
    for part in sentence.split(":", 1)[1:]:
        assert re.sub(r"line \d", "line", part) in re.sub(r"line \d", "line", page.text)
    assert number.split(" has")[0] in page.text
    assert User.objects.count() == 1
    assert "Good Person" in page.text, "the list is kept"


def test_a_list_that_is_sent_twice_creates_nobody_twice(client: Client, adam: User) -> None:
    create(client, "Ana Silva", "Ben Okoro, ben@example.org")
    page = create(client, "Ana Silva", "Ben Okoro, ben@example.org")
    assert "Line 1: Ana Silva has an account already." in page.text
    assert User.objects.count() == 3


def test_two_people_whose_user_names_would_agree_get_different_ones(client: Client, adam: User) -> None:
    create(client, "Ana Silva", "Ana-Silva", "Aná Silva")
    names = list(User.objects.exclude(pk=adam.pk).order_by("pk").values_list("username", flat=True))
    assert names == ["ana.silva", "ana-silva", "ana.silva2"]


@pytest.mark.slow
def test_roles_are_a_column_that_can_be_changed(client: Client, adam: User) -> None:
    ina = account("ina", "Author")
    page = client.post(PAGE, {f"role-{ina.pk}": "Instructor", f"role-{adam.pk}": ""}, follow=True)
    assert "The role of 1 account was changed." in page.text
    assert [group.name for group in ina.groups.all()] == ["Instructor"]
    assert adam.groups.exists()
    assert "ina" in client.get(f"{PAGE}?role=Instructor").text
    assert 'name="role-' not in client.get(f"{PAGE}?role=Author").text
    client.post(PAGE, {f"role-{ina.pk}": ""})
    ina.refresh_from_db()
    assert not ina.is_staff


def test_a_deactivated_account_is_signed_out_and_can_come_back(client: Client, adam: User) -> None:
    alice, browser = factories.user("alice"), Client()
    browser.force_login(alice)
    page = client.post(PAGE, {"off": alice.pk}, follow=True)
    assert "alice is deactivated and can no longer sign in." in page.text
    assert browser.get(reverse("account")).status_code == 302
    assert f'name="link" value="{alice.pk}"' not in page.text
    client.post(PAGE, {"on": alice.pk})
    alice.refresh_from_db()
    assert alice.is_active


@pytest.mark.slow
def test_administrators_get_into_no_used_account_with_a_role_and_change_no_superuser(
    client: Client, adam: User
) -> None:
    root = factories.user("root1", is_staff=True, is_superuser=True)
    ina = account("ina", "Instructor")
    Client().force_login(ina)
    page = client.get(PAGE).text
    for person in (root, ina):
        assert f'name="link" value="{person.pk}"' not in page
        answer = client.post(PAGE, {"link": person.pk}, follow=True)
        assert "/accounts/link/" not in answer.text
        assert "Only a superuser can create a link" in answer.text
    assert "Only a superuser can change root1." in client.post(PAGE, {"off": root.pk}, follow=True).text
    assert "This is your own account." in client.post(PAGE, {"off": adam.pk}, follow=True).text
    assert User.objects.filter(is_active=True).count() == 3


def test_links_for_all_who_have_never_signed_in(client: Client, adam: User) -> None:
    create(client, "Ana Silva", "Ben Okoro, , Reviewer", "Cleo")
    Client().force_login(User.objects.get(username="cleo"))
    page = client.post(PAGE, {"links": "new"}).text
    assert len(re.findall(r'value="http://testserver/accounts/link/', page)) == 2
    assert "cleo" not in page


def test_the_page_says_how_a_lone_instructor_goes_on(client: Client, adam: User, settings: Any) -> None:
    assert "or set SELF_APPROVAL=on for this server" in collapsed(client.get(PAGE))
    settings.SELF_APPROVAL = True
    assert "SELF_APPROVAL is on" in collapsed(client.get(ADD))


@pytest.mark.parametrize("count", [1, 8])
def test_the_number_of_queries_does_not_depend_on_the_people(
    client: Client, adam: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    create(client, *(f"Person {n}, , Author" for n in range(count)))
    with django_assert_num_queries(13):
        client.get(PAGE)


def test_roles_can_be_saved_only_where_there_is_one_to_change(client: Client, adam: User) -> None:
    assert "Save roles" not in client.get(PAGE).text, "one's own role is not among them"
    create(client, "bo")
    assert "Save roles" in client.get(PAGE).text
