"""Management commands in separate processes: with a data directory and, for `serve`, a free port."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_SECONDS = 300  # loading the bank has taken over 120 on a busy machine; a dead process is noticed at once


def environment(data_dir: Path, variables: dict[str, str]) -> dict[str, str]:
    """The environment of a laptop with this data directory, whatever database the tests use."""
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    }
    return inherited | {"MLSPREP_DATA_DIR": str(data_dir)} | variables


def manage(data_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one management command until it ends."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(data_dir, variables),
        capture_output=True,
        text=True,
        timeout=180,
    )


@dataclass
class RunningServer:
    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @property
    def output(self) -> str:
        return self.log.read_text()

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Return status and body of a page."""
        request = Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urlopen(request, timeout=60) as response:
                return response.status, response.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def ready(self) -> dict[str, Any]:
        return json.loads(self.get("/readyz")[1])

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=60)


@contextmanager
def running_server(data_dir: Path, port: int, *arguments: str, **variables: str) -> Iterator[RunningServer]:
    """Start `manage.py serve`, wait until it prints its URL, and kill it after the block."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    log = data_dir.parent / f"serve-{time.monotonic_ns()}.log"
    command = [sys.executable, "manage.py", "serve", "--port", str(port), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(data_dir, variables), stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while "Stop with Ctrl-C" not in log.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The server did not start:\n{log.read_text()}")
            time.sleep(0.05)
        url = next(line for line in log.read_text().splitlines() if line.startswith("mlsprep runs at "))
        yield RunningServer(process, log, int(url.rsplit(":", 1)[1].strip("/")))
    finally:
        process.kill()
        process.wait()


@contextmanager
def running_gunicorn(data_dir: Path, port: int, *arguments: str, **variables: str) -> Iterator[RunningServer]:
    """Start the web server of a large installation, wait until it responds, and kill it after the block."""
    log = data_dir.parent / f"gunicorn-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "gunicorn", "mlsprep.wsgi", "--bind", f"127.0.0.1:{port}", *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(data_dir, variables), stdout=output, stderr=output
        )
    server = RunningServer(process, log, port)
    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while "Booting worker" not in server.output:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"gunicorn did not start:\n{server.output}")
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()  # the master ends its workers
        process.wait(timeout=60)
