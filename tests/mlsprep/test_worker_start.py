"""Test that a worker waits for a database that starts later, and says so once."""

import logging
from typing import Any

import pytest
from django.db import OperationalError, connection

from mlsprep import worker_start


@pytest.mark.django_db
def test_it_waits_until_the_database_responds_and_says_why_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []

    def refuse(*_arguments: Any) -> None:
        if len(pauses) < 3:
            raise OperationalError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(worker_start.time, "sleep", pauses.append)
    with caplog.at_level(logging.WARNING, "mlsprep"):
        worker_start.wait()
    assert pauses == [worker_start.PAUSE_SECONDS] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "waiting for the database: connection refused Is the server running?"
    ]
