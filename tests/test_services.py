"""What the other tests stand on: the chosen database, the broker and the worker are the real ones."""

import os
import time
from typing import Any

import pytest
import redis
from django.db import connection, connections


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for() -> None:
    wanted = os.environ.get("MLSPREP_TEST_DB") or "sqlite"
    with connection.cursor() as cursor:
        if wanted == "sqlite":
            cursor.execute("PRAGMA database_list")
            assert cursor.fetchone()[2], "SQLite is in memory: threads would share one connection"
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone()[0] == "wal"
        else:
            cursor.execute("SHOW server_version_num")
            assert int(cursor.fetchone()[0]) >= 150000
    assert connections["default"].vendor == wanted


def test_valkey_answers(valkey_url: str) -> None:
    client = redis.from_url(valkey_url)
    client.set("mlsprep-test", "here", ex=60)
    assert client.get("mlsprep-test") == b"here"


def test_a_worker_process_takes_messages_from_the_broker(celery_worker: Any, valkey_url: str) -> None:
    from mlsprep.celery import app

    deadline = time.monotonic() + 10
    while not (answers := app.control.ping(timeout=0.5)):
        assert time.monotonic() < deadline, "no worker answered"
    assert next(iter(answers[0].values())) == {"ok": "pong"}
