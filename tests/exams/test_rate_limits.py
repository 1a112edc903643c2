"""Test the limits of what strangers can do again and again."""

from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from exams import rate_limits
from exams.rate_limits import Limit
from mlsprep import settings as mlsprep_settings
from tests import factories
from tests.accounts import log_in

pytestmark = pytest.mark.usefixtures("empty_cache")


def test_each_limit_has_a_rate() -> None:
    assert set(Limit) <= settings.ACCOUNT_RATE_LIMITS.keys()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_is_refused_after_its_number_and_another_one_is_not(method: str, rf: RequestFactory) -> None:
    """Also by GET: whoever guesses codes can open addresses instead of posting forms."""
    first, other = (getattr(rf, method)("/", REMOTE_ADDR=f"192.0.2.{n}") for n in (1, 2))
    limit = Limit.WRONG_PASSWORD_FOR_ADDRESS
    assert not rate_limits.is_reached(first, limit), "asking does not count"
    assert [rate_limits.count(first, limit) for _ in range(31)] == [True] * 30 + [False]
    assert rate_limits.is_reached(first, limit)
    assert not rate_limits.is_reached(first, Limit.SIGN_IN), "each limit counts for itself"
    assert not rate_limits.is_reached(other, limit)


def hold(request: HttpRequest, action: str, seconds: float) -> None:
    """Keep others from counting for the address of this request, as those do who are counted before."""
    for rate in ratelimit.parse_rates(settings.ACCOUNT_RATE_LIMITS[action]):
        if rate.per == "ip":
            key = ratelimit.get_cache_key(request, app="allauth.account", action=action, rate=rate)
            caches["counters"].set(f"{key}:lock", True, timeout=seconds)


@pytest.mark.slow
@pytest.mark.django_db
def test_who_waits_for_those_of_the_class_that_are_counted_before_is_not_refused(rf: RequestFactory) -> None:
    """A class presses the same button in the same second: allauth counts one by one, and would give up after one."""
    factories.user()
    request = rf.post("/", REMOTE_ADDR="192.0.2.1")
    for action in ("login_failed", Limit.SIGN_IN, Limit.NEW_GUEST_OF_CLASS):
        hold(request, action, 1.3)
    assert log_in(Client(REMOTE_ADDR="192.0.2.1")).status_code == 302
    hold(request, Limit.NEW_GUEST_OF_CLASS, 1.3)
    assert rate_limits.count(request, Limit.NEW_GUEST_OF_CLASS)


def test_a_key_counts_from_all_addresses(rf: RequestFactory) -> None:
    counted = [
        rate_limits.count(rf.post("/", REMOTE_ADDR=f"192.0.2.{n}"), Limit.WRONG_PASSWORD_FOR_NAME, "ana")
        for n in range(51)
    ]
    assert counted == [True] * 50 + [False]
    assert not rate_limits.is_reached(rf.post("/"), Limit.WRONG_PASSWORD_FOR_NAME, "ben")


def test_what_is_given_back_can_be_done_again(rf: RequestFactory) -> None:
    request, limit = rf.post("/"), Limit.WRONG_PASSWORD_FOR_NAME
    for n in range(50):
        rate_limits.count(request, limit, "ana", given_back_as=f"place:{n}")
    rate_limits.give_back("place:7")
    rate_limits.give_back("place:7")
    rate_limits.give_back("place:77")
    assert [rate_limits.count(request, limit, "ana") for _ in range(2)] == [True, False]


def test_a_network_sends_mails_for_new_passwords_to_300_mailboxes_a_day(rf: RequestFactory) -> None:
    first, other = (rf.post("/", REMOTE_ADDR=f"192.0.2.{n}") for n in (1, 2))
    sent = [rate_limits.count(first, Limit.RESET_MAIL_TO, f"{n}@example.org") for n in range(301)]
    assert sent == [True] * 300 + [False]
    assert rate_limits.count(other, Limit.RESET_MAIL_TO, "301@example.org")


