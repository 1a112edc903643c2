"""Fixtures every test can ask for: the database file, Valkey, a Celery worker, the browser's arguments."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.services import AS_ROOT, CHROMIUM_FLAGS, ServiceMissing, chromium_path, valkey

ROOT = Path(__file__).resolve().parent.parent

# At a desk each run draws new examples; a release is judged by the same ones each time. Neither is judged by the time
# an example takes: machines are busy.
patient: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("desk", **patient)
hypothesis.settings.register_profile("release", derandomize=True, **patient)
hypothesis.settings.load_profile("release" if os.environ.get("CI") == "true" else "desk")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Puts SQLite's test database into a file: one in memory is shared by threads and hides every lock."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("sqlite") / "tests.sqlite3")


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """A password hash that is slow on purpose would be most of the suite's time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """The URL of a real Valkey: the broker of this run, or one started now."""
    with valkey() as service:
        yield service.url


@pytest.fixture
def celery_worker(valkey_url: str, transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker, a process of its own, on this run's test database and the real Valkey.

    In the PostgreSQL run the tasks that the test sends reach it by themselves.
    """
    if not os.environ.get("REDIS_URL"):
        pytest.skip("a worker process needs a broker outside of this process: runs with PostgreSQL")
    from django.db import connection

    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": database}
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "mlsprep", "worker", "--loglevel=INFO"]
    command += ["--concurrency=1", "--without-gossip", "--without-mingle"]
    with log.open("wb") as output:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        patience = time.monotonic() + 30
        while b" ready." not in log.read_bytes():
            if worker.poll() is not None or time.monotonic() > patience:
                pytest.fail(f"The Celery worker did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield worker
    finally:
        worker.terminate()
        try:
            worker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How pytest-playwright starts the browser: whose, and without errands of its own."""
    # Playwright's synchronous API runs an event loop in this thread, so Django takes it for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        executable = chromium_path()
    except ServiceMissing as error:
        pytest.fail(str(error))
    sandbox = ["--no-sandbox"] if AS_ROOT else []  # Chromium refuses to sandbox root
    return {**browser_type_launch_args, "executable_path": executable, "args": [*CHROMIUM_FLAGS, *sandbox]}
