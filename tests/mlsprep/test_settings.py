"""The environment is read once and by one file: what it may say, and the sentence when it says nonsense."""

import logging
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.mlsprep.served import manage

FILE = Path(__file__).resolve().parent.parent.parent / "mlsprep" / "settings.py"


@pytest.fixture
def settings_with(monkeypatch: Any) -> Any:
    """Runs the settings as a new process would, with these variables."""

    def run(**variables: str) -> dict[str, Any]:
        for name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(FILE))

    return run


@pytest.mark.parametrize(
    ("variable", "value", "like"),
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
def test_an_address_that_is_none_is_refused_in_a_sentence_that_tells_no_password(
    settings_with: Any, variable: str, value: str, like: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_with(**{variable: value})
    assert str(refused.value) == f"{variable} is no address that can be used. It must look like {like}."


def test_addresses_are_taken_apart(settings_with: Any) -> None:
    found = settings_with(
        DATABASE_URL="postgresql://us%40er:pass%2Fword@db:5433/exams?sslmode=require",
        REDIS_URL="rediss://:secret@broker:6380/2",
        EMAIL_URL="smtp://mail.example.org",
        PUBLIC_URL="https://example.org:8443/sub/",
    )
    database = found["DATABASES"]["default"]
    assert [database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "exams", "us@er", "pass/word", "db", "5433",
    ]  # fmt: skip
    assert database["OPTIONS"]["sslmode"] == "require"
    assert found["CACHES"]["default"]["LOCATION"] == "rediss://:secret@broker:6380/3"
    assert found["MAILERS"]["default"]["OPTIONS"]["port"] == 587
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://example.org:8443"]
    assert found["PATH_PREFIX"] == "/sub"


def test_a_database_behind_a_socket_needs_no_host(settings_with: Any) -> None:
    assert settings_with(DATABASE_URL="postgresql:///exams")["DATABASES"]["default"]["HOST"] == ""


def test_times_are_shown_in_the_zone_of_the_operator_and_kept_in_utc(settings_with: Any) -> None:
    found = settings_with(DISPLAY_TZ="Europe/Berlin")
    assert found["TIME_ZONE"] == "Europe/Berlin"
    assert (found["USE_TZ"], found["CELERY_TIMEZONE"]) == (True, "UTC")
    assert "TIME_ZONE" not in found["DATABASES"]["default"]
    assert settings_with(DISPLAY_TZ="")["TIME_ZONE"] == "UTC"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../UTC", "CEST"])
def test_a_zone_that_nobody_knows_is_refused(settings_with: Any, zone: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DISPLAY_TZ is '.*', which is no time zone\. Use a name such as"):
        settings_with(DISPLAY_TZ=zone)


def test_log_lines_stay_in_utc_whatever_zone_is_shown(settings_with: Any) -> None:
    config = settings_with(DISPLAY_TZ="Asia/Kolkata")["LOGGING"]["formatters"]["line"]
    factory: type[logging.Formatter] = config["()"]
    line = factory(config["fmt"], style=config["style"])
    record = logging.makeLogRecord({"created": 1_774_998_000.0, "msecs": 0.0, "msg": "said"})
    assert line.format(record).startswith("2026-03-31 23:00:00,000")


@pytest.mark.parametrize(
    ("address", "proxies", "redirects"),
    [
        ("https://exams.example.org", "1", True),
        ("https://exams.example.org", "0", False),  # nobody says which requests came by HTTPS: it would never end
        ("http://exams.example.org", "1", False),
        ("", "0", False),
    ],
)
def test_requests_are_sent_to_https_only_if_a_proxy_says_which_came_by_it(
    settings_with: Any, address: str, proxies: str, redirects: bool
) -> None:
    assert settings_with(PUBLIC_URL=address, TRUSTED_PROXIES=proxies)["SECURE_SSL_REDIRECT"] is redirects


def test_manage_says_the_sentence_and_no_traceback(tmp_path: Path) -> None:
    refused = manage(tmp_path, "check", PUBLIC_URL="https://h:zz")
    assert refused.returncode == 1
    assert refused.stderr.startswith("mlsprep cannot start. PUBLIC_URL is no address")
    assert "Traceback" not in refused.stderr


def test_the_operator_is_told_that_the_proxy_is_not_counted(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", PUBLIC_URL="https://exams.example.org")
    assert "exams.W002" in done.stderr
