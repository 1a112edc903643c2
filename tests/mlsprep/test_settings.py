"""Test the environment variables: valid values, and the messages for invalid ones."""

import logging
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory

from mlsprep.logs import LineFormatter
from tests.mlsprep.processes import manage

FILE = Path(__file__).resolve().parent.parent.parent / "mlsprep" / "settings.py"


@pytest.fixture
def settings_with(monkeypatch: Any) -> Any:
    """Return a function that evaluates the settings with these variables, as a new process would."""

    def run(**variables: str) -> dict[str, Any]:
        for name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(FILE))

    return run


@pytest.mark.parametrize(
    ("variable", "value", "example"),
    [
        ("DATABASE_URL", "postgresql://u:secret@h:port/name", "postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "mysql://u:secret@h/name", "postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgresql://u:secret@h:5432", "postgresql://user:password@host:5432/name"),
        ("REDIS_URL", "redis://h/x", "redis://host:6379/0"),
        ("REDIS_URL", "redis://h:port/0", "redis://host:6379/0"),
        ("REDIS_URL", "http://nope", "redis://host:6379/0"),
        ("REDIS_URL", "redis:", "redis://host:6379/0"),
        ("EMAIL_URL", "smtp://u:secret@h:port", "smtps://user:password@mail.example.org:465"),
        ("EMAIL_URL", "imap://u:secret@h", "smtps://user:password@mail.example.org:465"),
        ("PUBLIC_URL", "https://h:zz", "https://exams.example.org"),
        ("PUBLIC_URL", "https://[h", "https://exams.example.org"),
        ("PUBLIC_URL", "ftp://h", "https://exams.example.org"),
        ("PUBLIC_URL", "exams.example.org", "https://exams.example.org"),
    ],
)
def test_an_invalid_url_is_refused_without_revealing_its_password(
    settings_with: Any, variable: str, value: str, example: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_with(**{variable: value})
    assert str(refused.value) == f"{variable} is not a valid URL. It must look like {example}."


def test_urls_are_parsed(settings_with: Any) -> None:
    settings = settings_with(
        DATABASE_URL="postgresql://us%40er:pass%2Fword@db:5433/exams?sslmode=require",
        REDIS_URL="rediss://:secret@broker:6380/2",
        EMAIL_URL="smtp://mail.example.org",
        PUBLIC_URL="https://example.org:8443/sub/",
    )
    database = settings["DATABASES"]["default"]
    parts = [database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")]
    assert parts == ["exams", "us@er", "pass/word", "db", "5433"]
    assert database["OPTIONS"]["sslmode"] == "require"
    assert settings["CACHES"]["default"]["LOCATION"] == "rediss://:secret@broker:6380/3"
    assert settings["MAILERS"]["default"]["OPTIONS"]["port"] == 587
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://example.org:8443"]
    assert settings["PATH_PREFIX"] == "/sub"


def test_a_laptop_counts_in_a_memory_that_strangers_cannot_empty(settings_with: Any) -> None:
    assert settings_with()["CACHES"]["counters"] == {"BACKEND": "mlsprep.counter_memory.CounterMemory"}


def test_a_database_behind_a_socket_needs_no_host(settings_with: Any) -> None:
    assert settings_with(DATABASE_URL="postgresql:///exams")["DATABASES"]["default"]["HOST"] == ""


def test_pages_use_the_time_zone_of_the_operator_and_the_rest_uses_utc(settings_with: Any) -> None:
    settings = settings_with(DISPLAY_TZ="Europe/Berlin")
    assert settings["TIME_ZONE"] == "Europe/Berlin"
    assert (settings["USE_TZ"], settings["CELERY_TIMEZONE"]) == (True, "UTC")
    assert "TIME_ZONE" not in settings["DATABASES"]["default"]
    assert settings_with(DISPLAY_TZ="")["TIME_ZONE"] == "UTC"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../UTC", "CEST"])
def test_an_unknown_time_zone_is_refused(settings_with: Any, zone: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^DISPLAY_TZ is '.*', which is not a time zone\. Use a name such as"
    ):
        settings_with(DISPLAY_TZ=zone)


def test_log_lines_use_utc(settings_with: Any) -> None:
    logging_settings = settings_with(DISPLAY_TZ="Asia/Kolkata")["LOGGING"]
    assert logging_settings["handlers"]["console"]["formatter"] == "text"
    config = logging_settings["formatters"]["text"]
    formatter = LineFormatter(config["fmt"], style=config["style"])
    record = logging.makeLogRecord({"created": 0.0, "msecs": 0.0, "levelname": "INFO", "name": "exams", "msg": "begun"})
    assert formatter.format(record) == "1970-01-01 00:00:00,000 INFO exams begun"


def test_log_lines_can_be_json(settings_with: Any) -> None:
    assert settings_with(LOG_FORMAT="json")["LOGGING"]["handlers"]["console"]["formatter"] == "json"


@pytest.mark.parametrize(
    ("public_url", "proxies", "redirects"),
    [
        ("https://exams.example.org", "1", True),
        (
            "https://exams.example.org",
            "0",
            False,
        ),  # without a proxy that marks HTTPS requests, redirects would never end
        ("http://exams.example.org", "1", False),
        ("", "0", False),
    ],
)
def test_requests_are_redirected_to_https_only_behind_a_counted_proxy(
    settings_with: Any, public_url: str, proxies: str, redirects: bool
) -> None:
    assert settings_with(PUBLIC_URL=public_url, TRUSTED_PROXIES=proxies)["SECURE_SSL_REDIRECT"] is redirects


@pytest.mark.parametrize(("public_url", "prefix"), [("https://h", ""), ("https://h/sub/path", "sub/path/")])
def test_health_pages_are_not_redirected_with_or_without_the_path_prefix(
    settings_with: Any, public_url: str, prefix: str
) -> None:
    patterns = settings_with(PUBLIC_URL=public_url, TRUSTED_PROXIES="1")["SECURE_REDIRECT_EXEMPT"]
    middleware = SecurityMiddleware(lambda request: HttpResponse())
    middleware.redirect, middleware.redirect_exempt = True, [re.compile(pattern) for pattern in patterns]
    for path, status in (
        ("healthz", 200),
        (f"{prefix}healthz", 200),
        (f"{prefix}readyz", 200),
        (f"{prefix}accounts/login/", 301),
        (f"{prefix}healthz/more", 301),
        ("other/healthz", 301),
    ):
        assert middleware(RequestFactory().get(f"/{path}")).status_code == status, path


@pytest.mark.django_db
def test_an_acknowledged_answer_survives_a_power_cut_on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL waits for the disk by default")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


@pytest.mark.slow
def test_manage_prints_the_message_without_a_traceback(tmp_path: Path) -> None:
    refused = manage(tmp_path, "check", PUBLIC_URL="https://h:zz")
    assert refused.returncode == 1
    assert refused.stderr.startswith("mlsprep cannot start. PUBLIC_URL is not a valid URL")
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_an_uncounted_proxy_gives_a_warning(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", PUBLIC_URL="https://exams.example.org")
    assert "exams.W002" in done.stderr


@pytest.mark.slow
def test_a_command_says_in_one_sentence_that_the_database_does_not_respond(tmp_path: Path) -> None:
    done = manage(tmp_path, "migrate", DATABASE_URL="postgresql://u:s3cret@127.0.0.1:1/x", SECRET_KEY="k" * 32)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if "database" in line]
    assert line.startswith("The database does not respond. Does it run, and is DATABASE_URL right? connection failed")
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "DATABASE_URL is missing"),
        ({"DATABASE_URL": "postgresql://h/x", "DEBUG": "on"}, "DEBUG is on"),
        ({"DATABASE_URL": "postgresql://h/x", "SECRET_KEY": "change-me-in-production-please-now"}, "SECRET_KEY is the"),
        ({"DATABASE_URL": "postgresql://u:change-me@h/x", "SECRET_KEY": "k" * 32}, "The password in DATABASE_URL is"),
    ],
)
def test_a_production_server_refuses_the_settings_of_a_laptop(
    settings_with: Any, variables: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        settings_with(MLSPREP_ENV="production", **variables)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("OUTAGES", "maybe", "Use ask or give-back or close"),
        ("MLSPREP_ENV", "staging", "Use laptop or production"),
        ("LIMIT_GUESTS", "0", "would let nobody in"),
        ("LIMIT_EXCEPTIONS", "203.0.113.0/24", "'203.0.113.0/24'. Say for each network how many times as much"),
        ("LIMIT_EXCEPTIONS", "campus=5", "'campus=5'. Say for each network"),
        ("LIMIT_EXCEPTIONS", "203.0.113.9/24=5", "'203.0.113.9/24=5'. Say for each network"),
        ("LIMIT_EXCEPTIONS", "203.0.113.0/24=0", "'203.0.113.0/24=0'. Say for each network"),
        ("METRICS_TOKEN", "short", "could be guessed"),
        ("WEB_CONCURRENCY", "two", "Use a whole number"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(settings_with: Any, variable: str, value: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        settings_with(**{variable: value})


def test_outages_are_asked_about_where_there_is_staff_and_close_on_a_laptop(settings_with: Any) -> None:
    key = "k" * 40
    assert settings_with()["OUTAGES"] == "close"
    assert settings_with(DATABASE_URL="postgresql://h/x", SECRET_KEY=key)["OUTAGES"] == "ask"


def test_a_university_behind_one_address_raises_its_limits(settings_with: Any) -> None:
    rates = settings_with(LIMIT_GUESTS="5000", LIMIT_SIGN_INS="3000")["ACCOUNT_RATE_LIMITS"]
    assert (rates["guest_start"], rates["class_guest"]) == ("5000/m/ip", "5000/m/ip")
    assert (rates["sign_in"], rates["signup"]) == ("3000/m/ip", "3000/m/ip")


def test_a_relay_without_tls_and_the_sender_are_settings(settings_with: Any) -> None:
    values = settings_with(EMAIL_URL="smtp+plain://relay", PUBLIC_URL="https://exams.example.org")
    options = values["MAILERS"]["default"]["OPTIONS"]
    assert options["timeout"] == 10, "a silent mail server holds no request for good"
    assert (options["host"], options["port"], options["use_ssl"], options["use_tls"]) == ("relay", 25, False, False)
    assert values["DEFAULT_FROM_EMAIL"] == "mlsprep@exams.example.org"
    assert settings_with(DEFAULT_FROM_EMAIL="exams@x.example")["DEFAULT_FROM_EMAIL"] == "exams@x.example"


@pytest.mark.parametrize("days", ["1", "89"])
def test_accounts_are_not_deleted_while_a_sign_in_may_last(settings_with: Any, days: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ACCOUNT_DAYS is 90 or more, or 0"):
        settings_with(ACCOUNT_DAYS=days)
    assert settings_with(ACCOUNT_DAYS="90")["ACCOUNT_DAYS"] == 90


def test_exceptions_of_networks_leave_the_rates_of_others(settings_with: Any) -> None:
    values = settings_with(LIMIT_EXCEPTIONS="203.0.113.0/24=50", LIMIT_JOINS="0")
    assert [times for _network, times in values["LIMIT_EXCEPTIONS"].items()] == [50]
    rates = {name: rate and str(rate) for name, rate in values["ACCOUNT_RATE_LIMITS"].items()}
    assert rates == settings_with(LIMIT_EXCEPTIONS="", LIMIT_JOINS="0")["ACCOUNT_RATE_LIMITS"]
