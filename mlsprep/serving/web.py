"""The web server of `serve`: finds a free port and the URLs under which people reach it."""

import errno
import logging
import math
import select
import socket
import warnings
from collections import Counter
from contextlib import suppress
from typing import Any

from django.conf import settings
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer, create_server
from waitress.utilities import BadRequest

from exams.rate_limits import site_of

MAX_PORTS_TRIED = 20
IDLE_SECONDS, CHECK_SECONDS = 20, 5  # a connection that neither sends nor waits for a response is closed
MIN_RATE = 2000  # bytes a second of a request: IDLE_SECONDS behind that, its connection is idle
MAX_CONNECTIONS = 800  # a school class with idle connections
FILES_A_CONNECTION = 2  # its socket, and what it receives or sends
OTHER_FILES = 100  # database, modules, log, processes that are started
ALL_INTERFACES = ("0.0.0.0", "::")


class CappedBody(OverflowableBuffer):
    """A request body that stores at most `limit` bytes. Its length counts all, so that the site refuses the request.

    waitress receives a whole body before the site sees the request.
    """

    def __init__(self, overflow: int, limit: int) -> None:
        super().__init__(overflow)
        self.limit = limit
        self.received = 0

    def __len__(self) -> int:
        return self.received

    def append(self, data: bytes) -> None:
        self.received += len(data)
        if self.received <= self.limit:
            super().append(data)


class LengthRequired(BadRequest):
    """A request announces no length."""

    code = 411
    reason = "Length Required"


class RequestParser(HTTPRequestParser):
    """waitress's parser with the body limit of the requested page, for one request at a time."""

    def received(self, data: bytes) -> int:
        """Receive data. What comes behind a whole request is dropped, and the connection closed after the response.

        waitress would take all requests at once, and keep a thread until their responses are read. Browsers send a
        request after the last response, so this loses them none.
        """
        n = int(super().received(data))
        if self.completed and not self.empty and n < len(data):
            self.headers["CONNECTION"] = "close"
            return len(data)
        return n

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked:  # waitress would keep the extension of a chunk in memory, however long; browsers send lengths
            self.error = LengthRequired("Send the body with its Content-Length.")
            self.body_rcv, self.expect_continue = None, False
        if self.body_rcv is not None:  # its length is 0 so far
            from mlsprep.body_limits import max_body_bytes

            self.body_rcv.buf = CappedBody(self.adj.inbuf_overflow, max_body_bytes(self.path))


class Channel(HTTPChannel):
    """A connection that may be closed for a new one. waitress would accept none any more when there are too many.

    One of the network with the most is closed, so a client that opens many closes only its own. It is the one that has
    been idle longest; the newest request if all wait for responses.
    """

    parser_class = RequestParser
    max_connections = MAX_CONNECTIONS
    last_activity: float

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:
        self.network = site_of(addr[0])
        others = server.active_channels.values()
        if len(others) >= self.max_connections:
            _count, most = max((n, name) for name, n in Counter(other.network for other in others).items())
            min((other for other in others if other.network == most), key=Channel.place_in_line).handle_close()
        super().__init__(server, sock, addr, adj, map)

    def handle_read(self) -> None:
        """Receive data. A request that arrives byte by byte does not keep its connection open."""
        request, since = self.request, self.last_activity
        before = received(request)
        super().handle_read()
        if request is not None and self.request is request:  # which is not complete
            self.last_activity = min(self.last_activity, since + (received(request) - before) / MIN_RATE)

    def place_in_line(self) -> tuple[bool, float]:
        """Return a key that sorts connections by which is closed first."""
        waits = bool(self.requests)
        return waits, -self.last_activity if waits else self.last_activity


def received(request: RequestParser | None) -> int:
    """Return how many bytes of a request have arrived."""
    return request.header_bytes_received + request.body_bytes_received if request else 0


class CannotListen(Exception):
    """The server cannot listen on this host and port; the message contains the reason."""


def room_for_connections() -> int:
    """Return how many connections the open files of this process allow, after raising their limit as far as needed."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return MAX_CONNECTIONS
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)  # macOS starts with 256
    soft, hard = (math.inf if limit == resource.RLIM_INFINITY else limit for limit in limits)
    needed = OTHER_FILES + FILES_A_CONNECTION * MAX_CONNECTIONS
    if soft < min(needed, hard):
        raised = int(min(needed, hard))
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, limits[1]))
            soft = raised
    return int(min(max((soft - OTHER_FILES) // FILES_A_CONNECTION, 1), MAX_CONNECTIONS))


def listen(host: str, port: int) -> Any:
    """Return a waitress server on this port or the next free one. Raise CannotListen."""
    warnings.filterwarnings("ignore", "No directory at", UserWarning)  # WhiteNoise: no files are collected here
    from mlsprep.body_limits import MAX_IMPORT_BYTES
    from mlsprep.wsgi import application

    Channel.max_connections = room_for_connections()
    TcpWSGIServer.channel_class = Channel  # waitress has no argument for it
    # Browsers open several connections at once, so a short queue needs no warning.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for candidate in range(port, min(port + MAX_PORTS_TRIED, 65536)):
        try:
            return create_server(
                application,
                host=host,
                port=candidate,
                threads=8,
                ident=None,
                max_request_body_size=2 * MAX_IMPORT_BYTES,  # a larger body ends the connection
                connection_limit=MAX_CONNECTIONS + 100,  # with what listens; it is not reached
                channel_timeout=IDLE_SECONDS,
                cleanup_interval=CHECK_SECONDS,
                asyncore_use_poll=hasattr(select, "poll"),  # select ends at 1024 files; Windows has no poll
                # A proxy's headers are used only if the operator counts it in TRUSTED_PROXIES.
                clear_untrusted_proxy_headers=not settings.TRUSTED_PROXIES,
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            raise CannotListen(f"Cannot listen on {host}, port {candidate}: {error.strerror or error}.") from error
        except ValueError as error:
            raise CannotListen(f"{host!r} is not an address of this machine.") from error
    raise CannotListen(f"The ports {port} to {candidate} are all in use. Choose another with --port.")


def local_url(host: str, port: int) -> str:
    """Return the URL for a browser on this machine, or for `host` if that is an address."""
    if host in ALL_INTERFACES:
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def network_address() -> str | None:
    """Return this machine's address in its network, or None without one. Sends no packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address; connecting only selects the interface
            return str(probe.getsockname()[0])
        except OSError:
            return None
