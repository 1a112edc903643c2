"""The web server of `serve`: finds a port, says how to reach it, runs until it is told to stop."""

import errno
import logging
import select
import socket
import warnings
from typing import Any

from django.conf import settings
from waitress import create_server

PORTS = 20  # how many ports are tried before giving up
EVERYWHERE = ("0.0.0.0", "::")


class NoPort(Exception):
    """The server cannot listen there; the text says why."""


def listen(host: str, port: int) -> Any:
    """A waitress server on this port or the next free one. Raises NoPort."""
    warnings.filterwarnings("ignore", "No directory at", UserWarning)  # WhiteNoise: nothing is collected here
    from mlsprep.wsgi import application

    # Browsers open several connections at once, so a short queue is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for candidate in range(port, min(port + PORTS, 65536)):
        try:
            return create_server(
                application,
                host=host,
                port=candidate,
                threads=8,
                ident=None,
                connection_limit=1000,  # a school class with idle connections
                asyncore_use_poll=hasattr(select, "poll"),  # select ends at 1024 files; Windows has no poll
                # What a proxy says of the client counts when the operator says that there is one.
                clear_untrusted_proxy_headers=not settings.TRUSTED_PROXIES,
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            raise NoPort(f"Cannot listen on {host}, port {candidate}: {error.strerror or error}.") from error
        except ValueError as error:
            raise NoPort(f"{host!r} is no address of this machine.") from error
    raise NoPort(f"The ports {port} to {candidate} are all taken. Choose another with --port.")


def address(host: str, port: int) -> str:
    """The URL for a browser."""
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def network_address() -> str | None:
    """This machine's address in its network, or None without one. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: it only chooses the interface
            return str(probe.getsockname()[0])
        except OSError:
            return None
