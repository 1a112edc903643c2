"""Test the health pages: readiness, and access without host name, session and HTTPS."""

import socket
import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import redis
from django.db import connection
from django.test import Client
from django.utils import timezone

from exams.models import Heartbeat
from exams.services.upkeep import sweeper
from mlsprep import clock, health
from mlsprep.serving import threads


@pytest.fixture
def heartbeat(db: None) -> Heartbeat:
    return Heartbeat.objects.create(name=sweeper.HEARTBEAT_NAME, beat_at=timezone.now())


@pytest.fixture(autouse=True)
def _counted_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "web-5f7c", "[fe80::1]", "evil.example", ":::", ""])
def test_every_host_reaches_the_health_pages_and_no_other(client: Client, host: str) -> None:
    for page in ("/healthz", "/readyz"):
        response = client.get(page, HTTP_HOST=host)
        assert response.status_code in (200, 503)
        assert host == "" or host not in response.text
    assert client.get("/", HTTP_HOST=host or "_").status_code == 400


def test_healthz_responds_without_the_database(client: Client) -> None:
    # Without the `db` fixture, every query raises.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_it_is_ready_if_the_sweeper_has_just_run(client: Client, heartbeat: Heartbeat) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "faults": {}, "warnings": {}}
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


@pytest.mark.parametrize(("silence_seconds", "silent"), [(100, False), (140, True)])
def test_a_silent_sweeper_is_a_warning_for_a_balancer_and_a_fault_for_an_alarm(
    client: Client, heartbeat: Heartbeat, silence_seconds: int, silent: bool
) -> None:
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=silence_seconds))
    response = client.get("/readyz")
    assert (response.status_code, "sweeper" in response.json()["warnings"]) == (200, silent)
    response = client.get("/readyz?all=1")
    assert response.status_code == (503 if silent else 200)
    assert ("sweeper" in response.json()["faults"]) == silent


def test_a_sweeper_that_has_never_run_is_a_fault_for_an_alarm(client: Client, db: None) -> None:
    response = client.get("/readyz?all=1")
    assert response.status_code == 503
    assert response.json()["faults"] == {"sweeper": "The sweeper has never run. Start a worker."}


def test_a_clock_that_is_wrong_is_a_warning(client: Client, heartbeat: Heartbeat, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "difference", lambda: -14400.0)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["warnings"]["clock"].startswith("The clock of this host is +14400 s from")


def test_a_database_that_was_made_read_only_is_a_fault_at_the_next_probe(client: Client, heartbeat: Heartbeat) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such state")
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        response = client.get("/readyz")
    finally:
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
            other.execute("SET default_transaction_read_only = off")
            other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert response.status_code == 503
    assert "read-only" in response.json()["faults"]["database"]
    assert client.get("/readyz").status_code == 200


@pytest.mark.slow
def test_a_frozen_database_is_a_fault_within_seconds(client: Client, heartbeat: Heartbeat, monkeypatch: Any) -> None:
    """A listener that accepts connections and says nothing is what a frozen server looks like."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such state")
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        params = {**connection.get_connection_params(), "host": "127.0.0.1", "port": frozen.getsockname()[1]}
        monkeypatch.setattr(connection, "get_connection_params", lambda: params)
        response = client.get("/readyz")
    assert response.status_code == 503
    assert "does not respond" in response.json()["faults"]["database"]


def test_a_pending_migration_is_a_fault(client: Client, heartbeat: Heartbeat, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["faults"] == {"migrations": "1 migrations are not applied. Run: manage.py migrate"}


def test_an_unreachable_broker_is_only_a_warning(client: Client, heartbeat: Heartbeat, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert "The broker does not respond" in response.json()["warnings"]["broker"]


def test_a_full_broker_is_a_warning(client: Client, heartbeat: Heartbeat, settings: Any, valkey_url: str) -> None:
    settings.REDIS_URL = valkey_url
    with redis.Redis.from_url(valkey_url) as broker:
        before = broker.config_get("maxmemory")["maxmemory"]
        broker.config_set("maxmemory", 1)
        try:
            response = client.get("/readyz")
        finally:
            broker.config_set("maxmemory", before)
    assert response.status_code == 200
    assert "takes no messages" in response.json()["warnings"]["broker"]
    assert "broker" not in client.get("/readyz").json()["warnings"]


@pytest.mark.parametrize(
    ("database", "proxies", "warns"), [("postgresql://h/x", 0, True), ("postgresql://h/x", 1, False), ("", 0, False)]
)
def test_a_web_server_without_a_buffering_proxy_is_a_warning(
    client: Client, heartbeat: Heartbeat, settings: Any, database: str, proxies: int, warns: bool
) -> None:
    settings.DATABASE_URL, settings.TRUSTED_PROXIES = database, proxies
    response = client.get("/readyz")
    assert response.status_code == 200
    assert ("buffers requests" in response.json()["warnings"].get("proxy", "")) is warns


def test_a_dead_thread_is_a_fault(client: Client, heartbeat: Heartbeat, monkeypatch: Any) -> None:
    dead = threading.Thread(name="worker", target=int)
    dead.start()
    dead.join()
    monkeypatch.setattr(threads, "running", [dead])
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["faults"] == {"threads": "Stopped in this process: worker. Restart it."}


def test_health_pages_are_not_redirected_to_https(client: Client, heartbeat: Heartbeat, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/accounts/login/").status_code == 301
