"""Test that the time of a process is that of the database, whatever happens to the clock of its host."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from mlsprep import clock, pulse
from mlsprep.clock import Reading, corrected

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("ahead", [0, 1.9, -1.9])
def test_a_small_difference_is_left_to_the_host(ahead: float) -> None:
    assert corrected(after(10), 110, Reading(after(ahead), NOW, 100)) == after(10)


@pytest.mark.parametrize("ahead", [2.1, -2.1, 14400, -3600])
def test_a_larger_difference_is_added(ahead: float) -> None:
    assert corrected(after(10), 110, Reading(after(ahead), NOW, 100)) == after(10 + ahead)
    assert corrected(after(10), None, Reading(after(ahead), NOW, None)) == after(10 + ahead)


@pytest.mark.parametrize("leap", [4 * 3600, -3600])
def test_a_clock_that_leaps_between_two_readings_has_no_effect(leap: int) -> None:
    assert corrected(after(5 + leap), 105, Reading(NOW, NOW, 100)) == after(5)


def test_the_time_of_a_suspended_machine_counts() -> None:
    assert corrected(after(7200), 7300, Reading(NOW, NOW, 100)) == after(7200)


def test_before_the_first_reading_the_clock_of_the_host_counts() -> None:
    assert corrected(NOW, 1, None) == NOW


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the clocks of a process that has read nothing yet; it may install its time."""
    clocks: dict[str, Any] = {"host": timezone.now(), "counter": 100.0}
    monkeypatch.setattr(clock, "_host_now", lambda: clocks["host"])
    monkeypatch.setattr(clock, "_counter", lambda: clocks["counter"])
    monkeypatch.setattr(clock, "_reading", None)
    monkeypatch.setattr(timezone, "now", timezone.now)
    return clocks


@pytest.mark.django_db
def test_the_database_is_asked_and_its_time_counts_everywhere(
    process: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has the clock of the host")
    process["host"] += timedelta(hours=4)
    with caplog.at_level(logging.WARNING, "mlsprep"):
        assert not clock.read()
        clock.read()
    clock.install()
    assert abs(timezone.now() - datetime.now(UTC)) < timedelta(seconds=30)
    assert round(clock.difference()) == pytest.approx(-14400, abs=30)
    assert len(caplog.records) == 1, "it is said once"


@pytest.mark.django_db(transaction=True)
def test_a_process_knows_the_time_of_the_database_before_it_serves(
    process: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one that starts on a host whose clock is wrong would close exams that run, or refuse answers."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has the clock of the host")

    def beat_once() -> None:
        beat()
        connection.close()  # that of the thread

    beat = pulse.beat
    monkeypatch.setattr(pulse, "beat", beat_once)
    process["host"] += timedelta(hours=4)
    thread = pulse.PulseThread()
    thread.start_and_wait()
    difference = clock.difference()
    thread.stop()
    thread.join()
    assert round(difference) == pytest.approx(-14400, abs=30)


@pytest.mark.django_db
def test_a_clock_of_the_database_that_leaps_is_noticed_by_the_counter(process: dict[str, Any]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the clock of PostgreSQL cannot be set here")
    clock.read()
    process["host"] += timedelta(hours=4)
    process["counter"] += 15
    assert clock.now() == process["host"] - timedelta(hours=4) + timedelta(seconds=15)
    assert clock.read()
    assert clock.now() == process["host"], "from then on it counts; deadlines in between are held"
    process["host"] += timedelta(seconds=15)
    process["counter"] += 15
    assert not clock.read()


@pytest.mark.django_db
def test_a_laptop_that_slept_does_not_leap(process: dict[str, Any]) -> None:
    clock.read()
    process["host"] += timedelta(hours=4)
    process["counter"] += 4 * 3600
    assert not clock.read() or connection.vendor == "postgresql"
