"""Test the pages of roles: who holds a role, what it may do in words, and roles made of actions."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams import roles
from questions.models import User
from tests.authoring import account
from tests.html_forms import form_values, text

pytestmark = pytest.mark.django_db


def page_of(name: str) -> str:
    return reverse("admin:auth_group_change", args=[Group.objects.get(name=name).pk])


def test_a_role_shows_its_actions_in_words_and_links_those_who_hold_it(client: Client) -> None:
    client.force_login(account("adam", "Administrator"))
    ada = account("ada", "Author")
    page = client.get(page_of("Author"))
    assert "Write, import and submit questions" in text(page)
    assert "Rule on disputed keys" not in text(page)
    assert "Can add question" not in text(page)
    assert f'<a href="{reverse("admin:person", args=[ada.pk])}">ada</a>' in page.text
    assert "Each upgrade sets this role again" in text(page)


def test_a_shipped_role_cannot_be_changed_or_deleted_even_by_superusers(admin_client: Client) -> None:
    page = admin_client.get(page_of("Reviewer"))
    assert 'name="name"' not in page.text
    assert admin_client.post(page_of("Reviewer"), {"name": "Judge"}).status_code == 403
    delete = reverse("admin:auth_group_delete", args=[Group.objects.get(name="Reviewer").pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_a_superuser_makes_a_role_of_actions_and_changes_it(admin_client: Client) -> None:
    values = {"name": "Proctor", "may_do": [roles.READ_ATTEMPTS, roles.GRANT_TIME]}
    assert admin_client.post(reverse("admin:auth_group_add"), values).status_code == 302
    proctor = Group.objects.get(name="Proctor")
    assert roles.actions_of(proctor) == [roles.READ_ATTEMPTS, roles.GRANT_TIME]
    form = form_values(admin_client.get(page_of("Proctor")), "group_form")
    assert form["may_do"] == [roles.READ_ATTEMPTS, roles.GRANT_TIME]
    assert admin_client.post(page_of("Proctor"), form | {"may_do": [roles.READ_ATTEMPTS]}).status_code == 302
    assert roles.actions_of(proctor) == [roles.READ_ATTEMPTS]
    assert not proctor.permissions.filter(codename="change_attempt").exists()


def test_permissions_that_belong_to_no_action_are_named_and_kept(admin_client: Client) -> None:
    own = Group.objects.create(name="Cleaner")
    own.permissions.add(Permission.objects.get(codename="delete_history"))
    form = form_values(admin_client.get(page_of("Cleaner")), "group_form")
    admin_client.post(page_of("Cleaner"), form | {"may_do": [roles.ANSWER_REPORTS]})
    assert "Can delete history" in text(admin_client.get(page_of("Cleaner")))
    assert own.permissions.filter(codename="delete_history").exists()
    assert roles.actions_of(own) == [roles.ANSWER_REPORTS]


def test_the_number_of_queries_does_not_depend_on_the_number_of_accounts(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    admin_client.get(page_of("Author"))  # reads the content types, which the process caches
    for n in (1, 3):
        for k in range(n):
            account(f"author-{n}-{k}", "Author")
        with django_assert_num_queries(9):
            admin_client.get(page_of("Author"))
    for n in range(2):
        with django_assert_num_queries(9):
            admin_client.get(reverse("admin:auth_group_changelist"))
        Group.objects.create(name=f"Own {n}").permissions.add(*Permission.objects.all()[:5])


def test_of_many_accounts_fifty_are_listed_and_the_rest_linked(admin_client: Client) -> None:
    author = Group.objects.get(name="Author")
    author.user_set.set(User.objects.bulk_create([User(username=f"a-{n}") for n in range(51)]))
    page = admin_client.get(page_of("Author"))
    assert page.text.count('/">a-') == 50
    assert f'<a href="/admin/questions/user/?groups__id__exact={author.pk}">All 51 accounts</a>' in page.text