def test_an_ipv4_address_that_a_server_writes_as_ipv6_is_a_network_of_its_own(rf: RequestFactory) -> None:
    networks = [rate_limits.network(rf.get("/", REMOTE_ADDR=f"::ffff:192.0.2.{n}")) for n in (1, 2)]
    assert networks == ["192.0.2.1", "192.0.2.2"]


@pytest.mark.django_db
def test_what_the_library_counts_for_it_does_not_keep_out_others(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "3/m/ip"}
    sent = [1, 1, 1, 1, 2]
    statuses = [
        Client(REMOTE_ADDR=f"::ffff:192.0.2.{n}").post(reverse("account_signup"), {"username": ""}).status_code
        for n in sent
    ]
    assert statuses == [200, 200, 200, 429, 200]


def test_addresses_of_one_ipv6_network_are_one_place() -> None:
    addresses = ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1", "fe80::1%eth0", "fe80::2%eth1")
    same, also_same, other, *local = map(rate_limits.network_of, addresses)
    assert same == also_same != other
    assert local == ["fe80::/64"] * 2


CAMPUS, CAMPUS_V6, ELSEWHERE = "203.0.113.9", "2001:db8:7::1", "192.0.2.7"


@pytest.fixture
def exceptions(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let two networks do two times as much, with limits of three."""
    monkeypatch.setenv("LIMIT_EXCEPTIONS", "203.0.113.0/24=2, 2001:db8::/32=2")
    settings.LIMIT_EXCEPTIONS = mlsprep_settings.env_networks("LIMIT_EXCEPTIONS")
    rates = {"guest_code": "3/m/ip", "signup": "3/m/ip", "class_join": "3/d/key", "class_code": "3/m/key,9/m/ip"}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {
        name: mlsprep_settings.rate_by_network(name, rate) for name, rate in rates.items()
    }
    return settings


@pytest.mark.django_db
@pytest.mark.usefixtures("exceptions")
class TestExceptions:
    @pytest.mark.parametrize(
        ("address", "allowed"), [(CAMPUS, 6), (CAMPUS_V6, 6), (f"::ffff:{CAMPUS}", 6), (ELSEWHERE, 3)]
    )
    def test_a_network_may_do_as_many_times_as_much(self, address: str, allowed: int) -> None:
        client = Client(REMOTE_ADDR=address)
        statuses = [client.post(reverse("guest_code"), {"code": "WRONG"}).status_code for _ in range(allowed + 1)]
        assert 429 not in statuses[:allowed]
        assert statuses[allowed] == 429

    def test_so_it_is_with_what_the_library_counts(self) -> None:
        for address, allowed in ((CAMPUS, 6), (ELSEWHERE, 3)):
            statuses = [
                Client(REMOTE_ADDR=address).post(reverse("account_signup"), {"username": ""}).status_code
                for _ in range(allowed + 1)
            ]
            assert (statuses[:allowed], statuses[allowed]) == ([200] * allowed, 429), address

    def test_a_network_that_joins_is_raised_and_a_browser_that_guesses_is_not(self) -> None:
        client = Client(REMOTE_ADDR=CAMPUS)
        client.get(reverse("join"))
        statuses = [client.post(reverse("join"), {"code": "BBBBBB"}).status_code for _ in range(4)]
        assert statuses == [422, 422, 422, 429]

    def test_an_exception_behind_a_proxy_needs_the_address_that_the_proxy_saw(self, exceptions: Any) -> None:
        exceptions.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        forged = {"HTTP_X_FORWARDED_FOR": f"{CAMPUS}, {ELSEWHERE}"}
        statuses = [Client().post(reverse("guest_code"), {"code": "WRONG"}, **forged).status_code for _ in range(4)]
        assert statuses[3] == 429


@pytest.mark.usefixtures("exceptions")
def test_starts_and_joins_are_raised_too(rf: RequestFactory) -> None:
    assert [rate_limits.factor(rf.get("/", REMOTE_ADDR=address)) for address in (CAMPUS, ELSEWHERE)] == [2, 1]
