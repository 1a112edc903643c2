"""The large installation that is measured, as in docker-compose.yml: PostgreSQL, Valkey, gunicorn and a Celery worker.

The yardstick, `bare_exam`, runs beside it under a second gunicorn with the same options.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.benchmarks import processes
from tests.servers import free_port, postgresql, valkey

ROOT = Path(__file__).resolve().parent.parent.parent
# Those of gunicorn.conf.py that count. That file needs the settings of the site, and the bare exam has its own.
BARE_OPTIONS = (
    *("--config=/dev/null", "--worker-class=gthread", "--threads=8", "--preload", "--keep-alive=75"),
    "--access-logfile=-",
)
START_SECONDS = 60


@dataclass(frozen=True)
class Installation:
    """The ports of both servers, the root of each process tree, and the services."""

    port: int
    bare_port: int
    database_url: str
    bare_database_url: str
    trees: dict[str, int]
    services: list[str]

    @property
    def site(self) -> dict[str, int]:
        return {name: self.trees[name] for name in ("web", "PostgreSQL", "Valkey", "worker")}

    @property
    def bare(self) -> dict[str, int]:
        return {name: self.trees[name] for name in ("bare web", "PostgreSQL", "Valkey")}


@contextmanager
def installation() -> Iterator[Installation]:
    """Start everything on free ports, with the shipped bank, and stop it at the end."""
    with ExitStack() as stack:
        database, broker = stack.enter_context(postgresql(durable=True)), stack.enter_context(valkey())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlsprep-bench-")))
        server = database.url.rpartition("/")[0]
        os.environ |= {
            "DATABASE_URL": f"{server}/mlsprep",
            "REDIS_URL": broker.url,
            "BARE_DATABASE_URL": f"{server}/bare",
            "BARE_REDIS_URL": f"{broker.url.rpartition('/')[0]}/5",
            "SECRET_KEY": "only-for-benchmarks-with-a-server-of-this-machine",
            "MLSPREP_DATA_DIR": str(directory),
            "WEB_CONCURRENCY": "2",
        }
        trees = {**_create_databases(database.url), "Valkey": _valkey_pid(broker.url)}
        for command in (["migrate", "--noinput"], ["load_bank"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        port, bare_port = free_port(), free_port()
        gunicorn = [sys.executable, "-m", "gunicorn", "--worker-tmp-dir=/dev/shm"]
        worker = [sys.executable, "-m", "celery", "-A", "mlsprep", "worker", "--loglevel=WARNING", "--concurrency=2"]
        commands = {
            "web": [*gunicorn, "mlsprep.wsgi", f"--bind=127.0.0.1:{port}"],
            "bare web": [*gunicorn, *BARE_OPTIONS, "tests.benchmarks.bare_exam", f"--bind=127.0.0.1:{bare_port}"],
            "worker": [*worker, "--without-gossip", "--without-mingle"],
        }
        for name, command in commands.items():
            log = stack.enter_context((directory / f"{name}.log").open("wb"))
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            stack.callback(_stop, process)
            trees[name] = process.pid
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        _wait_for(f"http://127.0.0.1:{bare_port}/")
        services = [database.description, broker.description, "gunicorn, 2 processes with 8 threads", "Celery, 2"]
        yield Installation(
            port, bare_port, os.environ["DATABASE_URL"], os.environ["BARE_DATABASE_URL"], trees, services
        )


def _create_databases(url: str) -> dict[str, int]:
    """Create both databases. Return the process of the server, which is the parent of each connection's process."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("mlsprep", "bare"):
            connection.execute(f"CREATE DATABASE {name}")
        return {"PostgreSQL": processes.parent(connection.info.backend_pid)}


def _valkey_pid(url: str) -> int:
    import redis

    return int(redis.Redis.from_url(url).info("server")["process_id"])


def _wait_for(url: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(url, timeout=START_SECONDS):
                return
        except HTTPError:  # it answers
            return
        except (URLError, ConnectionError):
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
