"""What a case does to the stack, and how it looks from outside."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.benchmarks import processes
from tests.servers import AS_ROOT
from tests.stack.parts import Part, at_once, send
from tests.stack.topology import Stack
from tests.waiting import wait_until

SCORED_SECONDS = 120
SMALL_DISK_BYTES = 400_000_000


@contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """Stop processes with SIGSTOP for the time of the block."""
    send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        send(pids, signal.SIGCONT)


def frozen_postgresql(site: Stack) -> Any:
    return frozen(*processes.tree(site.postgresql.pid))


def readyz(site: Stack, *, port: int | None = None, patience: float = 5) -> tuple[int, dict[str, Any]]:
    """Return what a web server says of itself: status and body, or 0 if it says nothing."""
    try:
        with urlopen(f"http://127.0.0.1:{port or site.web_ports[0]}/readyz", timeout=patience) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)
    except OSError:
        return 0, {}


def wait_until_ready(site: Stack) -> None:
    for port in site.web_ports:
        wait_until(lambda port=port: readyz(site, port=port)[0] == 200, 60, f"port {port} is not ready")


def wait_until_scored(site: Stack, attempts: Sequence[str]) -> None:
    """Wait until each of these attempts is scored, and see that each has one score report."""

    def left() -> list[str]:
        rows = site.rows("SELECT uuid::text FROM exams_attempt WHERE status <> 'scored'")
        return [uuid for (uuid,) in rows if uuid in attempts]

    wait_until(lambda: not left(), SCORED_SECONDS, "attempts that were handed in are not scored")
    reports = dict(
        site.rows(
            "SELECT a.uuid::text, count(*) FROM exams_attempt a "
            "JOIN exams_scorereport r ON r.attempt_id = a.id GROUP BY 1"
        )
    )
    assert [reports[attempt] for attempt in attempts] == [1] * len(attempts), "scored twice"


@contextmanager
def set_in_postgresql(site: Stack, setting: str) -> Iterator[None]:
    """Change a setting of the whole server, such as `default_transaction_read_only = on`."""
    site.rows(f"ALTER SYSTEM SET {setting}")
    site.rows("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        site.rows(f"ALTER SYSTEM RESET {setting.split()[0]}")
        site.rows("SELECT pg_reload_conf()")


@contextmanager
def small_disk(site: Stack) -> Iterator[Path]:
    """Move responses and notes to a small disk; yield a path on it. Needs root, and a system that may mount."""
    if not AS_ROOT:
        pytest.skip("only root can mount a small disk")
    disk = site.postgresql.directory / "small"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("this system does not let root mount a small disk")
    try:
        space = disk / "space"
        space.mkdir()
        for directory in (disk, space):
            site.postgresql.own(directory)
        site.rows(f"CREATE TABLESPACE small LOCATION '{space}'")
        _move_tables(site, "small")
        try:
            yield disk / "ballast"
        finally:
            (disk / "ballast").unlink(missing_ok=True)
            _move_tables(site, "pg_default")
            site.rows("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def _move_tables(site: Stack, tablespace: str) -> None:
    for table in ("exams_response", "exams_note"):
        site.rows(f"ALTER TABLE {table} SET TABLESPACE {tablespace}")


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(1 << 20))
        except OSError:
            return


def libfaketime() -> str:
    """Return the path of the library that gives a process another clock; skip the test if it is not installed."""
    named = os.environ.get("LIBFAKETIME", "")
    for path in [named, *glob("/usr/lib/*/faketime/libfaketime.so.1"), *glob("/usr/lib*/faketime/libfaketime.so.1")]:
        if path and os.path.exists(path):
            return path
    pytest.skip("libfaketime is not installed")


@contextmanager
def clocks_that_leap(site: Stack, leap: str) -> Iterator[None]:
    """Restart web servers and workers with a clock that leaps, such as by `+4h`; in the end set it right."""
    parts = [*site.web, *site.workers]
    clock = site.directory / "clock"
    clock.write_text("+0\n")
    variables = {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    library = libfaketime()
    try:
        at_once(lambda part: part.restart(LD_PRELOAD=library, **variables), parts)
        wait_until_ready(site)
        clock.write_text(f"{leap}\n")
        yield
    finally:
        clock.write_text("+0\n")
        at_once(Part.restart, parts)
