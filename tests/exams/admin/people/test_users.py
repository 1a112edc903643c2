"""Test the admin of users: sign-in links, and access to the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from exams.roles import INSTRUCTOR
from questions.models import User
from tests import factories
from tests.accounts import log_in, sign_in_path
from tests.authoring import PASSWORD, account
from tests.html_forms import form_values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def make_links(browser: Client, *users: User) -> str:
    data = {"action": "make_sign_in_link", "_selected_action": [user.pk for user in users]}
    return browser.post(reverse("admin:questions_user_changelist"), data, follow=True).text


def test_staff_make_links_for_candidates_and_only_administrators_for_staff(client: Client) -> None:
    root, helper, alice = (
        factories.user("root1", is_staff=True, is_superuser=True),
        factories.user("helper", is_staff=True),
        factories.user(),
    )
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(helper)
    page = make_links(client, alice, root)
    assert page.count("/accounts/link/") == 1
    assert (
        "Only a superuser can create a link for root1, because this account has or had a role, or acted as staff."
        in page
    )
    client.force_login(root)
    assert make_links(client, alice, helper, root).count("/accounts/link/") == 3


@pytest.mark.slow
def test_only_superusers_get_into_accounts_with_a_role(client: Client, admin_client: Client) -> None:
    adam, ina, alice = account("adam", "Administrator"), account("ina", "Instructor"), factories.user()
    client.force_login(adam)
    assert "/accounts/link/" not in make_links(client, ina)

    def password_page(user: User) -> str:
        return reverse("admin:auth_user_password_change", args=[user.pk])

    new = {"usable_password": "true", "password1": "a new long secret 7", "password2": "a new long secret 7"}
    page = reverse("admin:questions_user_change", args=[ina.pk])
    assert client.post(password_page(ina), new).status_code == 403
    values = form_values(client.get(page), "user_form")
    assert client.post(page, values | {"email": "adam@example.org", "display_name": "Ina"}).status_code == 302
    ina.refresh_from_db()
    assert (ina.check_password(PASSWORD), ina.email, ina.display_name) == (True, "", "Ina")
    assert "../password/" not in client.get(page).text
    assert client.post(password_page(alice), new).status_code == 302, "accounts without a role"
    assert admin_client.post(password_page(ina), new).status_code == 302


@pytest.mark.slow
def test_an_account_is_not_opened_by_taking_its_role_for_a_while(client: Client) -> None:
    adam, ina = account("adam", "Administrator"), account("ina", "Reviewer")
    client.force_login(adam)
    client.post("/admin/people/", {f"role-{ina.pk}": ""})
    ina.refresh_from_db()
    assert not ina.is_staff
    assert "/accounts/link/" not in make_links(client, ina)
    assert "/accounts/link/" not in client.post("/admin/people/", {"link": ina.pk}, follow=True).text
    page = reverse("admin:questions_user_change", args=[ina.pk])
    values = form_values(client.get(page), "user_form")
    client.post(page, values | {"email": "adam@example.org", "username": "adam2"})
    ina.refresh_from_db()
    assert (ina.username, ina.email) == ("ina", "")
    new = {"usable_password": "true", "password1": "a new long secret 7", "password2": "a new long secret 7"}
    assert client.post(reverse("admin:auth_user_password_change", args=[ina.pk]), new).status_code == 403


@pytest.mark.slow
def test_an_administrator_gives_neither_the_own_nor_another_account_a_stronger_group(client: Client) -> None:
    adam, puppet = account("adam", "Administrator"), factories.user("puppet")
    strong = Group.objects.create(name="Strong")
    strong.permissions.set(Permission.objects.filter(codename="change_group"))
    client.force_login(adam)
    for user in (adam, puppet):
        page = reverse("admin:questions_user_change", args=[user.pk])
        values = form_values(client.get(page), "user_form")
        client.post(page, values | {"groups": [str(strong.pk)]})
        assert strong not in user.groups.all()
    assert "Strong may do more than you may." in client.post(page, values | {"groups": [str(strong.pk)]}).text
    author = Group.objects.get(name="Author")
    assert client.post(page, values | {"groups": [str(author.pk)]}).status_code == 302
    assert author in puppet.groups.all()


def test_each_sign_in_link_is_recorded(client: Client) -> None:
    adam, alice = account("adam", "Administrator"), factories.user()
    client.force_login(adam)
    make_links(client, alice)
    client.post("/admin/people/", {"link": alice.pk})
    rows = LogEntry.objects.filter(user=adam, object_id=alice.pk)
    assert [row.change_message for row in rows] == ["Created a sign-in link."] * 2


def test_the_admin_is_for_staff_and_has_one_sign_in_page(client: Client) -> None:
    response = client.get(reverse("admin:index"), follow=True)
    assert response.request["PATH_INFO"] == reverse("account_login")
    factories.user()
    log_in(client)
    response = client.get(reverse("admin:index"), follow=True)
    assert response.status_code == 403
    assert "The question bank is for accounts with a role, such as Author or Reviewer." in response.text


def test_a_role_given_on_the_page_of_an_account_opens_the_admin(admin_client: Client) -> None:
    ada, client = User.objects.create_user("ada"), Client()
    address = reverse("admin:questions_user_change", args=[ada.pk])
    values = form_values(admin_client.get(address), "user_form")
    author = Group.objects.get(name="Author")
    assert admin_client.post(address, values | {"groups": [str(author.pk)]}).status_code == 302
    assert client.post(sign_in_path(User.objects.get(pk=ada.pk))).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200
    assert admin_client.post(address, values | {"groups": []}).status_code == 302
    assert "Your account has none." in client.get(reverse("admin:index"), follow=True).text


def test_an_account_that_is_no_longer_a_superuser_and_has_no_role_leaves_the_admin(admin_client: Client) -> None:
    boss = User.objects.create_superuser("boss")
    address = reverse("admin:questions_user_change", args=[boss.pk])
    values = form_values(admin_client.get(address), "user_form")
    del values["is_superuser"]
    assert admin_client.post(address, values).status_code == 302
    boss.refresh_from_db()
    assert (boss.is_superuser, boss.is_staff) == (False, False)


def test_instructors_write_questions_rule_on_keys_and_run_classes_only() -> None:
    ruth = factories.user("ruth", is_staff=True)
    ruth.groups.add(Group.objects.get(name=INSTRUCTOR))
    assert ruth.has_perms(["questions.view_question", "questions.add_question", "questions.change_question"])
    assert not ruth.has_perm("questions.delete_question")
    other_users = {
        permission for permission in ruth.get_all_permissions() if permission.startswith(("exams.", "auth."))
    }
    rulings = {"exams.view_keyruling", "exams.add_keyruling", "exams.change_keyruling"}
    rosters = {"exams.view_roster", "exams.add_roster", "exams.change_roster"}
    sittings = {"exams.view_sitting", "exams.add_sitting", "exams.change_sitting"}
    assert other_users == rulings | rosters | sittings


@pytest.mark.slow
def test_only_a_superuser_deletes_an_account_that_acted_as_staff(client: Client, admin_client: Client) -> None:
    """Its name, with the role, could go to an account of whoever deletes it: a reviewer of the own questions."""
    rob, ben = account("rob", "Reviewer"), factories.user("ben")
    client.force_login(account("adam", "Administrator"))
    for row in (rob, ben):
        address, listed = (
            reverse("admin:questions_user_delete", args=[row.pk]),
            reverse("admin:questions_user_changelist"),
        )
        client.post(address, {"post": "yes"})
        client.post(listed, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert set(User.objects.filter(username__in=["rob", "ben"])) == {rob}
    admin_client.post(reverse("admin:questions_user_delete", args=[rob.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=rob.pk).exists()
