"""Keep processors and threads free for other pages while passwords are checked: each takes a third of a second.

Of the threads of a process, HASHES_AT_ONCE compute; those that wait for them are so few that the others go on serving.
"""

import threading
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exams.known_browsers import PASSWORD_PAGES

HASHES_AT_ONCE = 2
PLACES = 6  # of the 8 threads of a process; the others serve pages
PLACES_OF_ONE_ADDRESS = 4  # the others are for people elsewhere, and for browsers that know the account
RETRY_AFTER_SECONDS = 5
PAGES = PASSWORD_PAGES | {"account_login", "account_signup"}

_computing = threading.BoundedSemaphore(HASHES_AT_ONCE)


class PasswordHasher(PBKDF2PasswordHasher):
    """Django's hasher, whose hashes it reads and writes; only a few threads compute at once."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with _computing:
            return super().encode(password, salt, iterations)


class Places:
    """The requests of this process that check or wait for a password, by where they come from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        """Take a place, unless all are taken, or too many by this address."""
        with self._lock:
            if self._taken.total() >= PLACES or self._taken[address] >= PLACES_OF_ONE_ADDRESS:
                return False
            self._taken[address] += 1
            return True

    def leave(self, address: str) -> None:
        with self._lock:
            self._taken[address] -= 1
            self._taken += Counter()  # forget the addresses that have none


places = Places()


class PasswordChecksMiddleware:
    """Refuse a password before it is checked or counted where too many wait already, and say when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            if address := getattr(request, "_password_place", ""):
                places.leave(address)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if request.method != "POST" or match is None or match.url_name not in PAGES:
            return None
        address = str(get_adapter(request).get_client_ip(request))
        if not places.take(address):
            response = render(request, "account/busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response
        request._password_place = address  # type: ignore[attr-defined]
        return None
