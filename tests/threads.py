"""Run functions in threads that start at the same moment."""

import threading
from collections.abc import Callable

from django.db import connections


def in_threads(*acts: Callable[[], object]) -> None:
    """Run all of them to their end; fail if one fails."""
    barrier = threading.Barrier(len(acts))
    failed: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(60)
            act()
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed
