"""Test the figures for Prometheus: who gets them, what they count, and that the alerts are about them."""

import json
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

import exams.urls
from exams.models.heartbeat import BACKUP, BASE, Heartbeat
from exams.services.attempt import ending
from exams.services.upkeep import sweeper
from mlsprep import clock
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


@pytest.mark.django_db
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
def test_a_save_without_javascript_is_counted_as_well(client: Client) -> None:
    attempt = factories.attempt(factories.candidate(), factories.small_blueprint(minutes=30), now=timezone.now())
    before = scrape(client)
    post = {"option": ["0"], "version": "0", "seconds": "5", "move": "next"}
    assert browser(attempt.candidate).post(f"/attempts/{attempt.uuid}/questions/1/", post).status_code == 303
    after = scrape(client)
    for name in (("mlsprep_saves_total", "saved"), ("mlsprep_request_seconds_count", "POST", "question")):
        assert after[name] == before.get(name, 0) + 1, name


@pytest.mark.django_db
@pytest.mark.usefixtures("_token", "empty_cache")
def test_what_a_probe_is_told_is_no_failed_request(client: Client) -> None:
    name, before = ("mlsprep_responses_total", "503"), scrape(client)
    assert client.get("/readyz?all=1").status_code == 503  # no sweeper
    assert scrape(client).get(name, 0) == before.get(name, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("_token", "empty_cache")
def test_a_clock_that_differs_from_that_of_the_database_is_told(client: Client, monkeypatch: Any) -> None:
    assert abs(scrape(client)["mlsprep_clock_difference_seconds",]) <= 2
    host = datetime.now(UTC)
    monkeypatch.setattr(clock, "_reading", clock.Reading(host - timedelta(hours=4), host, None))
    monkeypatch.setattr(timezone, "now", clock.now)
    found = scrape(client)
    assert found["mlsprep_clock_difference_seconds",] == pytest.approx(14_400, abs=1)
    assert found["mlsprep_time_seconds",] == pytest.approx(host.timestamp() - 14_400, abs=60)


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
    assert len(RULES) == 14
    for rule in RULES:
        assert set(re.findall(r"mlsprep_\w+", rule["expr"])) <= known, rule["alert"]
        assert f"**{rule['alert']}**" in manual
        assert rule["labels"]["severity"] in ("critical", "warning")
    pages = re.findall(r'page=~"(.*?)"', str(RULES))[0].split("|")
    assert {path.name for path in exams.urls.urlpatterns} >= set(pages)


def test_the_job_of_the_sample_for_prometheus_is_that_of_the_alerts() -> None:
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text())["scrape_configs"]
    assert {name for rule in RULES for name in re.findall(r'job="(\w+)"', rule["expr"])} == {job["job_name"]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_token", "empty_cache")
def test_without_the_database_the_processes_still_tell_their_figures(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client.get("/guide/")
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
    assert found["mlsprep_base_age_seconds",] == -1
    for name, hours in {BACKUP: 40, BASE: 80}.items():
        Heartbeat.objects.create(name=name, beat_at=timezone.now() - timedelta(hours=hours))
    found = scrape(client)
    assert 144_000 <= found["mlsprep_backup_age_seconds",] < 144_100
    assert 288_000 <= found["mlsprep_base_age_seconds",] < 288_100


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
