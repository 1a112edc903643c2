"""The sweeper as a thread of a process that lives: of `serve` and of every Celery worker."""

import threading

from exams.services.upkeep import sweeper


class Sweeper(threading.Thread):
    """Sweeps until it is stopped. A daemon: a round that hangs must not keep its process alive."""

    def __init__(self) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._enough = threading.Event()

    def run(self) -> None:
        sweeper.loop(self._enough)

    def stop(self) -> None:
        """Ends the loop; a round that runs gets a second to finish."""
        self._enough.set()
        self.join(timeout=1)
