"""Test that sign-ins, each of which takes a third of a second to check, leave processors and threads to other pages."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.conf import settings as project_settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mlsprep import password_checks, settings
from mlsprep.password_checks import (
    HASHES_AT_ONCE,
    PLACES,
    PLACES_OF_ONE_NETWORK,
    RESERVED,
    Asker,
    PasswordHasher,
    Places,
)
from tests import factories
from tests.accounts import log_in

ANYWHERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    places = Places()
    monkeypatch.setattr(password_checks, "places", places)
    return places


def sign_in(address: str, password: str = factories.PASSWORD) -> Any:
    client = Client(REMOTE_ADDR=address)
    return client.post(reverse("account_login"), {"login": "alice", "password": password})


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_cache")
def test_a_password_is_refused_uncounted_while_its_address_has_all_its_places(places: Places) -> None:
    factories.user("alice")
    for _ in range(PLACES_OF_ONE_NETWORK):
        assert places.take(Asker(ANYWHERE))
    for _ in range(10):  # more than the wrong passwords that lock a name
        refused = sign_in(ANYWHERE)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert "Yours was not checked and not counted" in " ".join(refused.content.decode().split())
    assert Client(REMOTE_ADDR=ANYWHERE).get(reverse("account_login")).status_code == 200
    assert sign_in(ELSEWHERE).status_code == 302
    places.leave(Asker(ANYWHERE))
    assert sign_in(ANYWHERE).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("page", ["account_signup", "account_reauthenticate", "delete_data", "sign_out_everywhere"])
def test_each_page_that_checks_a_password_takes_a_place(places: Places, page: str, client: Client) -> None:
    log_in(client, factories.user("alice").username)
    for number in range(PLACES - RESERVED):
        assert places.take(Asker(f"address {number}"))
    assert client.post(reverse(page)).status_code == 503
    assert client.post(reverse("theme")).status_code != 503
    places.leave(Asker("address 0"))
    assert client.post(reverse(page)).status_code != 503


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_cache")
def test_a_place_is_free_again_after_a_wrong_password(places: Places) -> None:
    factories.user("alice")
    for _ in range(PLACES_OF_ONE_NETWORK + 1):
        assert sign_in(ANYWHERE, "wrong").status_code == 200
    assert sign_in(ELSEWHERE).status_code == 302


def test_a_browser_that_knows_the_account_has_places_of_its_own(places: Places) -> None:
    for _ in range(PLACES_OF_ONE_NETWORK):
        assert places.take(Asker(ANYWHERE))
    assert not places.take(Asker(ANYWHERE))
    assert places.take(Asker(ELSEWHERE))
    assert places.take(Asker(ANYWHERE, browser="1"))
    assert not places.take(Asker(ANYWHERE, browser="1")), "it has one"
    assert places.take(Asker(ELSEWHERE, browser="2"))
    assert not places.take(Asker(ELSEWHERE, browser="3")), "two networks can be one machine"
    assert places.take(Asker("somewhere", browser="3"))
    assert not places.take(Asker("a fourth place", browser="4")), "the other threads serve pages"


def test_one_network_takes_neither_all_places_nor_all_of_browsers_that_know_the_account(places: Places) -> None:
    """Whatever it made before: accounts are free, and each makes its browser one that knows it."""
    for number in range(10):
        places.take(Asker(ANYWHERE, browser=f"made {number}"))
        places.take(Asker(ANYWHERE))
        places.take(Asker(ANYWHERE, account=number + 1))
    assert places.take(Asker(ELSEWHERE, browser="of somebody"))
    assert places.take(Asker(ELSEWHERE))


@pytest.mark.parametrize("kinds", [("", "browser"), ("browser", ""), ("browser",), ("",)])
@pytest.mark.parametrize("browser", ["of somebody", ""])
def test_two_networks_take_neither_all_places_nor_all_of_browsers_that_know_the_account(
    places: Places, kinds: tuple[str, ...], browser: str
) -> None:
    """As a machine with IPv4 and IPv6 does, with accounts of its own that know its browsers."""
    for kind in kinds:
        for number in range(20):
            address = f"attacker {number % 2}"
            places.take(Asker(address, browser=f"{kind} {number}" if kind else ""))
    assert places.take(Asker(ANYWHERE, browser=browser))


def test_browsers_that_know_the_account_take_the_places_for_them_first(places: Places) -> None:
    for address in (ANYWHERE, ELSEWHERE):
        assert places.take(Asker(address, browser=address))
    for number in range(PLACES - RESERVED):
        assert places.take(Asker(f"address {number}"))
    assert not places.take(Asker("somebody", browser="somebody")), "all are taken"
    places.leave(Asker(ELSEWHERE, browser=ELSEWHERE))
    assert not places.take(Asker("a stranger")), "it was one of theirs"
    assert places.take(Asker("address 1", browser="another"))


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_cache")
def test_addresses_of_one_ipv6_line_share_its_places(places: Places) -> None:
    factories.user("alice")
    for _ in range(PLACES_OF_ONE_NETWORK):
        assert places.take(Asker("2001:db8:1::/48"))
    assert sign_in("2001:db8:1:1::7").status_code == 503
    assert sign_in("2001:db8:1:2::7").status_code == 503
    assert sign_in("2001:db8:2:2::7").status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_cache")
def test_a_flood_of_passwords_writes_no_errors_into_the_log(places: Places, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(PLACES_OF_ONE_NETWORK):
        assert places.take(Asker(ANYWHERE))
    assert sign_in(ANYWHERE).status_code == 503
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_who_is_signed_in_takes_one_place_and_none_of_those_for_browsers_that_know_an_account(places: Places) -> None:
    assert places.take(Asker(ANYWHERE, account=1))
    assert not places.take(Asker(ELSEWHERE, account=1))
    for number in range(2, PLACES - RESERVED + 1):
        assert places.take(Asker(f"address {number}", account=number))
    assert not places.take(Asker("another address", account=PLACES))
    assert places.take(Asker(ANYWHERE, browser="1"))
    places.leave(Asker(ANYWHERE, account=1))
    places.leave(Asker(ANYWHERE, browser="1"))
    assert places.take(Asker(ELSEWHERE, account=1))


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("password", [factories.PASSWORD, "wrong"])
def test_an_account_confirms_ten_times_a_minute_whether_right_or_wrong(client: Client, password: str) -> None:
    factories.user("bob")
    log_in(client, factories.user("alice").username)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        fields = {"password": password}
        statuses = [client.post(reverse("account_reauthenticate"), fields).status_code for _ in range(11)]
        assert 429 not in statuses[:5]
        assert statuses[-1] == 429
        other = Client()
        log_in(other, "bob")
        assert other.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD}).status_code == 302
        clock.shift(61)
        assert client.post(reverse("account_reauthenticate"), fields).status_code != 429


def test_only_some_threads_compute_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    computing, most = [0], [0]

    def encode(*_args: Any) -> str:
        computing[0] += 1
        most[0] = max(most[0], computing[0])
        time.sleep(0.02)
        computing[0] -= 1
        return "hash"

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", encode)
    start = threading.Barrier(8)

    def check() -> str:
        start.wait()
        return PasswordHasher().encode("password", "salt")

    with ThreadPoolExecutor(8) as pool:
        assert [run.result() for run in [pool.submit(check) for _ in range(8)]] == ["hash"] * 8
    assert most == [HASHES_AT_ONCE]


@pytest.mark.parametrize("writes", [PasswordHasher, PBKDF2PasswordHasher])
def test_hashes_are_those_of_django(writes: Callable[[], PBKDF2PasswordHasher]) -> None:
    written = writes().encode("correct horse", "pepper", 10)
    for reads in (PasswordHasher(), PBKDF2PasswordHasher()):
        assert reads.verify("correct horse", written)
        assert not reads.verify("wrong horse", written)


def test_the_server_uses_this_hasher_and_this_gate() -> None:
    assert settings.PASSWORD_HASHERS == ["mlsprep.password_checks.PasswordHasher"]
    assert "mlsprep.password_checks.PasswordChecksMiddleware" in project_settings.MIDDLEWARE
