"""Fixtures for all tests: the database file, Valkey, a Celery worker, the browser arguments."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import draws, migrated_database
from tests.mlsprep.processes import manage
from tests.servers import AS_ROOT, CHROMIUM_FLAGS, ServiceMissing, chromium_path, valkey

ROOT = Path(__file__).resolve().parent.parent

# On a developer's machine each run draws new examples and forms; CI uses the same ones every time. Examples have no
# deadline: machines may be busy.
IN_CI = os.environ.get("CI") == "true"
no_deadline: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("desk", **no_deadline)
hypothesis.settings.register_profile("release", derandomize=True, **no_deadline)
hypothesis.settings.register_profile("quick", max_examples=20, **no_deadline)
hypothesis.settings.load_profile("release" if IN_CI else "desk")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with draws.repeated(item.nodeid) if IN_CI else nullcontext():
        return (yield)


@pytest.fixture(autouse=True)
def own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no thread that a test starts change the time of later tests."""
    from django.utils import timezone

    from mlsprep import clock

    monkeypatch.setattr(timezone, "now", timezone.now)
    monkeypatch.setattr(clock, "_reading", None)


@pytest.fixture(scope="session")
def _database_file(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Return the file of the SQLite test database: one in memory is shared by threads and hides all locks."""
    from django.db import connection

    return tmp_path_factory.mktemp("sqlite") / "tests.sqlite3" if connection.vendor == "sqlite" else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, _database_file: Path | None) -> None:
    """Tell Django where the test database is."""
    from django.db import connection

    if _database_file:
        connection.settings_dict["TEST"]["NAME"] = str(_database_file)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, _database_file: Path | None) -> bool:
    """Start from the database that the last run has migrated, if no migration has changed since."""
    if _database_file is None:
        return django_db_keepdb
    return migrated_database.copy(migrated_database.file_name(), _database_file)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, _database_file: Path | None) -> None:
    """Keep the migrated database for the next run."""
    if _database_file and not django_db_keepdb:
        migrated_database.save(migrated_database.file_name(), _database_file)


@pytest.fixture(scope="module")
def module_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep the rows of fixtures of this scope for all tests of a module, which undo only their own.

    Not for a module with a test that commits or uses threads.
    """
    from django.db import transaction

    block: Any = transaction.atomic()
    block._from_testcase = True  # as those of Django's TestCase: durable blocks are allowed inside
    with django_db_blocker.unblock():
        block.__enter__()
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


@pytest.fixture(autouse=True, scope="module")
def _no_dead_rows(django_db_blocker: Any) -> Iterator[None]:
    """Take out of PostgreSQL's files what the tests of a module have rolled back: later queries would read it all.

    Without this, PostgreSQL takes twice the time for a test late in a run. Autovacuum is off: see tests/servers.py.
    """
    yield
    if os.environ.get("MLSPREP_TEST_DB") != "postgresql":
        return
    from django.db import connection

    if connection.connection is None or connection.in_atomic_block:
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 200000"
        )
        if tables := ", ".join(name for (name,) in cursor.fetchall()):
            cursor.execute(f"VACUUM {tables}")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with all tables and the bank but no administrator. Tests serve copies of it.

    The stages of a run share one, in MLSPREP_PREPARED: the first that needs it makes it, which takes ten seconds.
    """
    parent = Path(os.environ.get("MLSPREP_PREPARED") or tmp_path_factory.mktemp("prepared"))
    path, unfinished = parent / "data", parent / "unfinished"
    with (parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            migrated_database.copy(migrated_database.file_name(), unfinished / "mlsprep.sqlite3")
            for command in ("migrate", "load_bank"):
                done = manage(unfinished, command)
                assert done.returncode == 0, done.stderr
            unfinished.rename(path)
    return path


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """Clear the caches: rate limits count requests of other tests, and keys of rolled-back rows are used again."""
    from django.core.cache import caches

    for cache in caches.all():
        cache.clear()
    yield
    for cache in caches.all():
        cache.clear()


@pytest.fixture(autouse=True)
def _no_known_answers() -> Iterator[None]:
    """Forget what this process has read of closed attempts: tests write rows again, and roll them back."""
    yield
    for module, names in {
        "exams.services.progress.answers": ("_closed", "_place_of"),
        "exams.services.progress.mastery": ("_topics",),
        "questions.services.key_changes": ("_later",),
        "questions.services.stored_bank": ("_syllabi",),
        "exams.services.practice.study_records": ("_mornings",),
        "exams.services.practice.topic_history": ("_histories",),
    }.items():
        for name in names if module in sys.modules else ():
            getattr(sys.modules[module], name).clear()


@pytest.fixture(autouse=True, scope="session")
def _settings_of_tests() -> Iterator[None]:
    """Change a few settings for all tests, once: to do so for each test takes 3 % of the time."""
    from django.conf import settings
    from django.test import override_settings

    with override_settings(
        # The real hash would take most of the test time.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        # Do not count new guests: all tests start from one address, within minutes.
        ACCOUNT_RATE_LIMITS={**settings.ACCOUNT_RATE_LIMITS, "guest_start": ""},
        # Do not let WhiteNoise list all static files for each test client, which loads the middleware.
        WHITENOISE_AUTOREFRESH=True,
    ):
        yield


@pytest.fixture(autouse=True, scope="session")
def _page_context() -> Iterator[None]:
    """Let `response.context` be that of the page alone: to copy the one of every partial takes 3 % of the time."""
    from django.test import client

    store_all = client.store_rendered_templates

    def store_first(store: dict[str, Any], *arguments: Any, **names: Any) -> None:
        if "context" not in store:
            store_all(store, *arguments, **names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "store_rendered_templates", store_first)
        yield


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """Yield the URL of a real Valkey: the broker of this run, or one started now."""
    with valkey() as service:
        yield service.url


@pytest.fixture
def celery_worker(valkey_url: str, transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a real Celery worker process on the test database and the real Valkey.

    In the PostgreSQL run it receives the tasks that the test sends.
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
        give_up_at = time.monotonic() + 120  # the machine may be busy
        while b" ready." not in log.read_bytes():
            if worker.poll() is not None or time.monotonic() > give_up_at:
                pytest.fail(f"The Celery worker did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield worker
    finally:
        worker.terminate()
        try:
            worker.wait(timeout=60)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with which pytest-playwright starts the browser."""
    # Playwright's synchronous API runs an event loop in this thread, so Django mistakes it for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        executable = chromium_path()
    except ServiceMissing as error:
        pytest.fail(str(error))
    sandbox = ["--no-sandbox"] if AS_ROOT else []  # Chromium refuses to run its sandbox as root
    return {**browser_type_launch_args, "executable_path": executable, "args": [*CHROMIUM_FLAGS, *sandbox]}
