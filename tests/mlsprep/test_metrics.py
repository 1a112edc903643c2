"""Test the figures for Prometheus: who gets them, what they count, and that the alerts are about them."""

import json
import re
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from exams.models.heartbeat import BACKUP, Heartbeat
from exams.services.attempt import ending
from exams.services.upkeep import sweeper
from mlsprep.metrics import StateCollector
from tests import factories
from tests.mlsprep.databases import SeparateDatabase, connected_to
from tests.mlsprep.processes import running_gunicorn
from tests.servers import free_port
from tests.sitting import browser
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t" * 24
RULES = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"][0]["rules"]


@pytest.fixture
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Return the samples by name and labels; those are in the order of their names."""
    return {
        (sample.name, *(label for _name, label in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(client: Client) -> dict[tuple[str, ...], float]:
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    return figures(response.text)


def test_without_a_token_in_the_settings_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.usefixtures("_token")
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer guess", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
def test_whoever_guesses_the_token_is_told_what_to_send_and_nothing_else(client: Client, header: str) -> None:
    response = client.get("/metrics", headers={"Authorization": header})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert "mlsprep_" not in response.text


@pytest.mark.django_db
@pytest.mark.usefixtures("_token", "empty_cache")
def test_exams_saves_and_requests_are_counted(client: Client) -> None:
    now = timezone.now()
    blueprint = factories.small_blueprint(minutes=30)
    running, waiting = (factories.attempt(factories.candidate(), blueprint, now=now) for _ in range(2))
    ending.finish(waiting, now - timedelta(seconds=40))
    sweeper.take_turn(now - timedelta(seconds=90))
    before = scrape(client)
    event = {"id": "answer-1", "kind": "answer", "position": 1, "ticked": [0], "version": 0, "ago": 0}
    batch = {"protocol": 1, "events": [event]}
    browser(running.candidate).post(f"/attempts/{running.uuid}/sync/", batch, content_type="application/json")
    after = scrape(client)
    assert after["mlsprep_open_exams",] == 1
    assert after["mlsprep_unscored_exams",] == 1
    assert 90 <= after["mlsprep_sweeper_age_seconds",] < 150
    for name in (
        ("mlsprep_saves_total", "saved"), ("mlsprep_request_seconds_count", "POST", "sync"),
        ("mlsprep_responses_total", "200"),
    ):  # fmt: skip
        assert after[name] > before.get(name, 0), name


@pytest.mark.django_db
@pytest.mark.usefixtures("_token", "empty_cache")
def test_paths_that_anybody_can_make_up_make_no_new_figures(client: Client) -> None:
    client.get("/one/")
    before = len(scrape(client))
    for number in range(20):
        client.get(f"/made-up-{number}/")
    assert len(scrape(client)) <= before + 2


@pytest.mark.django_db
def test_each_alert_is_about_a_figure_that_exists_and_has_a_paragraph_for_the_night() -> None:
    known = {family.name for family in StateCollector().collect()} | {
        "mlsprep_responses_total", "mlsprep_request_seconds_bucket",
    }  # fmt: skip
    manual = (ROOT / "docs/operations.md").read_text()
    assert len(RULES) == 12
    for rule in RULES:
        assert set(re.findall(r"mlsprep_\w+", rule["expr"])) <= known, rule["alert"]
        assert f"**{rule['alert']}**" in manual
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_the_job_of_the_sample_for_prometheus_is_that_of_the_alerts() -> None:
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text())["scrape_configs"]
    assert {name for rule in RULES for name in re.findall(r'job="(\w+)"', rule["expr"])} == {job["job_name"]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_token", "empty_cache")
def test_without_the_database_the_processes_still_tell_their_figures(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client.get("/healthz")
    with connected_to(SeparateDatabase("/nonexistent/database", tmp_path, {})):
        found = scrape(client)
    assert found["mlsprep_database_up",] == 0
    assert found["mlsprep_broker_up",] == 0
    assert ("mlsprep_responses_total", "200") in found
    assert ("mlsprep_open_exams",) not in found


@pytest.mark.django_db
@pytest.mark.usefixtures("_token", "empty_cache")
def test_the_age_of_the_last_dump_is_told(client: Client, settings: Any) -> None:
    settings.REDIS_URL = ""
    found = scrape(client)
    assert (found["mlsprep_database_up",], found["mlsprep_backup_age_seconds",]) == (1, -1)
    assert ("mlsprep_broker_up",) not in found
    Heartbeat.objects.create(name=BACKUP, beat_at=timezone.now() - timedelta(hours=40))
    assert 144_000 <= scrape(client)["mlsprep_backup_age_seconds",] < 144_100


@pytest.mark.laptop
def test_two_processes_of_gunicorn_count_together_and_hup_is_refused(data_dir: Path) -> None:
    with running_gunicorn(data_dir, free_port(), "--workers=2", METRICS_TOKEN=TOKEN, LOG_FORMAT="json") as server:
        for _ in range(20):
            assert server.get("/healthz")[0] == 200
        status, text = server.get("/metrics", Authorization=f"Bearer {TOKEN}")
        assert status == 200
        counted = figures(text)["mlsprep_request_seconds_count", "GET", "healthz"]
        assert counted >= 20
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "HUP loads no new code" in server.output)
        assert server.get("/healthz")[0] == 200
        lines = server.output.splitlines()
    assert [line for line in lines if not line.startswith("{")] == []
    access = next(json.loads(line) for line in lines if '"status"' in line)
    assert (access["client"], access["method"], access["path"], access["status"]) == (
        "127.0.0.1", "GET", "/healthz", 200,
    )  # fmt: skip
    assert access["milliseconds"] > 0
