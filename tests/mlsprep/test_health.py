"""Test the health pages: readiness, and access without host name, session and HTTPS."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from exams.models import Heartbeat
from exams.services.upkeep import sweeper
from mlsprep import health
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


@pytest.mark.parametrize(("silence_seconds", "status"), [(100, 200), (140, 503)])
def test_a_silent_sweeper_is_a_fault_after_two_minutes(
    client: Client, heartbeat: Heartbeat, silence_seconds: int, status: int
) -> None:
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=silence_seconds))
    response = client.get("/readyz")
    assert response.status_code == status
    assert ("sweeper" in response.json()["faults"]) == (status == 503)


def test_a_sweeper_that_has_never_run_is_a_fault(client: Client, db: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["faults"] == {"sweeper": "The sweeper has never run. Start a worker."}


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
