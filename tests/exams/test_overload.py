"""Test when a process has more to do than it can."""

import threading
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from exams import overload
from exams.overload import BUSY, PATIENCE_SECONDS, Load, LoadMiddleware


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    clock = {"now": 100.0}
    monkeypatch.setattr(overload.time, "monotonic", lambda: clock["now"])
    return clock


def begin(load: Load, requests: int) -> None:
    """Begin each in a network of its own."""
    for number in range(requests):
        load.begin(f"192.0.2.{number}")


def test_a_rush_that_is_over_soon_is_not_too_much(clock: dict[str, float]) -> None:
    load = Load()
    begin(load, 10 * BUSY)
    clock["now"] += PATIENCE_SECONDS
    assert not load.is_too_high()


def test_seconds_without_a_quiet_moment_are_too_much_until_the_next_one(clock: dict[str, float]) -> None:
    load = Load()
    begin(load, BUSY)
    for _ in range(5):  # one ends, and the next one has waited for it
        clock["now"] += PATIENCE_SECONDS / 4
        begin(load, 1)
        load.end("192.0.2.0")
    assert load.is_too_high()
    load.end("192.0.2.0")
    assert not load.is_too_high()
    begin(load, 1)
    assert not load.is_too_high(), "it was quiet just now"


def test_few_requests_are_never_too_much_however_long_they_take(clock: dict[str, float]) -> None:
    load = Load()
    begin(load, BUSY - 1)
    clock["now"] += 1000
    assert not load.is_too_high()


def test_one_network_is_never_too_much_alone_but_beside_several(clock: dict[str, float]) -> None:
    load = Load()
    for _ in range(10 * BUSY):
        load.begin("203.0.113.9")
    clock["now"] += 1000
    assert not load.is_too_high()
    begin(load, 1)
    clock["now"] += PATIENCE_SECONDS + 1
    assert not load.is_too_high(), "two networks can be one machine"
    begin(load, 2)
    clock["now"] += PATIENCE_SECONDS + 1
    assert load.is_too_high(), "others wait"
    for _ in range(10 * BUSY):
        load.end("203.0.113.9")
    assert not load.is_too_high()


@pytest.mark.parametrize(
    ("addresses", "is_refused"),
    [
        (["203.0.113.9"] * 12, False),
        (["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"] * 3, False),
        (["203.0.113.9", "203.0.113.8"] * 7, False),
        (["203.0.113.9", *(f"2001:db8:0:{n}::1" for n in range(12))], False),  # all of one line
        (["203.0.113.9", "2001:db8::1", "198.51.99.1"] * 4, True),
        (["198.51.100.7"] * 12, True),  # an exception
    ],
)
def test_one_or_two_networks_that_ask_all_the_time_keep_nobody_from_starting(
    addresses: list[str], is_refused: bool, monkeypatch: pytest.MonkeyPatch, settings: Any, rf: Any
) -> None:
    settings.LIMIT_EXCEPTIONS = {ip_network("198.51.100.0/24"): 4}
    monkeypatch.setattr(overload, "load", load := Load())
    monkeypatch.setattr(overload, "PATIENCE_SECONDS", 0)
    together, seen = threading.Barrier(len(addresses)), []

    def respond(request: HttpRequest) -> HttpResponse:
        together.wait(30)
        seen.append(load.is_too_high())
        together.wait(30)
        return HttpResponse()

    with ThreadPoolExecutor(len(addresses)) as threads:
        for address in addresses:
            threads.submit(LoadMiddleware(respond), rf.get("/plan/", REMOTE_ADDR=address))
    assert seen == [is_refused] * len(addresses)
    assert not load._running


@pytest.mark.parametrize("address", ["", "unix:"])
def test_a_request_without_an_address_is_answered(address: str, rf: Any) -> None:
    assert LoadMiddleware(lambda _request: HttpResponse())(rf.get("/", REMOTE_ADDR=address)).status_code == 200


def test_a_request_that_fails_is_not_counted_for_ever(monkeypatch: pytest.MonkeyPatch, rf: Any) -> None:
    monkeypatch.setattr(overload, "load", load := Load())

    def fail(request: HttpRequest) -> HttpResponse:
        assert load._running.total() == 1
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        LoadMiddleware(fail)(rf.get("/"))
    assert not load._running
