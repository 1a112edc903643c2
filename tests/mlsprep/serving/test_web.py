"""Test that nobody keeps others from the web server of `serve` by connections, however many, old or new."""

import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from mlsprep.serving import web
from tests.mlsprep.web_servers import serving

VISITOR, STRANGER = "127.0.0.1", "127.0.0.2"
UNFINISHED = b"GET / HTTP/1.1\r\nHost: 127.0"


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"]
)
def test_requests_that_never_end_do_not_keep_others_from_the_web_server_of_a_laptop(
    sent: bytes, monkeypatch: Any
) -> None:
    monkeypatch.setattr(web, "IDLE_SECONDS", 1)
    monkeypatch.setattr(web, "CHECK_SECONDS", 1)
    with serving() as server, ExitStack() as stack:
        server.adj.connection_limit = 20
        for _ in range(40):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.effective_port))).sendall(sent)
        connection = HTTPConnection("127.0.0.1", server.effective_port, timeout=20)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()


@pytest.mark.parametrize(
    "begun", [b"GET / HTTP/1.1\r\nX: ", b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n"]
)
def test_a_connection_that_drips_a_request_is_closed_as_an_idle_one(begun: bytes, monkeypatch: Any) -> None:
    monkeypatch.setattr(web, "IDLE_SECONDS", 1)
    monkeypatch.setattr(web, "CHECK_SECONDS", 1)
    with serving() as server, socket.create_connection(("127.0.0.1", server.effective_port)) as connection:
        connection.sendall(begun)
        assert any(is_closed_after(connection, b"a") for _ in range(100))


def is_closed_after(connection: socket.socket, data: bytes) -> bool:
    """Send data; return whether the server has closed the connection."""
    try:
        connection.sendall(data)
    except ConnectionError:
        return True
    return is_closed(connection, within=0.1)


def test_a_slow_upload_that_goes_on_is_received(monkeypatch: Any) -> None:
    monkeypatch.setattr(web, "IDLE_SECONDS", 1)
    monkeypatch.setattr(web, "CHECK_SECONDS", 1)
    monkeypatch.setattr("mlsprep.wsgi.application", size)
    with serving() as server, socket.create_connection(("127.0.0.1", server.effective_port)) as connection:
        connection.settimeout(20)
        connection.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 40000\r\n\r\n")
        for _ in range(40):  # four seconds
            connection.sendall(b"x" * 1000)
            time.sleep(0.1)
        assert connection.recv(1000).endswith(b"40000")


def size(environ: Any, start_response: Any) -> list[bytes]:
    """Respond with the number of bytes of the body."""
    start_response("200 OK", [])
    return [str(len(environ["wsgi.input"].read())).encode()]


def test_a_request_that_takes_longer_than_idle_connections_stay_is_answered(monkeypatch: Any) -> None:
    monkeypatch.setattr(web, "IDLE_SECONDS", 1)
    monkeypatch.setattr(web, "CHECK_SECONDS", 1)
    monkeypatch.setattr("mlsprep.wsgi.application", slow)
    with serving() as server:
        connection = HTTPConnection("127.0.0.1", server.effective_port, timeout=20)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"late"
        connection.close()


def slow(_environ: Any, start_response: Any) -> list[bytes]:
    """Respond after four seconds."""
    time.sleep(4)
    start_response("200 OK", [])
    return [b"late"]


@contextmanager
def opening(server: Any, address: str = STRANGER) -> Iterator[None]:
    """Open connections from this address again and again, and send a byte on those that stay open."""
    ended, kept = threading.Event(), []

    def attack() -> None:
        for n in itertools.cycle(range(200)):
            if ended.is_set():
                break
            try:
                kept.append(connect(server, address))
                kept[-1].sendall(UNFINISHED)
                kept[n % len(kept)].sendall(b"x")
            except OSError:
                time.sleep(0.001)
            if len(kept) > 200:
                kept.pop(0).close()

    thread = threading.Thread(target=attack, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for connection in kept:
            connection.close()


def connect(server: Any, address: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.effective_port), timeout=1, source_address=(address, 0))


def visit(connection: HTTPConnection) -> int:
    connection.request("GET", "/healthz")
    response = connection.getresponse()
    response.read()
    return response.status


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that has room for twenty connections, and closes none for being idle."""
    monkeypatch.setattr(web, "MAX_CONNECTIONS", 20, raising=False)
    monkeypatch.setattr(web, "IDLE_SECONDS", 600)
    with serving() as server:
        server.adj.connection_limit = 30
        yield server


@pytest.mark.parametrize("address", [STRANGER, VISITOR])
def test_a_client_that_opens_connections_all_the_time_keeps_nobody_out_not_even_behind_the_same_address(
    small: Any, address: str
) -> None:
    with opening(small, address):
        time.sleep(0.3)
        for _ in range(10):
            connection = HTTPConnection("127.0.0.1", small.effective_port, timeout=5)
            assert visit(connection) == 200
            connection.close()
        assert len(small.active_channels) <= 20


def test_a_connection_is_closed_for_none_of_another_network_that_has_more(small: Any) -> None:
    visitor = HTTPConnection("127.0.0.1", small.effective_port, timeout=5)
    assert visit(visitor) == 200
    kept = visitor.sock
    with opening(small):
        for _ in range(5):
            time.sleep(0.1)
            assert visit(visitor) == 200
    assert visitor.sock is kept
    visitor.close()


def test_a_client_that_reads_no_response_is_closed_for_others(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "application", large)
    with ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(connect(small, STRANGER))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        visitor = HTTPConnection("127.0.0.1", small.effective_port, timeout=5)
        visitor.request("HEAD", "/")
        assert visitor.getresponse().status == 200
        visitor.close()


def test_clients_that_send_many_requests_at_once_and_read_nothing_keep_no_thread(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small, "application", large)
    small.adj.outbuf_high_watermark = 1_000_000  # one response fills it
    with ExitStack() as stack:
        for _ in range(12):  # more than the server has threads
            connection = stack.enter_context(connect(small, STRANGER))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        time.sleep(0.5)
        visitor = HTTPConnection("127.0.0.1", small.effective_port, timeout=5)
        visitor.request("HEAD", "/")
        assert visitor.getresponse().status == 200
        visitor.close()


@pytest.mark.parametrize("version", [b"1.0\r\nConnection: keep-alive", b"1.1"])
def test_the_first_of_several_requests_at_once_is_answered_and_the_connection_closed(
    small: Any, version: bytes
) -> None:
    with connect(small, VISITOR) as connection:
        connection.sendall(b"GET /healthz HTTP/" + version + b"\r\nHost: 127.0.0.1\r\n\r\n" + UNFINISHED)
        connection.settimeout(5)
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    assert received.count(b"HTTP/1.") == 1
    assert b" 200 OK" in received
    assert b"Connection: close" in received


def test_requests_one_after_another_share_a_connection_also_behind_blank_lines(small: Any) -> None:
    with connect(small, VISITOR) as connection:
        connection.settimeout(5)
        for _ in range(3):
            connection.sendall(b"\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            received = b""
            while not received.endswith(b"ok\n"):
                received += connection.recv(4096)
            assert b" 200 OK" in received


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_a_body_in_chunks_is_refused_before_it_is_received(small: Any, expect: bytes) -> None:
    with connect(small, VISITOR) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + expect + b"Transfer-Encoding: chunked\r\n\r\n1;aaaa")
        connection.settimeout(5)
        assert connection.recv(4096).startswith(b"HTTP/1.1 411 Length Required\r\n")
        assert any(is_closed_after(connection, b"a") for _ in range(200))


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of open files")
@pytest.mark.parametrize(("hard", "most"), [(256, 77), (4096, 300)])
def test_connections_leave_files_for_others_where_a_process_may_open_few(hard: int, most: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FEW_FILES.format(hard=hard)]
    environment = os.environ | {"MLSPREP_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "mlsprep.settings"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process, ExitStack() as stack:
        stack.callback(process.terminate)
        assert process.stdout
        port = int(process.stdout.readline())
        kept = []
        for _ in range(300):
            connection = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(STRANGER, 0))
            kept.append(stack.enter_context(connection))
        visitor = HTTPConnection("127.0.0.1", port, timeout=5)
        assert visit(visitor) == 200
        visitor.close()
        n_open = sum(not is_closed(connection) for connection in kept)
        assert n_open == most


FEW_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))
import django
django.setup()
from mlsprep.serving import web
from tests.servers import free_port
server = web.listen("127.0.0.1", free_port())
print(server.effective_port, flush=True)
server.run()
"""


def is_closed(connection: socket.socket, within: float = 0) -> bool:
    """Return whether the server has closed the connection."""
    connection.settimeout(within)
    try:
        return connection.recv(1) == b""
    except (TimeoutError, BlockingIOError):
        return False
    except ConnectionError:
        return True


def large(_environ: Any, start_response: Any) -> list[bytes]:
    """Respond with more than the buffers of a connection hold."""
    start_response("200 OK", [("Content-Length", "8000000")])
    return [b"x" * 8_000_000]
