"""Settings, requirements, containers and migrations are documented and complete."""

import ast
import datetime
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.utils.formats import date_format

from mlsprep.body_limits import MAX_FORM_BYTES, MAX_IMPORT_BYTES
from questions.formats.registry import losses

ROOT = Path(__file__).resolve().parent.parent


def variables() -> set[str]:
    """Return the names of all environment variables that mlsprep/settings.py reads, by any function."""
    tree = ast.parse((ROOT / "mlsprep" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    arguments = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    return {text for text in arguments if isinstance(text, str) and re.fullmatch(r"[A-Z][A-Z_]+", text)}


def test_variables_of_other_functions_are_collected() -> None:
    assert {"MLSPREP_DATA_DIR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "GUESTS"} <= variables()


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_variable_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "README.md").read_text(), "README.md, 'Settings'"
    assert re.search(rf"^#?{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE), ".env.example"


def test_losses_of_each_format_are_documented() -> None:
    text = (ROOT / "README.md").read_text()
    for format, lost in losses():
        assert f"| {format.title} | yes | `{format.name}` | {'; '.join(lost) or 'nothing is lost'} |" in text


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_have_hashes_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host", text)
    pins = re.findall(r"^[a-z0-9][^=\n]*==[^\n]*(?:\n +--hash=sha256:[0-9a-f]{64}[^\n]*)+", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 20


def test_development_requirements_contain_those_of_the_server() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9.-]+==[^ \n]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_the_review_of_pins_lists_each_pin_of_the_server() -> None:
    pins = re.findall(r"^([a-z0-9.-]+)==([^ ;\n]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| ([a-z0-9.-]+) (\S+) \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(pins)


def test_compose_publishes_the_web_server_on_this_machine_only_and_the_proxy_on_request() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    proxy = published.pop("proxy")
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}
    assert (services["proxy"]["profiles"], proxy) == (["tls"], ["80:80", "443:443"])


def test_the_log_of_each_container_is_bounded() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name, service in services.items():
        log = service["logging"]
        assert log["driver"] == "local", name
        assert set(log["options"]) == {"max-size", "max-file"}, name


def test_the_proxy_accepts_the_largest_import_and_buffers_all_other_forms() -> None:
    text = (ROOT / "Caddyfile").read_text()
    (most,) = re.findall(r"max_size (\d+)MB", text)
    (buffered,) = re.findall(r"request_buffers (\d+)MiB", text)
    assert MAX_IMPORT_BYTES <= int(most) * 1_000_000 < MAX_IMPORT_BYTES * 1.1
    assert int(buffered) * 2**20 > MAX_FORM_BYTES
    assert "read_header" in text
    (seconds,) = re.findall(r"read_body (\d+)s", text)
    assert int(most) * 8 / 2 <= int(seconds) < int(most) * 8  # Mbit: enough on 2 Mbit/s, not much more


def test_dates_and_times_have_one_form_on_all_pages() -> None:
    moment = datetime.datetime(2026, 11, 25, 14, 5, tzinfo=datetime.UTC)
    assert date_format(moment) == "25 November 2026"
    assert date_format(moment, "MONTH_DAY_FORMAT") == "25 Nov"
    assert date_format(moment, "DATETIME_FORMAT") == "25 November 2026, 14:05"
    forms = {"DATE_FORMAT", "MONTH_DAY_FORMAT", "TIME_FORMAT", "DATETIME_FORMAT"}
    for_programs = {"c", "e", "Y-m-d"}  # the last two: the time zone, the value of a date field
    others = {
        f"{path.name}: {form}"
        for path in (ROOT / "templates").rglob("*.html")
        for form in re.findall(r"\|(?:date|time):.([^\"']+)", path.read_text())
        if form not in forms | for_programs
    }
    assert not others


def test_the_script_of_the_room_stays_small() -> None:
    """It runs in the browser of every candidate: it can be read in an hour, and what it grows by was worth it."""
    modules = {path.name: path.read_text().splitlines() for path in (ROOT / "static" / "js").glob("room*.js")}
    code = [line for lines in modules.values() for line in lines if not re.match(r"\s*(//|/\*\*|\*|$)", line)]
    assert {name: len(lines) for name, lines in modules.items() if len(lines) > 200} == {}
    assert len(code) <= 808
    assert sum(map(len, modules.values())) <= 1000


@pytest.mark.django_db
def test_every_model_change_has_a_migration(capsys: Any) -> None:
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out
