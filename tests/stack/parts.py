"""The programs of an installation as separate processes, which can be stopped, killed and frozen by their ids."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import processes
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120  # the machine may be busy; a process that has ended is noticed at once
STOP_SECONDS = 80  # a worker finishes its task, as with systemd
# What systemd does for a service with a socket: the port is descriptor 3.
BEHIND_SOCKET = """
import os, sys
os.dup2(int(os.environ["HELD"]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def is_alive(pid: int) -> bool:
    """Return whether the process runs: not one that has ended and waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def send(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to these processes; those that have ended are left out."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@dataclass
class Part:
    """One program: a master and its children. `ready` is what its log says once it does its work."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    ready: str
    held: socket.socket | None = None  # the port, which stays open while the program restarts
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _left: list[int] = field(default_factory=list, init=False)

    def start(self, **variables: str) -> None:
        """Start it and wait until it is ready. `variables` are for this time only."""
        begin = self.log.stat().st_size if self.log.exists() else 0
        environment, command, held = self.environment | variables, self.command, []
        if self.held:
            held = [self.held.fileno()]
            environment |= {"LISTEN_FDS": "1", "HELD": str(held[0])}
            command = [command[0], "-c", BEHIND_SOCKET, *command[1:]]
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                pass_fds=held,
            )  # fmt: skip
        self._process = process

        def is_ready() -> bool:
            said = self.log.read_bytes()[begin:].decode(errors="replace")
            if process.poll() is not None:
                raise ChildProcessError(f"{self.name} has ended:\n{said[-3000:]}")
            return self.ready in said

        wait_until(is_ready, START_SECONDS, f"{self.name} is not ready: see {self.log}")

    @property
    def pid(self) -> int:
        assert self._process, f"{self.name} is not running"
        return self._process.pid

    @property
    def children(self) -> list[int]:
        return [pid for pid in processes.tree(self.pid) if pid != self.pid]

    def kill(self) -> None:
        """Kill the master (SIGKILL). What becomes of its children is their own affair, until `restart`."""
        assert self._process
        self._left = self.children
        self._process.kill()
        self._process.wait()

    def restart(self, **variables: str) -> None:
        """Do what systemd does: end what a killed master has left, and start again."""
        self.stop()
        self.start(**variables)

    def stop(self) -> None:
        """End it in order, then whatever is left of it."""
        if not self._process:
            return
        if self._process.poll() is None:
            self._left = self.children
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        left = [pid for pid in self._left if is_alive(pid)]
        send(left, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, left)), 20, f"{self.name} has processes that do not end")
        self._process, self._left = None, []


def at_once(act: Callable[[Part], None], parts: Sequence[Part]) -> None:
    """Do something to all of these parts, and wait until it is done."""
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(act, parts))


def gunicorn() -> list[str]:
    return [sys.executable, "-m", "gunicorn", "mlsprep.wsgi", "--worker-tmp-dir=/dev/shm"]


def celery() -> list[str]:
    worker = [sys.executable, "-m", "celery", "--quiet", "-A", "mlsprep", "worker", "--loglevel=INFO"]
    return [*worker, "--concurrency=1", "--without-gossip", "--without-mingle"]
