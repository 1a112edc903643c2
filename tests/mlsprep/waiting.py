"""Wait for another thread or process."""

import time
from collections.abc import Callable
from typing import Any


def wait_until(condition: Callable[[], Any], timeout_seconds: float = 60) -> bool:
    """Return True as soon as the condition holds, False after the timeout, which allows for a busy machine."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
