"""Keep processors and threads free for other pages while passwords are checked: each takes a third of a second.

Of the threads of a process, HASHES_AT_ONCE compute; those that wait for them are so few that the others go on serving.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exams import known_browsers, rate_limits
from exams.known_browsers import PASSWORD_PAGES
from exams.rate_limits import Limit, site_of

HASHES_AT_ONCE = 2
PLACES = 6  # of the 8 threads of a process; the others serve pages
RESERVED = 2  # of these, for browsers that know the account they sign in to; the first ones take these
# Two networks can be one machine, with IPv4 and IPv6: together they leave one place to others.
PLACES_OF_ONE_NETWORK, PLACES_OF_TWO_NETWORKS = 2, 3  # of those for all
RESERVED_OF_ONE_NETWORK = 1
RETRY_AFTER_SECONDS = 5
PAGES = PASSWORD_PAGES | {"account_login", "account_signup"}

_computing = threading.BoundedSemaphore(HASHES_AT_ONCE)


class PasswordHasher(PBKDF2PasswordHasher):
    """Django's hasher, whose hashes it reads and writes; only a few threads compute at once."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with _computing:
            return super().encode(password, salt, iterations)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose password is checked: an account that is signed in, or a browser that knows the account, or a stranger."""

    network: str
    account: int | None = None
    browser: str = ""


def _is_fair(askers: Iterable[Asker], of_one: int, of_two: int) -> bool:
    """Return whether no network has more than `of_one` of these, and no two have more than `of_two`."""
    most = [n for _network, n in Counter(asker.network for asker in askers).most_common(2)]
    return max(most) <= of_one and sum(most) <= of_two


class Places:
    """The requests of this process that check or wait for a password."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._for_all: list[Asker] = []
        self._reserved: list[Asker] = []

    def take(self, asker: Asker) -> bool:
        """Take a place, unless too many are: by anybody, by its network or two, or one by its account or browser."""
        with self._lock:
            if any(
                (asker.account and other.account == asker.account) or (asker.browser and other.browser == asker.browser)
                for other in self._for_all + self._reserved
            ):
                return False
            kinds = [(self._for_all, PLACES - RESERVED, PLACES_OF_ONE_NETWORK, PLACES_OF_TWO_NETWORKS)]
            if asker.browser:
                kinds.insert(0, (self._reserved, RESERVED, RESERVED_OF_ONE_NETWORK, RESERVED))
            for taken, places, of_one, of_two in kinds:
                if len(taken) < places and _is_fair([*taken, asker], of_one, of_two):
                    taken.append(asker)
                    return True
            return False

    def leave(self, asker: Asker) -> None:
        with self._lock:
            (self._reserved if asker in self._reserved else self._for_all).remove(asker)


places = Places()


class PasswordChecksMiddleware:
    """Refuse a password before it is checked or counted where too many wait already, and say when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            if asker := getattr(request, "_password_place", None):
                places.leave(asker)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if request.method != "POST" or match is None or match.url_name not in PAGES:
            return None
        account = request.user.pk if request.user.is_authenticated and match.url_name in PASSWORD_PAGES else None
        is_confirmation = account and any("password" in field for field in request.POST)
        if is_confirmation and not rate_limits.count(request, Limit.CONFIRMATION, str(account)):
            return rate_limits.refusal(request)
        browser = "" if account else known_browsers.signing_in(request)
        asker = Asker(site_of(get_adapter(request).address(request)), account, browser)
        if not places.take(asker):
            response = render(request, "account/busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
            response._has_been_logged = True  # type: ignore[attr-defined]  # Django would write an error for each
            return response
        request._password_place = asker  # type: ignore[attr-defined]
        return None
