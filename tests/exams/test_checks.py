"""Test that wrong configuration is reported by a system check, with an id and a hint."""

from pathlib import Path
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


class TestDeploy:
    @pytest.fixture(autouse=True)
    def production(self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server that lacks nothing."""
        (tmp_path / "staticfiles.json").write_text("{}")
        settings.WEB_CONCURRENCY = 2
        settings.PRODUCTION, settings.STATIC_ROOT, settings.DATA_DIR = True, tmp_path, tmp_path
        settings.PUBLIC_URL, settings.OPERATOR_CONTACT = "https://exams.example.org", "Ina"
        settings.EMAIL_URL, settings.METRICS_TOKEN = "smtp://mail.example.org", "t" * 24
        options = {"tcp_user_timeout": "10000", "options": "-c statement_timeout=30000"}
        monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", options)

    def said(self) -> list[str]:
        messages = [message.msg for message in run_checks(include_deployment_checks=True)]
        return [message.partition(":")[0] for message in messages if ": missing, so " in message]

    def test_a_server_that_lacks_nothing_is_told_nothing(self) -> None:
        assert self.said() == []

    def test_each_setting_that_is_missing_is_named_with_what_comes_of_it(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = ["PUBLIC_URL", "OPERATOR_CONTACT", "EMAIL_URL", "METRICS_TOKEN"]
        for name in names:
            setattr(settings, name, "")
        settings.WEB_CONCURRENCY = 1
        settings.DATA_DIR = settings.BASE_DIR / "no-such-directory"
        monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"tcp_user_timeout": "10000"})
        settings.STATIC_ROOT = settings.STATIC_ROOT / "empty"
        assert self.said() == [
            *names, "WEB_CONCURRENCY", "MLSPREP_DATA_DIR", "tcp_user_timeout and statement_timeout in DATABASE_URL",
            "collectstatic", "the directory of MLSPREP_DATA_DIR",
        ]  # fmt: skip

    def test_an_address_without_https_is_named(self, settings: Any) -> None:
        settings.PUBLIC_URL = "http://exams.example.org"
        assert self.said() == ["https in PUBLIC_URL"]

    def test_a_laptop_is_told_nothing(self, settings: Any) -> None:
        settings.PRODUCTION, settings.PUBLIC_URL, settings.METRICS_TOKEN = False, "", ""
        assert self.said() == []

    def test_the_sample_of_settings_has_a_line_for_each(self, settings: Any) -> None:
        sample = (settings.BASE_DIR / "deploy" / "mlsprep.env").read_text()
        for name in ("PUBLIC_URL", "OPERATOR_CONTACT", "EMAIL_URL", "METRICS_TOKEN", "WEB_CONCURRENCY"):
            assert f"{name}=" in sample
        assert "tcp_user_timeout=10000&options=-c%20statement_timeout%3D30000" in sample
