"""Test the roles and the permissions of each."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from exams.roles import ACTIONS, ROLES, permissions_of
from questions.models import User
from questions.services.authorship import APPROVE
from tests.authoring import account

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("group", "rules", "answers"),
    [("Author", False, True), ("Reviewer", True, True), ("Instructor", True, True), ("Administrator", True, True)],
)
def test_roles_that_approve_wordings_can_rule_on_keys(group: str, rules: bool, answers: bool) -> None:
    user = account("sam", group)
    assert user.has_perms(["exams.change_keyruling", APPROVE]) == rules
    assert user.has_perm("exams.view_keyruling") == rules
    assert user.has_perm("questions.change_questionreport") == answers


@pytest.mark.django_db
def test_no_role_deletes_anything_but_accounts() -> None:
    for group in Group.objects.filter(name__in=ROLES):
        deletes = set(group.permissions.filter(codename__startswith="delete_").values_list("codename", flat=True))
        assert deletes <= {"delete_user"}


@pytest.mark.django_db
def test_each_group_has_exactly_the_permissions_of_its_role() -> None:
    for role in ROLES:
        rows = Permission.objects.filter(group__name=role).select_related("content_type")
        assert {f"{row.content_type.app_label}.{row.codename}" for row in rows} == permissions_of(role), role


@pytest.mark.django_db
def test_migrate_removes_permissions_added_to_a_role_by_hand() -> None:
    group = Group.objects.get(name="Author")
    group.permissions.add(Permission.objects.get(codename="delete_question"))
    call_command("migrate", verbosity=0)
    assert not group.permissions.filter(codename="delete_question").exists()


@pytest.mark.django_db
def test_staff_status_follows_the_roles_from_both_sides_of_the_relation() -> None:
    ada, rob = User.objects.create_user("ada"), User.objects.create_user("rob")
    authors, reviewers = Group.objects.get(name="Author"), Group.objects.get(name="Reviewer")
    ada.groups.add(authors, reviewers)
    authors.user_set.add(rob)
    assert staff() == {"ada", "rob"}
    ada.groups.remove(reviewers)
    assert staff() == {"ada", "rob"}, "one role is left"
    ada.groups.remove(authors)
    authors.user_set.clear()
    assert staff() == set()


@pytest.mark.django_db
def test_a_superuser_enters_the_admin_without_a_role() -> None:
    ines = User.objects.create_superuser("ines")
    ines.groups.add(Group.objects.get(name="Author"))
    ines.groups.clear()
    assert staff() == {"ines"}


@pytest.mark.django_db
def test_the_page_of_an_account_explains_that_staff_status_follows_the_roles(admin_client: Client) -> None:
    ada = User.objects.create_user("ada")
    page = admin_client.get(f"/admin/questions/user/{ada.pk}/change/").text
    assert "Staff status depends on the roles" in page
    assert 'name="is_staff"' not in page


def staff() -> set[str]:
    return set(User.objects.filter(is_staff=True).values_list("username", flat=True))


def as_markdown() -> str:
    """Return the table of docs/permissions.md: a row an action, a column a role."""
    head = ["Action", *ROLES]
    lines = [head, ["---"] + [":-:"] * len(ROLES)]
    lines += [[action, *("yes" if action in actions else "" for actions in ROLES.values())] for action in ACTIONS]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def test_the_documented_permissions_equal_those_of_the_roles() -> None:
    document = (ROOT / "docs" / "permissions.md").read_text()
    assert as_markdown() in document, f"docs/permissions.md: the table should be\n\n{as_markdown()}"
    assert set(ACTIONS) == {action for actions in ROLES.values() for action in actions}
