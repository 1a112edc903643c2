"""Choose the test database before Django reads the settings: MLSPREP_TEST_DB=sqlite|postgresql.

`sqlite`, the default of pytest, is the laptop: a SQLite file and the in-memory broker. `postgresql` is the large
installation: a real PostgreSQL as DATABASE_URL and a real Valkey as REDIS_URL. Tests without a database or a service
give the same result on both, so only the SQLite run has them.

In CI, so many seconds go into pages that each of their tests has one database. Those of single pages run on PostgreSQL,
which refuses more than SQLite does: they get the mark `page`, with which the SQLite stage leaves them out. Long walks
over all pages, and those through hundreds of exams, have the mark `walk` and run on SQLite, as do the browser tests.
Layers below run on both.
"""

import gc
import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.servers import ServiceMissing, postgresql, valkey

# Variables that the settings read. The tests set them, not the shell.
VARIABLES = (
    "ACCOUNT_DAYS", "ALLOWED_HOSTS", "DEBUG", "DISPLAY_TZ", "EMAIL_URL", "GUESTS", "GUEST_DAYS", "METRICS_TOKEN",
    "OPERATOR_CONTACT", "OUTAGES", "SENTRY_DSN",
    "PUBLIC_URL", "SELF_ALLOWANCE", "SELF_APPROVAL", "SIGNUP", "TRUSTED_PROXIES",
)  # fmt: skip
used = pytest.StashKey[list[str]]()
# Fixtures that need a database, a broker or a separate process.
SERVICE_FIXTURES = {"db", "transactional_db", "celery_worker", "valkey_url", "live_server"}
# Tests of pages: views call services, and the tests of services run on both databases.
PAGE_TESTS = (
    "tests/exams/views/", "tests/exams/admin/", "tests/questions/admin/", "tests/mlsprep/test_system.py",
    "tests/test_hostile_texts.py",  # those of its tests that fill forms
    *(f"tests/exams/test_{name}.py" for name in (
        "chosen_exam", "networks", "second_factor", "sign_in", "three_exams", "two_exams",
    )),
)  # fmt: skip
# Tests of settings, processes and services: the installations differ there even without these fixtures.
INSTALLATION_TESTS = ("tests/mlsprep/", "tests/test_servers.py", "tests/questions/test_task_queue.py")
# Of these, tests that have their own settings, or what every installation has.
SAME_EVERYWHERE = tuple(
    f"tests/mlsprep/{name}.py"
    for name in ("serving/test_web", "test_access_log", "test_body_limits", "test_deploy", "test_logs", "test_settings")
)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Wrap the hook of pytest-django with this name, which reads the settings."""
    kind = os.environ.get("MLSPREP_TEST_DB") or "sqlite"
    if kind not in ("sqlite", "postgresql"):
        raise pytest.UsageError(f"MLSPREP_TEST_DB is {kind!r}. It can be sqlite or postgresql.")
    services = ExitStack()
    early_config.add_cleanup(services.close)
    for name in VARIABLES:
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
    """Report the services of this run."""
    return config.stash[used]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of pages; deselect the tests of the SQLite run alone from the PostgreSQL run."""
    for item in items:
        if _is_of_a_page(item):
            item.add_marker("page")
    if os.environ.get("MLSPREP_TEST_DB") != "postgresql":
        return
    config.hook.pytest_deselected(items=[item for item in items if not _runs_on_postgresql(item)])
    items[:] = [item for item in items if _runs_on_postgresql(item)]


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from modules and tests, which live to the end, and let it look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _is_of_a_page(item: pytest.Item) -> bool:
    """Return whether one database is enough: neither locks nor threads are tested, and PostgreSQL can run the test."""
    database = item.get_closest_marker("django_db")
    commits = (database is not None and database.kwargs.get("transaction")) or _uses(item, "transactional_db")
    return item.nodeid.startswith(PAGE_TESTS) and not commits and _runs_on_postgresql(item)


def _uses(item: pytest.Item, *fixtures: str) -> bool:
    return not set(getattr(item, "fixturenames", ())).isdisjoint(fixtures)


def _runs_on_postgresql(item: pytest.Item) -> bool:
    if item.get_closest_marker("laptop") or item.get_closest_marker("walk"):
        return False
    uses_database = item.get_closest_marker("django_db") is not None or _uses(item, *SERVICE_FIXTURES)
    differs = item.nodeid.startswith(INSTALLATION_TESTS) and not item.nodeid.startswith(SAME_EVERYWHERE)
    return uses_database or differs
