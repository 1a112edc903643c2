"""The threads that run beside the web server in the process of `serve`: a Celery worker, the sweeper, the heartbeat."""

import threading
from typing import Any

from mlsprep.pulse import PulseThread
from mlsprep.sweeper import SweeperThread

JOIN_TIMEOUT_SECONDS = 2


class WorkerThread(threading.Thread):
    """A real Celery worker on the in-memory broker of this process, with two threads for tasks."""

    def __init__(self) -> None:
        from celery.worker import WorkController

        from mlsprep.celery import app

        super().__init__(name="worker", daemon=True)
        self._worker: Any = WorkController(
            app=app,
            pool="threads",
            concurrency=2,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            sweeps=False,  # `serve` starts a sweeper that does not depend on the worker
        )

    def run(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Request the end of the worker, which takes up to two seconds."""
        self._worker.stop()


running: list[
    WorkerThread | SweeperThread | PulseThread
] = []  # empty in processes other than `serve`; /readyz reads it


def start() -> None:
    """Start the threads, once, when the database is ready."""
    running.extend([WorkerThread(), SweeperThread(), PulseThread()])
    for thread in running:
        thread.start()


def stop() -> None:
    """Stop the threads; work that is not finished is in the database and is done after the next start."""
    for thread in running:
        thread.stop()
    for thread in running:
        thread.join(timeout=JOIN_TIMEOUT_SECONDS)
    running.clear()


def dead() -> list[str]:
    """Return the names of threads that were started and have ended unexpectedly."""
    return [thread.name for thread in running if not thread.is_alive()]
