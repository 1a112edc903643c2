"""What works beside the web server in the one process of `serve`: the Celery worker and the sweeper."""

import threading
from typing import Any

from mlsprep.sweeper import Sweeper


class Worker(threading.Thread):
    """A real Celery worker on the broker of this process, with two threads for tasks."""

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
            sweeps=False,  # `serve` has its own, which outlives this one
        )

    def run(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Tells it to end; it hears that within two seconds."""
        self._worker.stop()


running: list[Worker | Sweeper] = []  # empty in every process that is not `serve`; /readyz looks here


def start() -> None:
    """Starts both; call it once, when the database is ready."""
    running.extend([Worker(), Sweeper()])
    for thread in running:
        thread.start()


def stop() -> None:
    """Stops both; what they leave undone stands in the database and is done after the next start."""
    for thread in running:
        thread.stop()
    for thread in running:
        thread.join(timeout=2)
    running.clear()


def dead() -> list[str]:
    """The names of those that should run and do not."""
    return [thread.name for thread in running if not thread.is_alive()]
