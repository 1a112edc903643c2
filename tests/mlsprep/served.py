"""`manage.py serve` as people start it: a process of its own on its own data directory and a free port."""

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
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN = 120  # seconds; generous, since the machine of the tests may be busy


def environment(data_dir: Path, more: dict[str, str]) -> dict[str, str]:
    """The laptop's: nothing but the data directory, whatever database these tests run on."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    return kept | {"MLSPREP_DATA_DIR": str(data_dir)} | more


def manage(data_dir: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs one management command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment(data_dir, more), capture_output=True, text=True, timeout=180,
    )  # fmt: skip


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @property
    def said(self) -> str:
        return self.log.read_text()

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def ready(self) -> dict[str, Any]:
        return json.loads(self.get("/readyz")[1])

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@contextmanager
def served(data_dir: Path, port: int, *arguments: str, **more: str) -> Iterator[Served]:
    """Starts the server, waits until it says its address, and ends it."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    log = data_dir.parent / f"serve-{time.monotonic_ns()}.log"
    command = [sys.executable, "manage.py", "serve", "--port", str(port), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(data_dir, more), stdout=output, stderr=output)
    try:
        patience = time.monotonic() + READY_WITHIN
        while "Stop with Ctrl-C" not in log.read_text():
            if process.poll() is not None or time.monotonic() > patience:
                raise AssertionError(f"The server did not start:\n{log.read_text()}")
            time.sleep(0.05)
        url = next(line for line in log.read_text().splitlines() if line.startswith("mlsprep runs at "))
        yield Served(process, log, int(url.rsplit(":", 1)[1].strip("/")))
    finally:
        process.kill()
        process.wait()
