"""Test who may get into whose account."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from exams.models import Roster
from exams.services.people import accounts, person_data_files
from exams.sign_in import opened_by_mail
from questions.models import ImportBatch, User
from questions.services.errors import RefusedError
from tests import factories
from tests.authoring import account
from tests.factories import NOW
from tests.mlsprep.databases import connected_to, each_migration, separate_database

pytestmark = pytest.mark.django_db
BEFORE_ROLES_WERE_REMEMBERED = ("questions", "0014_columns_of_claims")


@pytest.fixture
def adam() -> User:
    """Return an administrator who is not a superuser."""
    return account("adam", "Administrator")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_an_account_that_had_a_role_stays_closed_to_administrators(adam: User) -> None:
    ina, alice = account("ina", "Instructor"), factories.user()
    accounts.set_role(ina, "", by=adam)
    assert not fresh(ina).is_staff
    assert not accounts.may_open(adam, fresh(ina))
    assert accounts.may_open(adam, alice)
    assert accounts.may_open(User.objects.create_superuser("root1"), fresh(ina))


def test_a_former_superuser_and_a_former_holder_of_a_permission_stay_closed(adam: User) -> None:
    boss = User.objects.create_superuser("boss")
    boss.is_superuser = boss.is_staff = False
    boss.save(update_fields=["is_superuser", "is_staff"])
    helper = factories.user("helper", last_login=NOW)
    helper.user_permissions.add(Permission.objects.get(codename="view_user"))
    helper.user_permissions.clear()
    boss.set_password("a long secret 7"), boss.save()
    assert accounts.openable(adam, [fresh(boss), fresh(helper)]) == set()


def test_an_account_that_is_named_as_owner_stays_closed_though_it_never_had_a_role(adam: User) -> None:
    owner, importer, alice = (factories.user(name) for name in ("owner", "importer", "alice"))
    Roster.objects.create(name="Spring", owner=owner)
    ImportBatch.objects.create(by=importer, at=NOW)
    factories.attempt(factories.candidate(alice))
    assert accounts.openable(adam, [owner, importer, alice]) == {alice.pk}


def test_a_candidate_with_a_file_of_own_data_is_no_staff_and_gets_links_by_mail(adam: User) -> None:
    alice = factories.user()
    person_data_files.store(alice, [factories.candidate(alice)], b"PK", NOW)
    assert accounts.may_open(adam, fresh(alice))
    assert opened_by_mail(fresh(alice))


def test_an_account_with_a_role_is_handed_over_before_its_first_sign_in(adam: User) -> None:
    (zoe,) = accounts.create([accounts.NewAccount("Zoë", "zoe", role="Reviewer")], by=adam)
    assert accounts.may_open(adam, fresh(zoe))
    User.objects.filter(pk=zoe.pk).update(last_login=NOW)
    assert not accounts.may_open(adam, fresh(zoe))


def test_nobody_gives_a_role_that_may_do_more_than_they_may(adam: User) -> None:
    helper, puppet = factories.user("helper", is_staff=True), factories.user("puppet")
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    with pytest.raises(RefusedError, match="Administrator may do more than you may"):
        accounts.set_role(puppet, "Administrator", by=fresh(helper))
    accounts.set_role(puppet, "Administrator", by=adam)
    assert puppet.groups.get().name == "Administrator"


def test_nobody_gets_a_stronger_role_by_a_new_account_or_by_one_that_waits_for_its_owner(adam: User) -> None:
    own, helper = Group.objects.create(name="Own"), factories.user("helper", is_staff=True)
    own.permissions.set(Permission.objects.filter(codename__in=["view_user", "add_user", "change_user"]))
    helper.groups.add(own)
    helper = fresh(helper)
    with pytest.raises(RefusedError, match="Administrator may do more than you may"):
        accounts.create([accounts.NewAccount("Puppet", "puppet", role="Administrator")], by=helper)
    assert not User.objects.filter(username="puppet").exists()
    (zoe,) = accounts.create([accounts.NewAccount("Zoë", "zoe", role="Reviewer")], by=adam)
    (bo,) = accounts.create([accounts.NewAccount("Bo", "bo")], by=helper)
    max_ = User.objects.create_user("max")
    max_.user_permissions.add(Permission.objects.get(codename="approve_question"))
    assert accounts.openable(helper, [zoe, bo, fresh(max_)]) == {bo.pk}
    assert accounts.openable(adam, [zoe, bo, fresh(max_)]) == {zoe.pk, bo.pk}


def test_an_administrator_does_not_rename_the_own_account_that_is_in_use(adam: User, client: Client) -> None:
    User.objects.filter(pk=adam.pk).update(last_login=NOW)
    client.force_login(fresh(adam))
    page = reverse("admin:person", args=[adam.pk])
    changes = {"save": "1", "display_name": "Adam", "username": "somebody.else", "email": "new@example.org"}
    client.post(page, changes | {"extra_percent": "0", "extra_minutes": "0"})
    saved = fresh(adam)
    assert (saved.display_name, saved.username, saved.email) == ("Adam", "adam", adam.email)


def test_nobody_raises_the_own_account(adam: User) -> None:
    with pytest.raises(RefusedError, match="your own account"):
        accounts.set_role(adam, "Instructor", by=adam)


@pytest.mark.parametrize("other", ["group", "account"])
def test_who_had_a_role_is_remembered_from_either_side_of_the_relation(other: str) -> None:
    group, alice = Group.objects.get(name="Author"), factories.user()
    (group.user_set.add(alice) if other == "group" else alice.groups.add(group))
    (group.user_set.clear() if other == "group" else alice.groups.clear())
    assert (fresh(alice).is_staff, fresh(alice).had_role) == (False, True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # no transaction may be open while Django is connected elsewhere
def test_an_upgrade_remembers_the_roles_of_today(tmp_path: Path) -> None:
    with separate_database(tmp_path) as database, connected_to(database):
        with each_migration():
            MigrationExecutor(connection).migrate([BEFORE_ROLES_WERE_REMEMBERED])
            old = MigrationExecutor(connection).loader.project_state(BEFORE_ROLES_WERE_REMEMBERED).apps
        users = old.get_model("questions", "User").objects
        ina, alice = (users.create(username=name) for name in ("ina", "alice"))
        ina.groups.create(name="Own role")
        call_command("migrate", verbosity=0)
        assert (User.objects.get(pk=ina.pk).had_role, User.objects.get(pk=alice.pk).had_role) == (True, False)
