"""Test that the database, the broker and the worker of a test run are real and the requested ones."""

import os
from typing import Any

import pytest
import redis
from django.db import connection, connections

from tests.waiting import wait_until


@pytest.mark.django_db
def test_the_database_is_the_requested_one() -> None:
    requested = os.environ.get("MLSPREP_TEST_DB") or "sqlite"
    with connection.cursor() as cursor:
        if requested == "sqlite":
            cursor.execute("PRAGMA database_list")
            assert cursor.fetchone()[2], "SQLite is in memory: its threads would share one connection"
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone()[0] == "wal"
        else:
            cursor.execute("SHOW server_version_num")
            assert int(cursor.fetchone()[0]) >= 150000
    assert connections["default"].vendor == requested


def test_valkey_stores_a_value(valkey_url: str) -> None:
    client = redis.from_url(valkey_url)
    client.set("mlsprep-test", "value", ex=60)
    assert client.get("mlsprep-test") == b"value"


def test_a_worker_process_receives_messages(celery_worker: Any, valkey_url: str) -> None:
    from mlsprep.celery import app

    replies: list[Any] = []

    def replied() -> bool:
        replies.extend(app.control.ping(timeout=0.5))
        return bool(replies)

    wait_until(replied, what="no worker replied")
    assert next(iter(replies[0].values())) == {"ok": "pong"}
