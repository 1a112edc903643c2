"""The thread of the sweeper, which both `serve` and every Celery worker start."""

import threading

from exams.services.upkeep import sweeper
from mlsprep import pulse, watchdog


class SweeperThread(threading.Thread):
    """A thread that sweeps until it is stopped. A daemon, so that a hanging round does not keep the process alive."""

    def __init__(self) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        sweeper.loop(self._stopped, self._beat)

    def _beat(self) -> None:
        watchdog.alive()
        pulse.beat()

    def stop(self) -> None:
        """End the loop; give a round that is running one second to finish."""
        self._stopped.set()
        self.join(timeout=1)
