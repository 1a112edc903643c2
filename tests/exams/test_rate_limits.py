"""Test the limits of what strangers can do again and again."""

import pytest
from django.conf import settings
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
