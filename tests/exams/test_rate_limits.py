"""Test the limits of what strangers can do again and again."""

import pytest
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.test import RequestFactory

from exams import rate_limits
from exams.rate_limits import Limit

pytestmark = pytest.mark.usefixtures("empty_cache")


def test_each_limit_has_a_rate() -> None:
    assert set(Limit) <= settings.ACCOUNT_RATE_LIMITS.keys()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_is_refused_after_its_number_and_another_one_is_not(method: str, rf: RequestFactory) -> None:
    """Also by GET: whoever guesses codes can open addresses instead of posting forms."""
    first, other = (getattr(rf, method)("/", REMOTE_ADDR=f"192.0.2.{n}") for n in (1, 2))
    assert not rate_limits.is_reached(first, Limit.WRONG_GUEST_CODE), "asking does not count"
    assert [rate_limits.count(first, Limit.WRONG_GUEST_CODE) for _ in range(11)] == [True] * 10 + [False]
    assert rate_limits.is_reached(first, Limit.WRONG_GUEST_CODE)
    assert not rate_limits.is_reached(first, Limit.SIGN_IN), "each limit counts for itself"
    assert not rate_limits.is_reached(other, Limit.WRONG_GUEST_CODE)


def test_a_new_guest_who_waits_for_those_before_is_not_refused(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class presses Start in the same second: allauth counts one after the other, and gives up after a second."""
    monkeypatch.setattr(ratelimit, "CACHE_LOCK_WAIT_TIMEOUT", 0.05)
    request = rf.post("/", REMOTE_ADDR="192.0.2.1")
    (rate,) = ratelimit.parse_rates(settings.ACCOUNT_RATE_LIMITS[Limit.NEW_GUEST_OF_CLASS])
    key = ratelimit.get_cache_key(request, app="allauth.account", action=Limit.NEW_GUEST_OF_CLASS.value, rate=rate)
    cache.set(f"{key}:lock", True, timeout=0.1)
    assert rate_limits.count(request, Limit.NEW_GUEST_OF_CLASS)


def test_a_key_counts_from_all_addresses(rf: RequestFactory) -> None:
    counted = [
        rate_limits.count(rf.post("/", REMOTE_ADDR=f"192.0.2.{n}"), Limit.WRONG_PASSWORD_FOR_NAME, "ana")
        for n in range(51)
    ]
    assert counted == [True] * 50 + [False]
    assert not rate_limits.is_reached(rf.post("/"), Limit.WRONG_PASSWORD_FOR_NAME, "ben")


def test_an_ipv4_address_that_a_server_writes_as_ipv6_is_a_network_of_its_own(rf: RequestFactory) -> None:
    networks = [rate_limits.network(rf.get("/", REMOTE_ADDR=f"::ffff:192.0.2.{n}")) for n in (1, 2)]
    assert networks == ["192.0.2.1", "192.0.2.2"]
