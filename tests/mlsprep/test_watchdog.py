"""Test that systemd is told by web processes and by a worker that they live."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from mlsprep import worker_start
from mlsprep.sweeper import SweeperThread
from tests.mlsprep.processes import ROOT, running_gunicorn
from tests.servers import free_port


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Listen where systemd would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


@pytest.mark.laptop
def test_gunicorn_says_that_it_is_ready_and_then_its_processes_that_they_live(
    systemd: socket.socket, data_dir: Path
) -> None:
    with running_gunicorn(data_dir, free_port()):
        said = {systemd.recv(100).splitlines()[0] for _message in range(2)}
    assert said == {b"READY=1", b"WATCHDOG=1"}


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_of_a_worker_says_so_before_each_round(systemd: socket.socket) -> None:
    thread = SweeperThread()
    thread.start()
    assert systemd.recv(100) == b"WATCHDOG=1"
    thread.stop()
    thread.join(timeout=30)


def test_a_worker_that_waits_for_the_database_says_so(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [OperationalError("refused"), None]

    def connect() -> None:
        if answer := answers.pop(0):
            raise answer

    monkeypatch.setattr(connection, "ensure_connection", connect)
    monkeypatch.setattr(worker_start, "PAUSE_SECONDS", 0)
    worker_start.wait()
    assert systemd.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(("unit", "access"), [("web", "all"), ("worker", "main")])
def test_the_units_ask_for_it(unit: str, access: str) -> None:
    lines = (ROOT / f"deploy/mlsprep-{unit}.service").read_text().splitlines()
    assert f"NotifyAccess={access}" in lines
    assert any(line.startswith("WatchdogSec=") for line in lines)
