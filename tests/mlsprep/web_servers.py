"""The web server of `serve` in a thread of this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlsprep.serving import web
from tests.servers import free_port


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Any]:
    """Run the server until the block ends."""
    server = web.listen(host, free_port())
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.maintenance_interval = 0
        server.close()
