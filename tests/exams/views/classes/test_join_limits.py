"""Test what limits joining a class exam: joins of a network, wrong codes, and who is let in nevertheless."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Participant, Sitting
from exams.services.classes import participants
from exams.services.classes.participants import LINK_LETTERS
from mlsprep import settings as mlsprep_settings
from questions.models import User
from tests import factories
from tests.accounts import log_in
from tests.exams.views.classes.join_pages import join, page_of, press
from tests.factories import NOW
from tests.html_forms import forms, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def old_user(name: str) -> User:
    """Return an account that was not made today."""
    return factories.user(name, date_joined=NOW - timedelta(days=2))


def flood(requests: int, **extra: str) -> set[int]:
    """Open wrong codes, each without a cookie unless `extra` has one."""
    wrong = reverse("join_sitting", args=["BBBBBB"])
    return {Client().get(wrong, **extra).status_code for _ in range(requests)}


@pytest.mark.slow
@pytest.mark.walk
def test_sixty_people_join_from_one_address_within_a_minute_ten_mistype(sitting: Sitting) -> None:
    for n in range(60):
        client = Client(REMOTE_ADDR="192.0.2.1")
        if n % 6 == 0:
            assert client.post(reverse("join"), {"code": "BBBBBB"}).status_code == 422
        client.post(reverse("join"), {"code": sitting.code})
        assert "Question 1" in text(join(client, sitting, f"Person {n}"))
    assert Attempt.objects.filter(sitting=sitting).count() == 60


@pytest.mark.slow
@pytest.mark.walk
def test_sixty_people_sign_in_and_join_from_one_address_within_a_minute_twenty_mistype(clock: Any) -> None:
    """By the limits that an installation has; half of them sign in by their address, which costs more."""
    sitting = factories.sitting(who="account")
    password = factories.user("person0", email="person0@example.org").password
    fields = [(f"person{n}", f"person{n}@example.org") for n in range(1, 60)]
    User.objects.bulk_create(User(username=name, email=email, password=password) for name, email in fields)
    for n in range(60):
        client = Client(REMOTE_ADDR="192.0.2.1")
        name = f"person{n}@example.org" if n % 2 else f"person{n}"
        if n % 3 == 0:
            assert "The name or the password is wrong." in text(log_in(client, name, "something else"))
        assert log_in(client, name).status_code == 302
        client.post(reverse("join"), {"code": sitting.code})
        assert "Question 1" in text(press(client, page_of(sitting)))
    assert Attempt.objects.filter(sitting=sitting).count() == 60


@pytest.mark.slow
def test_one_network_fills_no_large_class_with_made_up_names(sitting: Sitting, settings: Any) -> None:
    settings.LIMIT_JOINS = 3
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "3/d/key"}
    for number in range(3):
        assert "Question 1" in text(press(Client(REMOTE_ADDR="192.0.2.7"), page_of(sitting), name=f"Made up {number}"))
    refused = press(Client(REMOTE_ADDR="192.0.2.7"), page_of(sitting), name="Made up 4")
    assert refused.status_code == 409
    assert "3 people have joined this exam from your network today, as many as one network can." in text(refused)
    assert Candidate.objects.count() == 3, "no guest is made for nothing"
    assert "Question 1" in text(press(Client(REMOTE_ADDR="192.0.2.8"), page_of(sitting), name="Ana"))
    other = factories.sitting()
    assert "Question 1" in text(press(Client(REMOTE_ADDR="192.0.2.7"), page_of(other), name="Ben"))


@pytest.mark.slow
def test_a_network_in_the_exceptions_fills_more_of_a_class(
    sitting: Sitting, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMIT_EXCEPTIONS", "203.0.113.0/24=2")
    settings.LIMIT_EXCEPTIONS = mlsprep_settings.env_networks("LIMIT_EXCEPTIONS")
    settings.LIMIT_JOINS = 1
    rate = mlsprep_settings.rate_by_network("class_join", "1/d/key")
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": rate}
    for number in range(2):
        assert "Question 1" in text(press(Client(REMOTE_ADDR="203.0.113.7"), page_of(sitting), name=f"Ana {number}"))
    refused = press(Client(REMOTE_ADDR="203.0.113.7"), page_of(sitting), name="Ben")
    assert "2 people have joined this exam from your network today" in text(refused)


@pytest.mark.slow
def test_browsers_that_the_server_knows_join_however_many_have_joined_from_their_network(
    sitting: Sitting, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "1/d/key"}
    ana, ben = Client(), Client()
    join(ana, factories.sitting(), "Ana")
    log_in(ben, old_user("ben").username)
    ben.post(reverse("account_logout"))
    assert "Question 1" in text(join(Client(), sitting, "Mickey"))
    assert join(Client(), sitting, "Goofy").status_code == 409, "one device has used up its network"
    assert "Question 1" in text(press(ana, page_of(sitting))), "she has a place in another class"
    assert "Question 1" in text(join(ben, sitting, "Ben")), "an account has signed in there"
    assert Participant.objects.filter(sitting=sitting).count() == 3


@pytest.mark.slow
def test_a_copied_cookie_of_a_browser_that_the_server_knows_fills_no_class(sitting: Sitting, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "0/d/key"}
    known = Client()
    log_in(known, old_user("ben").username)
    cookie = known.cookies["known_accounts"].value
    statuses = []
    for n in range(7):
        copy = Client()
        copy.cookies["known_accounts"] = cookie
        statuses.append(join(copy, sitting, f"Made up {n}").status_code)
    assert statuses == [200] * 2 + [409] * 5
    forged = Client()
    forged.cookies["known_accounts"] = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    assert join(forged, sitting, "Forged").status_code == 409


@pytest.mark.slow
def test_empty_browsers_in_which_one_account_has_signed_in_share_its_joins(sitting: Sitting, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "0/d/key"}
    ben = old_user("ben")
    statuses = []
    for n in range(4):
        emptied = Client()
        log_in(emptied, ben.username)
        emptied.post(reverse("account_logout"))
        statuses.append(join(emptied, sitting, f"Made up {n}").status_code)
    assert statuses == [200] * 2 + [409] * 2


@pytest.mark.slow
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_accounts_that_were_made_today_fill_no_class_beyond_the_joins_of_their_network(
    sitting: Sitting, settings: Any, clock: Any, is_signed_in: bool
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "1/d/key"}
    clients = [Client() for _ in range(3)]
    for n, client in enumerate(clients):
        log_in(client, factories.user(f"made{n}", date_joined=NOW - timedelta(hours=24, minutes=-5)).username)
        if not is_signed_in:
            client.post(reverse("account_logout"))
    statuses = [press(client, page_of(sitting), name=f"Made up {n}").status_code for n, client in enumerate(clients)]
    assert statuses == [200, 409, 409]
    clock.shift(360)
    assert press(clients[2], page_of(sitting), name="Made up 2").status_code == 200


def test_a_browser_with_an_account_that_was_made_today_guesses_no_more_codes_than_others(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_code": "5/m/key,7/m/ip"}
    client = Client()
    log_in(client, factories.user("ben", date_joined=NOW).username)
    for n in range(9):
        flood(1, HTTP_COOKIE=f"csrftoken={n:032}")
    assert client.post(reverse("join"), {"code": "BBBBBB"}).status_code == 429


@pytest.mark.slow
def test_a_place_that_the_instructor_takes_away_is_given_back_to_its_network(
    sitting: Sitting, settings: Any, clock: Any, desk: Client, ines: User
) -> None:
    Sitting.objects.filter(pk=sitting.pk).update(owner=ines)
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "2/d/key"}
    for name in ("Mickey", "Ana"):
        clock.shift(1)
        assert "Question 1" in text(join(Client(), sitting, name))
    refused = join(Client(), sitting, "Ben")
    assert "tell your instructor, who can let it join again" in text(refused)
    remove = reverse("admin:exams_sitting_remove", args=[sitting.pk])
    desk.post(remove, {"person": sitting.participants.get(name="Mickey").pk, "reason": "Not of this class"})
    assert "Question 1" in text(join(Client(), sitting, "Ben"))
    assert join(Client(), sitting, "Goofy").status_code == 409


@pytest.mark.slow
def test_a_device_that_fills_a_class_is_named_on_the_board_which_selects_its_people_to_remove_them(
    settings: Any, clock: Any, desk: Client, ines: User
) -> None:
    sitting = factories.sitting(owner=ines, joins_allowed=12)
    board_page = reverse("admin:exams_sitting_board", args=[sitting.pk])
    join(Client(REMOTE_ADDR="192.0.2.9"), sitting, "Ana")
    for n in range(9):
        clock.shift(1)
        join(Client(REMOTE_ADDR="2001:db8::7"), sitting, f"Made up {n}")
    assert "from one network" not in text(desk.get(board_page)), "nine can be a table of people"
    for n in range(9, 11):
        clock.shift(1)
        join(Client(REMOTE_ADDR="2001:db8::8"), sitting, f"Made up {n}")
    assert "This exam is full" in text(join(Client(REMOTE_ADDR="192.0.2.9"), sitting, "Ben"))

    page = desk.get(board_page)
    assert "11 people joined from one network within a minute." in text(page)
    (link,) = re.findall(r'href="(\?joined_with=\d+)">Select them', page.text)
    selected = desk.get(board_page + link)
    keys = re.findall(r'name="person" value="(\d+)"[^>]*checked', selected.text)
    assert len(keys) == 11
    assert "Ana" not in text(selected)
    remove = reverse("admin:exams_sitting_remove", args=[sitting.pk])
    desk.post(remove, {"person": keys, "reason": "Not of this class"})
    assert list(sitting.participants.present().values_list("name", flat=True)) == ["Ana"]
    assert "Made up 1" in text(desk.get(board_page + link, {"stage": "removed"}))
    assert "from one network" not in text(desk.get(board_page))
    assert "Question 1" in text(join(Client(REMOTE_ADDR="192.0.2.9"), sitting, "Ben"))


@pytest.mark.slow
def test_a_network_that_the_instructor_lets_in_again_joins_and_enters_the_code_while_somebody_floods_it(
    sitting: Sitting, settings: Any, clock: Any, desk: Client, ines: User
) -> None:
    Sitting.objects.filter(pk=sitting.pk).update(owner=ines)
    limits = {"class_join": "1/d/key", "class_code": "5/m/key,7/m/ip"}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | limits
    assert "Question 1" in text(join(Client(), sitting, "Mickey"))
    for n in range(9):
        flood(1, HTTP_COOKIE=f"csrftoken={n:032}")
    ana = Client()
    ana.cookies["csrftoken"] = "a" * 32
    assert ana.get(page_of(sitting)).status_code == 429
    assert ana.post(reverse("join"), {"code": sitting.code}).status_code == 429
    other = factories.sitting()

    page = desk.post(reverse("admin:exams_sitting_joining", args=[sitting.pk]), {"joining": "again"}, follow=True)
    assert "Every network can join again." in text(page)
    history = desk.get(reverse("admin:exams_sitting_history", args=[sitting.pk]))
    assert "Full networks let in again." in text(history)
    assert ana.post(reverse("join"), {"code": sitting.code}).status_code == 303
    assert "Question 1" in text(join(ana, sitting, "Ana"))
    assert join(Client(), sitting, "Goofy").status_code == 409, "the count starts again"
    assert Client().get(page_of(other)).status_code == 429, "other exams stay as they are"
    clock.shift(3601)
    for n in range(9):
        flood(1, HTTP_COOKIE=f"csrftoken={n:032}")
    assert Client().get(page_of(sitting)).status_code == 429, "for an hour"


@pytest.mark.slow
def test_browsers_that_the_server_knows_enter_codes_however_many_wrong_ones_came_from_their_network(
    sitting: Sitting, settings: Any
) -> None:
    limits = {"class_code": "5/m/key,7/m/ip", "known_class_code": "2/h/key"}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | limits
    ana, ben = Client(), Client()
    join(ana, factories.sitting(), "Ana")
    log_in(ben, old_user("ben").username)
    for n in range(9):
        flood(1, HTTP_COOKIE=f"csrftoken={n:032}")
    for known in (ana, ben):
        assert known.get(page_of(sitting)).status_code == 200
        wrong = [known.post(reverse("join"), {"code": "BBBBBB"}).status_code for _ in range(3)]
        assert wrong == [422, 422, 429], "they do not guess for the network"
        assert known.get(page_of(sitting)).status_code == 429


@pytest.mark.slow
def test_a_join_that_is_sent_again_and_again_uses_up_no_new_guests_of_its_network(
    sitting: Sitting, settings: Any, clock: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_guest": "2/m/ip"}
    first = Client()
    (form,) = [form for form in forms(first.get(page_of(sitting))).values() if form.action == page_of(sitting)]
    for _ in range(4):
        again = Client()  # without the session
        again.cookies["csrftoken"] = first.cookies["csrftoken"].value
        again.post(page_of(sitting), form.data() | {"name": "Mallory"})
        clock.shift(4)
    assert "Question 1" in text(join(Client(), sitting, "Ana"))
    assert join(Client(), sitting, "Ben").status_code == 409


def test_a_join_that_is_sent_again_and_again_uses_up_one_place_of_its_network(
    sitting: Sitting, settings: Any, clock: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "2/d/key"}
    first = Client()
    (form,) = [form for form in forms(first.get(page_of(sitting))).values() if form.action == page_of(sitting)]
    for _ in range(4):
        again = Client(REMOTE_ADDR="192.0.2.7")  # without the session
        clock.shift(1)
        again.cookies["csrftoken"] = first.cookies["csrftoken"].value
        assert again.post(page_of(sitting), form.data() | {"name": "Mallory"}).status_code in (302, 303)
    assert Participant.objects.count() == 1
    assert "Question 1" in text(press(Client(REMOTE_ADDR="192.0.2.7"), page_of(sitting), name="Ana"))
    assert press(Client(REMOTE_ADDR="192.0.2.7"), page_of(sitting), name="Ben").status_code == 409


@pytest.mark.slow
def test_addresses_of_one_ipv6_network_are_one_place(sitting: Sitting, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "1/d/key"}
    assert "Question 1" in text(press(Client(REMOTE_ADDR="2001:db8::1"), page_of(sitting), name="Ana"))
    assert press(Client(REMOTE_ADDR="2001:db8::2"), page_of(sitting), name="Ben").status_code == 409
    assert "Question 1" in text(press(Client(REMOTE_ADDR="2001:db8:1::1"), page_of(sitting), name="Cleo"))


@pytest.mark.slow
def test_accounts_and_personal_links_are_not_counted_by_network(
    client: Client, roster_sitting: Sitting, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"class_join": "0/d/key"}
    log_in(client, old_user("bob").username)
    assert "Question 1" in text(press(client, page_of(factories.sitting(who="account"))))
    ana = roster_sitting.participants.get(name="Ana")
    link = reverse("join_link", args=[participants.link_token(ana)])
    assert press(Client(), link).status_code == 200
    ana.refresh_from_db()
    assert ana.joined_at


def test_who_guesses_codes_is_stopped(sitting: Sitting, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "class_code": "5/m/ip"}
    client = Client()
    statuses = [client.post(reverse("join"), {"code": "BBBBBB"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


@pytest.mark.slow
def test_who_guesses_addresses_of_exams_is_stopped_and_learns_nothing(sitting: Sitting, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "class_code": "5/m/ip"}
    joined, stranger = Client(), Client()
    join(joined, sitting)
    wrong = reverse("join_sitting", args=["BBBBBB"])
    assert [stranger.get(wrong).status_code for _ in range(6)] == [404] * 5 + [429]
    assert (stranger.get(page_of(sitting)).status_code, stranger.post(page_of(sitting)).status_code) == (429, 429)
    assert joined.get(page_of(sitting)).status_code == 200  # those who have joined go on


@pytest.mark.slow
def test_a_flood_of_wrong_codes_keeps_nobody_else_behind_the_address_from_joining(
    sitting: Sitting, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "class_code": "5/m/key,7/m/ip"}
    assert flood(20) == {404, 429}
    client = Client()
    page = client.get(page_of(sitting))
    assert page.status_code == 429, "a browser without a cookie counts with the others"
    assert f'value="{sitting.code}"' in page.text
    assert client.get(page_of(sitting)).status_code == 200
    assert "Question 1" in text(join(client, sitting))
    other = Client()
    other.get(reverse("join"))
    assert other.post(reverse("join"), {"code": sitting.code}).status_code == 303


def test_who_guesses_codes_as_somebody_else_is_stopped_and_learns_nothing(sitting: Sitting, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "class_code": "5/m/ip"}
    pages = [
        Client().post(reverse("somebody_else"), {"code": code})["Location"]
        for code in (sitting.code, *["BBBBBB"] * 4, "Ä" * LINK_LETTERS, sitting.code)
    ]
    assert pages == [page_of(sitting)] + [reverse("join")] * 6


def test_a_browser_that_changes_its_cookie_is_stopped_by_its_address(sitting: Sitting, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "class_code": "5/m/key,7/m/ip"}
    statuses = [flood(1, HTTP_COOKIE=f"csrftoken={n:032}") for n in range(9)]
    assert statuses == [{404}] * 7 + [{429}] * 2
    assert Client().get(page_of(sitting)).status_code == 429


def test_a_personal_link_works_however_many_wrong_codes_came_from_the_network(
    roster_sitting: Sitting, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "class_code": "1/m/ip"}
    token = participants.link_token(roster_sitting.participants.get(name="Ben"))
    assert flood(3) == {404, 429}
    assert Client().get(reverse("join_link", args=[token])).status_code == 200
    assert Client().post(reverse("join"), {"code": token}).status_code == 303


def test_who_guesses_personal_links_is_stopped(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "class_code": "5/m/ip"}
    wrong = reverse("join_link", args=["B" * LINK_LETTERS])
    assert [client.get(wrong).status_code for _ in range(6)] == [404] * 5 + [429]
