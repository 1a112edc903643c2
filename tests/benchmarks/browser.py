"""A browser as cheap as possible, since it shares the processors with the servers that are measured."""

import json
import re
import socket
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"(?:^|\r\n)[0-9a-f]+\r\n")
COOKIE = re.compile(rb"\r\nset-cookie: *([^=]+)=([^;]*)", re.IGNORECASE)
RETRY_AFTER = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """A response: its status, where it redirects to, its body, and the seconds after which to try again."""

    status: int
    location: str
    content: bytes
    retry_after: int = 0

    @property
    def html(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Browser:
    """One connection with its cookies. `times` has (name, seconds, bytes) of each request."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    times: list[tuple[str, float, int]] = field(default_factory=list)
    patience: float = 60  # seconds without a byte, then the server does not respond
    _socket: socket.socket | None = None

    def get(self, path: str, name: str) -> Page:
        return self._send("GET", path, name, b"", "")

    def post(self, path: str, fields: list[tuple[str, str]], name: str) -> Page:
        """Post a form."""
        return self._send("POST", path, name, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def post_json(self, path: str, content: Any, name: str) -> Page:
        """Post JSON, as a script does."""
        return self._send("POST", path, name, json.dumps(content).encode(), "application/json")

    def follow(self, page: Page, name: str) -> Page:
        """Follow redirects."""
        while page.location:
            page = self.get(page.location, name)
        return page

    def go_to(self, port: int) -> None:
        """Close the connection; the next request goes to this port."""
        if self._socket:
            self._socket.close()
        self.port, self._socket = port, None

    def take_connection(self, other: "Browser") -> None:
        """Take the open connection of another browser, as a proxy shares its own."""
        self._socket, other._socket = other._socket, None

    def _send(self, method: str, path: str, name: str, body: bytes, content_type: str) -> Page:
        cookies = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n"
        if content_type:
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
            head += f"X-CSRFToken: {self.cookies.get('csrftoken', '')}\r\n"
        started = time.perf_counter()
        raw_head, content = self._exchange(head.encode() + b"\r\n" + body)
        self.times.append((name, time.perf_counter() - started, len(content)))
        for key, value in COOKIE.findall(raw_head):
            self.cookies[key.decode()] = value.decode()
        location, retry_after = LOCATION.search(raw_head), RETRY_AFTER.search(raw_head)
        return Page(
            int(raw_head[9:12]), location[1].decode() if location else "", content,
            int(retry_after[1]) if retry_after else 0,
        )  # fmt: skip

    def _exchange(self, request: bytes) -> tuple[bytes, bytes]:
        for attempt in (1, 2):
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.patience)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._socket.sendall(request)
                if answer := self._receive(self._socket):
                    return answer
            except (ConnectionError, BrokenPipeError):
                pass
            self._socket.close()  # an idle connection that the server has closed
            self._socket = None
            if attempt == 2:
                raise ConnectionError(f"No response to {request[:80]!r}")
        raise AssertionError

    @staticmethod
    def _receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, content = data.partition(b"\r\n\r\n")
        if CHUNKED.search(head):  # nginx, for what has no length, such as a page about an error
            while not content.endswith(b"0\r\n\r\n"):
                content += connection.recv(65536) or b"0\r\n\r\n"
            return head, CHUNK_SIZE.sub(b"", content)
        length = LENGTH.search(head)
        expected = int(length[1]) if length else 0
        chunks, received = [content], len(content)
        while received < expected:
            chunk = connection.recv(262144)
            if not chunk:
                raise ConnectionError("The response ended early.")
            chunks.append(chunk)
            received += len(chunk)
        return head, b"".join(chunks)
