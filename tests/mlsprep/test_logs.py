"""Log lines: UTC, as text or JSON with the ids of request and attempt, without tokens of sign-in links."""

import json
import logging
import re
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mlsprep.logs import JSONFormatter, LineFormatter
from tests import factories
from tests.mlsprep.processes import running_gunicorn
from tests.servers import free_port
from tests.sitting import Guest
from tests.waiting import wait_until

ATTEMPT = "664918ab-27b7-42ca-9d90-0aa8a38e9f7a"


def record(message: str, *args: Any, exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord("exams.services", logging.INFO, "a.py", 1, message, args, exc_info)


@pytest.mark.parametrize("formatter", [LineFormatter("{message}", style="{"), JSONFormatter()])
@pytest.mark.parametrize(
    "path",
    [
        "/accounts/link/Mg:1abc:s3cret_-/",
        "/sub/accounts/password/reset/key/2-s3cret/",
        "/accounts/link/s3cret",
        "/join/link/s3cret",
        "/calendar/s3cret.ics",
        "/reminders/confirm/s3cret:1abc:-x/",
        "/sub/reminders/stop/s3cret/",
        "/accounts/lin%6B/s3cret/",
        "/%61ccounts/link/s3cret/",
        "/accounts%2Flink%2fs3cret",
        "/accounts/lin%256B/s3cret/",
        "/accounts//link/s3cret/",
        "/accounts/./link/s3cret/?page=1",
        "/accounts/x/../link/s3cret/",
        "https://host.example/accounts//link/s3cret/",
        "/x/?next=/accounts/lin%6b/s3cret/",
    ],
)
def test_tokens_of_sign_in_links_are_not_logged(formatter: logging.Formatter, path: str) -> None:
    line = formatter.format(record('"GET %s HTTP/1.1" 404', path))
    assert "s3cret" not in line
    assert re.search("/(accounts|join/link|calendar|reminders)/", line)
    assert "404" in line


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "policy"),
    [
        *((path, "strict-origin") for path in ("/join/link/s3cret/", "/accounts/link/s3cret/", "/calendar/s3cret.ics")),
        *((f"/reminders/{act}/s3cret/", "strict-origin") for act in ("confirm", "stop")),
        ("/accounts/password/reset/key/1-s3cret/", "strict-origin"),
        ("/accounts/login/", "same-origin"),
    ],
)
def test_what_a_page_loads_is_not_told_the_token_in_its_address(client: Client, path: str, policy: str) -> None:
    assert client.get(path)["Referrer-Policy"] == policy


@pytest.mark.parametrize(
    "path", ["/exams/a%20b/", "/guide//x/", "https://host.example/accounts/link/", "/.well-known/x"]
)
def test_other_paths_are_logged_as_they_are(path: str) -> None:
    assert path in LineFormatter("{message}", style="{").format(record('"GET %s HTTP/1.1" 404', path))


def test_a_long_path_takes_no_longer_to_log_than_to_read() -> None:
    """Anybody can send one, and the log is written before the next request is answered."""
    path = "/zzz/" + "9" * 100_000
    began = time.process_time()
    assert path in LineFormatter("{message}", style="{").format(record('"GET %s HTTP/1.1" 404', path))
    assert time.process_time() - began < 5, "the square of its length took minutes"


def test_a_json_line_has_time_level_module_message_attempt_and_traceback() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        line = JSONFormatter().format(record("could not score attempt %s", uuid.UUID(ATTEMPT), exc_info=sys.exc_info()))
    assert "\n" not in line
    entry = json.loads(line)
    assert entry["time"].endswith("+00:00")
    assert (entry["level"], entry["module"]) == ("INFO", "exams.services")
    assert entry["message"] == f"could not score attempt {ATTEMPT}"
    assert entry["attempt"] == ATTEMPT
    assert "ValueError: broken" in entry["traceback"]


@pytest.mark.parametrize("formatter", [LineFormatter("{message}", style="{"), JSONFormatter()])
@pytest.mark.parametrize("control", ["\x1b", "\x1d", "\r", "\x7f", "\x85", "\x9b", "\u2028", "\u2029"])
def test_a_client_forges_no_line_and_commands_no_terminal(formatter: logging.Formatter, control: str) -> None:
    line = formatter.format(record('"GET /" 200 "%s"', f"a{control}2026-12-01 INFO exams.services é"))
    assert control not in line
    assert len(line.splitlines()) == 1
    assert "é" in line
    if isinstance(formatter, JSONFormatter):
        assert control in json.loads(line)["message"]


@pytest.mark.parametrize("formatter", [LineFormatter("{message}", style="{"), JSONFormatter()])
def test_a_token_with_a_control_character_is_not_logged(formatter: logging.Formatter) -> None:
    line = formatter.format(record('"GET %s" 404', "/accounts/link/s3cret\x85s3cret/"))
    assert "s3cret" not in line


@pytest.mark.parametrize("path", ["/?x=%00", "/no-such-page/"])
@pytest.mark.django_db
def test_a_refused_request_is_one_line_of_the_log(client: Client, caplog: Any, path: str) -> None:
    assert 400 <= client.get(path).status_code < 500
    (refused,) = [record for record in caplog.records if record.name == "django.request"]
    (console,) = [handler for handler in logging.getLogger().handlers if handler.get_name() == "console"]
    line = console.filter(refused)
    assert isinstance(line, logging.LogRecord)
    assert len(console.format(line).splitlines()) == 1


@pytest.mark.django_db
def test_lines_of_a_request_have_its_id_and_attempt(client: Client, caplog: Any) -> None:
    caplog.handler.setFormatter(JSONFormatter())
    guest = Guest.seated(client, factories.small_blueprint())
    attempt = str(guest.response.context["attempt"].uuid)
    response = client.get(reverse("question", args=[attempt, 99]))
    entries = [json.loads(line) for line in caplog.text.splitlines()]
    assert entries[0]["attempt"] == attempt  # started
    assert entries[-1]["request"] == response["X-Request-ID"]
    assert entries[-1]["attempt"] == attempt  # from the path
    assert len({entry["request"] for entry in entries}) > 1


@pytest.mark.laptop
def test_gunicorn_logs_requests_as_json_without_tokens_and_ignores_script_name(data_dir: Path) -> None:
    with running_gunicorn(data_dir, free_port(), LOG_FORMAT="json") as server:
        assert server.get("/accounts/link/s3cret-token/?page=1")[0] in (200, 404, 410)
        wait_until(lambda: "/accounts/link/" in server.output)
        status, page = server.get("/accounts/login/", SCRIPT_NAME="/accounts")
        assert status == 200
        assert 'href="/accounts/static' not in page
    assert "s3cret" not in server.output
    (line,) = [line for line in server.output.splitlines() if "/accounts/link/" in line and "GET" in line]
    assert json.loads(line)["module"] == "mlsprep.access_log"
