"""A full disk and a database that does not respond: sentences for people, short lines for the log, nothing lost."""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from django.core.management import call_command
from django.db import Error, InterfaceError, InternalError, OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Heartbeat
from exams.services.upkeep import sweeper
from mlsprep.outages import OutageFilter, disk_full_memory, is_disk_full, is_outage
from tests import factories
from tests.html_forms import forms
from tests.mlsprep.processes import running_server
from tests.servers import free_port
from tests.sitting import Guest
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _no_recent_failure() -> Iterator[None]:
    disk_full_memory.failed_at = None
    yield
    disk_full_memory.failed_at = None


def caused(error: type[Error], cause: BaseException) -> Error:
    """Return the error of Django for an error of the driver."""
    wrapped = error(str(cause))
    wrapped.__cause__ = cause
    return wrapped


def sqlite_error(sql: str, *setup: str) -> Error:
    """Return the real error of SQLite for a statement."""
    with sqlite3.connect(":memory:") as database:
        for statement in setup:
            database.execute(statement)
        with pytest.raises(sqlite3.OperationalError) as failed:
            database.execute(sql)
    return caused(OperationalError, failed.value)


FULL_SQLITE = sqlite_error("INSERT INTO t VALUES (zeroblob(99999))", "CREATE TABLE t (b)", "PRAGMA max_page_count = 2")


@pytest.mark.parametrize(
    ("error", "outage", "disk_full"),
    [
        (FULL_SQLITE, True, True),
        (caused(OperationalError, psycopg.errors.DiskFull("no space left on device")), True, True),
        (caused(OperationalError, psycopg.OperationalError("connection refused")), True, False),
        (caused(InterfaceError, psycopg.InterfaceError("the connection is closed")), True, False),
        (caused(InternalError, psycopg.errors.ReadOnlySqlTransaction("read-only transaction")), True, False),
        (caused(InternalError, psycopg.errors.InternalError_("a fault")), False, False),
        (sqlite_error("SELECT * FROM missing"), False, False),
        (ValueError("a fault of the code"), False, False),
        (None, False, False),
    ],
)
def test_outages_are_told_from_faults(error: BaseException | None, outage: bool, disk_full: bool) -> None:
    assert (is_outage(error), is_disk_full(error)) == (outage, disk_full)


def log_lines(errors: list[BaseException]) -> list[str]:
    """Return the lines that a handler with the filter writes for these errors."""
    outages = OutageFilter()
    lines = []
    for error in errors:
        record = logging.LogRecord(
            "django.request", logging.ERROR, "a.py", 1, "Service Unavailable: %s", ("/",), (type(error), error, None)
        )
        result = outages.filter(record)
        if result:
            lines.append(logging.Formatter().format(record if result is True else result))
    return lines


def test_800_failures_at_once_are_one_line_without_a_traceback() -> None:
    (line,) = log_lines([caused(OperationalError, psycopg.OperationalError("refused\n  by the server"))] * 800)
    assert line == "Service Unavailable: /: OperationalError: refused by the server"


def test_faults_of_the_code_are_logged_in_full() -> None:
    lines = log_lines([ValueError("one"), ValueError("two")])
    assert len(lines) == 2
    assert "ValueError: two" in lines[1]


@pytest.fixture
def guest(transactional_db: None) -> Guest:
    return Guest.seated(Client(raise_request_exception=False), factories.small_blueprint(exams=3))


@pytest.fixture
def full_disk(guest: Guest) -> Iterator[None]:
    """SQLite that refuses to grow, as on a full disk."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL cannot be told to be full")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no free pages in the file
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


LONG_NOTE = "❧" * 4000  # needs more pages


def save(guest: Guest, **fields: str) -> Any:
    data = guest.room.data(ticks=guest.tick(0)) | {"move": "stay", **fields}
    return guest.client.post(guest.path, data, follow=True)


@pytest.mark.slow
def test_a_full_disk_has_a_sentence_turns_readyz_red_at_once_and_loses_nothing(guest: Guest, full_disk: None) -> None:
    attempt = Attempt.objects.get()
    assert save(guest).status_code == 200  # fits on a page that exists
    Heartbeat.objects.update_or_create(name=sweeper.HEARTBEAT_NAME, defaults={"beat_at": timezone.now()})
    assert guest.client.get("/readyz").status_code == 200
    page = save(guest, note=LONG_NOTE)
    assert page.status_code == 507
    assert "disk is full" in page.text
    ready = guest.client.get("/readyz")
    assert (ready.status_code, list(ready.json()["faults"])) == (503, ["disk"])
    assert attempt.responses.get(position=1).ticked
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")  # there is room again
    assert guest.get(guest.path).status_code == 200
    assert save(guest, note=LONG_NOTE).status_code == 200
    assert attempt.notes.get().text == LONG_NOTE
    call_command("audit")


@pytest.mark.slow
def test_below_the_reserve_new_exams_are_refused_and_running_ones_continue(guest: Guest, settings: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the disk of PostgreSQL cannot be seen from the web server")
    Heartbeat.objects.update_or_create(name=sweeper.HEARTBEAT_NAME, defaults={"beat_at": timezone.now()})
    settings.MIN_FREE_BYTES = 10**18
    rules = reverse("exam", args=["TINY"])
    newcomer = Client()
    (form,) = [form for form in forms(newcomer.get(rules)).values() if "pair" in dict(form.fields)]
    page = newcomer.post(rules, form.data())
    assert page.status_code == 507
    assert "disk is almost full" in page.text
    assert Attempt.objects.count() == 1
    assert save(guest).status_code == 200
    ready = guest.client.get("/readyz")
    assert ready.status_code == 503
    assert "no new exam starts" in ready.json()["faults"]["disk"]


def test_a_session_that_the_database_does_not_take_is_an_outage_not_a_bad_request(guest: Guest) -> None:
    def refuse(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith('UPDATE "django_session"'):
            raise caused(OperationalError, psycopg.OperationalError("connection refused"))
        return execute(sql, *arguments)

    session = guest.client.session
    session["renewed"] = 0  # so that the next POST renews it
    session.save()
    with connection.execute_wrapper(refuse):
        page = save(guest)
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert save(guest).status_code == 200


@pytest.mark.laptop
def test_a_database_that_is_gone_is_503_and_a_short_log(data_dir: Path) -> None:
    with running_server(data_dir, free_port()) as server:
        assert server.get("/")[0] == 200
        database = data_dir / "mlsprep.sqlite3"
        for part in data_dir.glob("mlsprep.sqlite3*"):
            part.rename(part.with_suffix(".gone"))
        database.mkdir()  # cannot be opened
        wait_until(lambda: server.get("/")[0] == 503)
        before = len(server.output)
        statuses = {server.get("/guide/")[0] for _ in range(50)}
        assert statuses == {503}
        assert "database does not respond" in server.get("/")[1]
        assert "Traceback" not in server.output[before:]
        assert len(server.output[before:].splitlines()) <= 20
