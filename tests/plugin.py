"""Chooses the tests' database before Django's settings are read: MLSPREP_TEST_DB=sqlite|postgresql.

`sqlite` (what plain pytest takes) is the laptop: a SQLite file and the broker in memory.
`postgresql` is the large installation: a real PostgreSQL as DATABASE_URL, a real Valkey as REDIS_URL.
"""

import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.services import ServiceMissing, postgresql, valkey

# What the settings read. Tests decide over these themselves, not the shell that happens to start them.
OURS = (
    "ALLOWED_HOSTS", "DEBUG", "DISPLAY_TZ", "EMAIL_URL", "GUESTS", "GUEST_DAYS", "OPERATOR_CONTACT",
    "PUBLIC_URL", "SELF_ALLOWANCE", "SIGNUP", "TRUSTED_PROXIES",
)  # fmt: skip
used = pytest.StashKey[list[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Wraps pytest-django's hook of this name, which reads the settings."""
    kind = os.environ.get("MLSPREP_TEST_DB") or "sqlite"
    if kind not in ("sqlite", "postgresql"):
        raise pytest.UsageError(f"MLSPREP_TEST_DB is {kind!r}. It can be sqlite or postgresql.")
    services = ExitStack()
    early_config.add_cleanup(services.close)
    for name in OURS:
        os.environ.pop(name, None)
    os.environ["SECRET_KEY"] = "only for tests, where nothing is worth protecting"
    directory = services.enter_context(tempfile.TemporaryDirectory(prefix="mlsprep-tests-"))
    os.environ["MLSPREP_DATA_DIR"] = directory
    if kind == "sqlite":
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("REDIS_URL", None)
        early_config.stash[used] = ["database: SQLite, a file", "broker: in memory"]
    else:
        try:
            database, broker = services.enter_context(postgresql()), services.enter_context(valkey())
        except ServiceMissing as error:
            raise pytest.UsageError(str(error)) from error
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = database.url, broker.url
        early_config.stash[used] = [f"database: {database.description}", f"broker: {broker.description}"]
    return (yield)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says which services this run uses."""
    return config.stash[used]
