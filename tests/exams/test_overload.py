"""Test when a process has more to do than it can."""

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
    for _ in range(requests):
        load.begin()


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
        load.end()
    assert load.is_too_high()
    load.end()
    assert not load.is_too_high()
    begin(load, 1)
    assert not load.is_too_high(), "it was quiet just now"


def test_few_requests_are_never_too_much_however_long_they_take(clock: dict[str, float]) -> None:
    load = Load()
    begin(load, BUSY - 1)
    clock["now"] += 1000
    assert not load.is_too_high()


def test_a_request_that_fails_is_not_counted_for_ever(monkeypatch: pytest.MonkeyPatch, rf: Any) -> None:
    monkeypatch.setattr(overload, "load", load := Load())

    def fail(request: HttpRequest) -> HttpResponse:
        assert load._running == 1
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        LoadMiddleware(fail)(rf.get("/"))
    assert load._running == 0
