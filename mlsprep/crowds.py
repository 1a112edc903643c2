"""Answer the pages of a network that occupies this process one at a time, so that exams of others are saved meanwhile.

With hundreds of connections, one network fills the queue in front of the threads, and whatever others send waits behind
it. So while it has more than its share beside others, a page beyond the one that it may have is refused at once, before
a session or the database is read, with a page that tries again by itself. Files and running exams are served as always,
unless one exam asks for more than a room ever does, or for something that no room has had here: anybody can make up
the address of an exam.
"""

import math
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from exams import rate_limits, theme
from exams.views.attempt import busy
from mlsprep.health import PROBES

BUSY = 5.0  # threads of the eight in gunicorn.conf.py and mlsprep/serving/web.py, in the mean
SHARE = 2.0  # of one network; beyond, it is a crowd while the process is busy
MEAN_SECONDS = 1.0  # after which the mean has forgotten two thirds of what was before
CALM_SECONDS = 3.0  # without a refusal, then a crowd is one no more
OTHERS_SECONDS = 60.0  # since another network has asked for something: a school alone is never refused
ROOMS_SECONDS = 3600.0  # since an exam was last answered
# What a crowd may have, times its factor in LIMIT_EXCEPTIONS.
PAGES_AT_ONCE = 1
NEW_ROOMS_AT_ONCE = 3  # of exams that this process has not answered yet
ROOM_BURST, ROOM_RATE = 10.0, 1.0  # requests of one exam, and as many more a second
RETRY_SECONDS = (3, 8)  # at random, so that those who were refused together come back one by one
START = re.compile(r"/(?:exams|join)/[\w-]+/\Z")
ROOM = re.compile(
    r"/attempts/([0-9a-f-]{36})/(?:questions/\d+/(?:report/)?|seat/|clock|paper/|sync/|worker\.js|summary/|finish/)?\Z"
)


@dataclass
class Occupied:
    """How many threads are occupied, now and in the mean of about the last MEAN_SECONDS."""

    at: float
    now: int = 0
    mean: float = 0.0
    refused_at: float = -math.inf

    def change(self, by: int, at: float) -> None:
        self.mean = self.now + (self.mean - self.now) * math.exp((self.at - at) / MEAN_SECONDS)
        self.now += by
        self.at = at


@dataclass
class Room:
    """How many requests an exam may still make at once, at a moment."""

    at: float
    left: float = ROOM_BURST

    def take(self, at: float, factor: int) -> bool:
        self.left = min(self.left + (at - self.at) * ROOM_RATE * factor, ROOM_BURST * factor)
        self.at = at
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Crowds:
    """The requests that this process is answering, by network, and the exams that it has answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all = Occupied(time.monotonic())
        self._networks: dict[str, Occupied] = {}  # that which has asked last is the last one, as with the rooms
        self._rooms: dict[str, Room] = {}
        self._admitted: Counter[str] = Counter()  # by kind

    def begin(self, network: str, room: str = "", factor: int = 1) -> str | None:
        """Begin a request, of an exam or of a page. Return the kind as which it is admitted, None if it is refused."""
        with self._lock:
            at = time.monotonic()
            self._forget(at)
            occupied = self._networks.pop(network, None) or Occupied(at)
            has_others = bool(self._networks)
            self._networks[network] = occupied
            for counted in (self._all, occupied):
                counted.change(1, at)
            is_crowd = has_others and (
                at - occupied.refused_at < CALM_SECONDS or (self._all.mean > BUSY and occupied.mean > SHARE)
            )
            kind, is_within = self._limit(network, room, factor, at)
            if is_crowd and not is_within:
                occupied.refused_at = at
                return None
            self._admitted[kind] += 1
            return kind

    def _limit(self, network: str, room: str, factor: int, at: float) -> tuple[str, bool]:
        """Return the kind of a request, and whether a crowd may have one more of it."""
        if known := self._rooms.pop(room, None):
            self._rooms[room] = known
            return room, known.take(at, factor)
        kind, most = (f"{network} room", NEW_ROOMS_AT_ONCE) if room else (network, PAGES_AT_ONCE)
        return kind, self._admitted[kind] < most * factor

    def end(self, network: str, kind: str | None, room: str = "") -> None:
        """End a request. An exam that it has reached is one that this process knows."""
        with self._lock:
            at = time.monotonic()
            for counted in (self._all, self._networks[network]):
                counted.change(-1, at)
            if kind is not None:
                self._admitted[kind] -= 1
                if not self._admitted[kind]:
                    del self._admitted[kind]
            if room:
                self._rooms.setdefault(room, Room(at))

    def _forget(self, at: float) -> None:
        """Forget the networks and exams that have not asked for long."""
        while self._networks:
            network, occupied = next(iter(self._networks.items()))
            if occupied.now or occupied.at > at - OTHERS_SECONDS:
                break
            del self._networks[network]
        while self._rooms:
            exam, room = next(iter(self._rooms.items()))
            if room.at > at - ROOMS_SECONDS:
                break
            del self._rooms[exam]


crowds = Crowds()


class CrowdMiddleware:
    """Refuse what is too much of one network. The last of all middleware before the database is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        network, factor = rate_limits.concurrent(request, 1)
        if not network or request.path_info in PROBES:
            return self.get_response(request)
        asked = ROOM.match(request.path_info)
        room = asked[1] if asked else ""
        kind, reached = crowds.begin(network, room, factor), ""
        try:
            if kind is None:
                return refusal(request)
            response = self.get_response(request)
            if response.status_code < 400:
                started = ROOM.search(response.get("Location", "")) if START.match(request.path_info) else None
                reached = started[1] if started else room
            return response
        finally:
            crowds.end(network, kind, reached)


def refusal(request: HttpRequest) -> HttpResponse:
    """Return the page that says to wait and asks for the same page again. A start gets the page of a busy server."""
    if request.method == "POST" and START.match(request.path_info):
        response = busy.page(request, timezone.now())
    else:
        seconds = random.randint(*RETRY_SECONDS)
        context = {
            "is_exam": ROOM.match(request.path_info),
            "is_read": request.method in ("GET", "HEAD"),
            "fields": [(name, value) for name, values in request.GET.lists() for value in values],
            "seconds": seconds,
            "theme": theme.chosen(request),
        }
        response = render(None, "crowd.html", context, status=503)
        response["Retry-After"] = str(seconds)
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django would write an error for each
    response["Content-Length"] = str(len(response.content))  # which Django sets behind this
    return response
