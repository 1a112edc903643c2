"""The health pages: what they call ready, and that they need neither host name, session nor HTTPS."""

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
def beat(db: None) -> Heartbeat:
    return Heartbeat.objects.create(name=sweeper.NAME, beat_at=timezone.now())


def test_the_process_lives_whatever_the_database_does(client: Client) -> None:
    # Without the `db` fixture every query is an error.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_it_is_ready_when_the_sweeper_has_just_run(client: Client, beat: Heartbeat) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "faults": {}, "warnings": {}}
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize(("silent", "status"), [(100, 200), (140, 503)])
def test_a_silent_sweeper_is_a_fault_after_two_minutes(
    client: Client, beat: Heartbeat, silent: int, status: int
) -> None:
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=silent))
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert ("sweeper" in answer.json()["faults"]) == (status == 503)


def test_a_sweeper_that_never_ran_is_a_fault(client: Client, db: None) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == {"sweeper": "The sweeper has never run. Start a worker."}


def test_a_pending_migration_is_a_fault(client: Client, beat: Heartbeat, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == {"migrations": "1 migrations are not applied. Run: manage.py migrate"}


def test_a_broker_that_is_away_is_a_warning_only(client: Client, beat: Heartbeat, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "The broker does not answer" in answer.json()["warnings"]["broker"]


def test_a_thread_that_died_is_a_fault(client: Client, beat: Heartbeat, monkeypatch: Any) -> None:
    dead = threading.Thread(name="worker", target=int)
    dead.start()
    dead.join()
    monkeypatch.setattr(threads, "running", [dead])
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == {"threads": "Stopped in this process: worker. Restart it."}


def test_probes_from_inside_need_no_https_that_the_proxy_speaks(client: Client, beat: Heartbeat, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/accounts/login/").status_code == 301
