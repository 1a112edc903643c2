"""Test that wrong configuration is reported by a system check, with an id and a hint."""

from typing import Any

import pytest
from django.core.checks import run_checks

pytestmark = pytest.mark.django_db


def ours() -> list[str]:
    return [message.id for message in run_checks() if message.id and message.id.startswith("exams.")]


@pytest.mark.parametrize(
    ("https", "proxies", "warnings"),
    [(True, 0, ["exams.W002"]), (True, 1, []), (False, 0, []), (False, 1, [])],
)
def test_https_without_a_counted_proxy_is_a_warning(
    settings: Any, https: bool, proxies: int, warnings: list[str]
) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES, settings.DATABASE_URL = https, proxies, ""
    assert ours() == warnings
    for message in run_checks():
        if message.id == "exams.W002":
            assert "TRUSTED_PROXIES" in message.msg + (message.hint or "")


@pytest.mark.parametrize(
    ("database", "redis", "warnings"),
    [
        ("postgresql://db/exams", "", ["exams.W003"]),
        ("postgresql://db/exams", "redis://broker/0", []),
        ("", "", []),
    ],
)
def test_processes_without_a_common_broker_are_a_warning(
    settings: Any, database: str, redis: str, warnings: list[str]
) -> None:
    settings.DATABASE_URL, settings.REDIS_URL = database, redis
    assert ours() == warnings


@pytest.mark.parametrize(
    ("mail", "public", "warnings"),
    [("smtp://mail", "", ["exams.W004"]), ("smtp://mail", "http://exams.example.org", []), ("", "", [])],
)
def test_mails_without_a_public_address_are_a_warning(
    settings: Any, mail: str, public: str, warnings: list[str]
) -> None:
    settings.EMAIL_URL, settings.PUBLIC_URL, settings.DATABASE_URL = mail, public, ""
    assert ours() == warnings
