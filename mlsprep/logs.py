"""The lines of the log: in UTC, as text or JSON, without the tokens of sign-in links."""

import copy
import json
import logging
import posixpath
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse

_PAGES = r"accounts/(?:link|password/reset/key)|join/link|calendar|reminders/(?:confirm|stop)"
_TOKEN = re.compile(rf"(/(?:{_PAGES})/)[^/\s\"'?#]+", re.IGNORECASE)
_WORD = re.compile(r"[^\s\"']+")
# What a link may have in its path. It leads nowhere then, but the token is valid.
_ODD_MARKS = ("%", "//", "/.")
_MAX_QUOTINGS = 3
# What ends a line or commands a terminal, besides the line breaks and tabs of a traceback.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ATTEMPT = re.compile(rf"\battempts?[ /]({_UUID})\b")

# Id and path of the request in this thread. They stay until the next request, for the line of the access log.
_request: ContextVar[tuple[str, str]] = ContextVar("request", default=("", ""))


class RequestIdMiddleware:
    """Give each request an id, which its log lines and its response have, and keep tokens out of the referrer.

    Proxies log the referrer of what a page loads. Only its path is left out: with `no-referrer`, browsers would send
    the forms of the page with the origin `null`, which is refused.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(8)
        _request.set((request_id, request.path_info))
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        if mask_tokens(request.path_info) != request.path_info:
            response["Referrer-Policy"] = "strict-origin"
        return response


def mask_tokens(text: str) -> str:
    """Replace the tokens of links to sign in, to set a password, to join and of reminders: who has one, gets in."""
    return _WORD.sub(_mask_odd_path, _TOKEN.sub(r"\1...", text))


def _mask_odd_path(word: re.Match[str]) -> str:
    """Return a word as it is, or only the name of the page if it is an odd path whose normal form contains a token."""
    path = word[0]
    if not any(mark in path for mark in _ODD_MARKS):
        return path
    for _ in range(_MAX_QUOTINGS):
        path = unquote(path)
    token = _TOKEN.search(posixpath.normpath(path))
    return f"{token[1]}..." if token else word[0]


def escape_controls(text: str) -> str:
    """Return a text in which control characters of a client are escapes, valid in JSON too: they would forge lines."""
    return _CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", text)


class RefusalFilter(logging.Filter):
    """Log a refused request in one line: it is no fault of the server, and anybody can send thousands of them."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord | bool:
        if not 400 <= getattr(record, "status_code", 500) < 500:
            return True
        line = copy.copy(record)
        line.exc_info = line.exc_text = None
        return line


class LineFormatter(logging.Formatter):
    """One line of text: time in UTC, whatever the time zone of the pages, level, module, message."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return mask_tokens(escape_controls(super().format(record)))


class JSONFormatter(logging.Formatter):
    """One JSON object a line, with the id of the request and the UUID of the attempt where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        request_id, path = _request.get()
        attempt = _ATTEMPT.search(message) or _ATTEMPT.search(path)
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "module": record.name,
            "message": message,
            "request": request_id,
            "attempt": attempt[1] if attempt else "",
            "traceback": self.formatException(record.exc_info) if record.exc_info else "",
            **getattr(record, "fields", {}),  # of the access log
        }
        line = json.dumps({key: value for key, value in entry.items() if value}, ensure_ascii=False)
        return mask_tokens(escape_controls(line))
