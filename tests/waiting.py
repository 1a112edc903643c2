"""Wait for another thread or process."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], object], seconds: float = 60, what: str = "it is not so") -> None:
    """Ask again and again. Raise TimeoutError with `what` after this many seconds, which allow for a busy machine."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"After {seconds:.0f} s: {what}")
        time.sleep(0.05)
