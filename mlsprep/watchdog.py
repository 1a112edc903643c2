"""Tell systemd that a service lives, as WatchdogSec of its unit asks: it restarts one that was silent for so long.

Each web process says so from a thread that asks nobody: a database that hangs is no reason to end web processes. The
sweeper of a worker says so before each round: one that hangs is replaced, and connects again.
"""

import logging
import threading
import time

from gunicorn.systemd import sd_notify

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 15


def alive() -> None:
    """Say so; nothing happens without systemd."""
    sd_notify("WATCHDOG=1", log)


class WatchdogThread(threading.Thread):
    """A thread that says so until the process ends. Start it after the process has forked."""

    def __init__(self) -> None:
        super().__init__(name="watchdog", daemon=True)

    def run(self) -> None:
        while True:
            alive()
            time.sleep(INTERVAL_SECONDS)
