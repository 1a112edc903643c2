"""Test one-time sign-in links."""

import io
from datetime import timedelta
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection

from exams.services.people import sign_in_links
from questions.models import User
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8123/"


def token(link: str) -> str:
    return urlsplit(link).path.split("/")[-2]


def test_a_link_signs_its_user_in_once() -> None:
    alice = factories.user()
    link = token(sign_in_links.sign_in_link(alice, BASE))
    assert sign_in_links.user_for_token(link) == alice
    assert sign_in_links.redeem(link, NOW) == alice
    assert sign_in_links.redeem(link, NOW) is None
    assert sign_in_links.user_for_token(link) is None


def test_a_link_is_invalid_after_a_sign_in_a_new_password_a_day_or_deactivation() -> None:
    alice = factories.user()
    with time_machine.travel(NOW, tick=False):
        link = token(sign_in_links.sign_in_link(alice, BASE))
    with time_machine.travel(NOW + timedelta(hours=23, minutes=59), tick=False):
        assert sign_in_links.user_for_token(link) == alice
        User.objects.update(is_active=False)
        assert sign_in_links.user_for_token(link) is None
        User.objects.update(is_active=True)
        assert sign_in_links.user_for_token(link) == alice
        User.objects.update(last_login=NOW)
        assert sign_in_links.user_for_token(link) is None
        User.objects.update(last_login=None, password="another")
        assert sign_in_links.user_for_token(link) is None
        User.objects.update(password=alice.password)
        assert sign_in_links.user_for_token(link) == alice
    with time_machine.travel(NOW + timedelta(hours=24, minutes=1), tick=False):
        assert sign_in_links.user_for_token(link) is None


def test_a_link_is_invalid_after_a_change_of_the_rights() -> None:
    alice, author = factories.user(), Group.objects.get(name="Author")
    link = token(sign_in_links.sign_in_link(alice, BASE))
    alice.groups.add(author)
    assert sign_in_links.user_for_token(link) is None
    link = token(sign_in_links.sign_in_link(User.objects.get(), BASE))
    assert sign_in_links.user_for_token(link) == alice
    alice.groups.remove(author)
    assert sign_in_links.user_for_token(link) is None
    link = token(sign_in_links.sign_in_link(User.objects.get(), BASE))
    User.objects.update(is_superuser=True)
    assert sign_in_links.user_for_token(link) is None


def test_a_forged_link_is_invalid() -> None:
    link = token(sign_in_links.sign_in_link(factories.user(), BASE))
    assert [sign_in_links.user_for_token(forged) for forged in ("", "x", link[:-1], link.swapcase())] == [None] * 4


@pytest.mark.django_db(transaction=True)
def test_of_two_concurrent_uses_one_signs_in() -> None:
    link, barrier, got = token(sign_in_links.sign_in_link(factories.user(), BASE)), Barrier(2), []

    def use() -> None:
        try:
            barrier.wait()
            got.append(sign_in_links.redeem(link, NOW))
        finally:
            connection.close()

    threads = [Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(user is None for user in got) == [False, True]


def test_an_administrator_is_made_without_a_password() -> None:
    link = sign_in_links.admin_link(BASE)
    admin = User.objects.get()
    assert (admin.username, admin.is_superuser, admin.is_staff) == ("admin", True, True)
    assert not admin.has_usable_password()
    assert link.startswith("http://127.0.0.1:8123/accounts/link/")
    assert sign_in_links.user_for_token(token(link)) == admin


def test_an_administrator_can_get_several_links_until_one_is_used() -> None:
    first, second = token(sign_in_links.admin_link(BASE)), token(sign_in_links.admin_link(BASE))
    assert User.objects.count() == 1
    assert sign_in_links.redeem(first, NOW)
    assert sign_in_links.user_for_token(second) is None


def test_an_existing_account_with_the_name_is_not_promoted() -> None:
    factories.user("Admin")
    with pytest.raises(sign_in_links.NotAdministratorError, match="not an administrator"):
        sign_in_links.admin_link(BASE)
    assert not User.objects.filter(is_superuser=True).exists()


def test_the_command_prints_a_link_of_the_first_or_the_named_administrator() -> None:
    out = io.StringIO()
    call_command("admin_link", "ruth", stdout=out)
    call_command("admin_link", "--url", "https://exams.example.org", stdout=out)
    ruths_link, first_link = out.getvalue().split()
    assert urlsplit(ruths_link).netloc == "127.0.0.1:8000"
    assert first_link.startswith("https://exams.example.org/accounts/link/")
    assert [
        user.username
        for user in (sign_in_links.user_for_token(token(ruths_link)), sign_in_links.user_for_token(token(first_link)))
        if user
    ] == [
        "ruth",
        "ruth",
    ]


def test_the_command_explains_why_there_is_no_link() -> None:
    factories.user("bob")
    with pytest.raises(CommandError, match="bob exists and is not an administrator"):
        call_command("admin_link", "bob")
