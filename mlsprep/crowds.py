"""Answer the pages of a network that occupies this process one at a time, so that exams of others are saved meanwhile.

With hundreds of connections, one network fills the queue in front of the threads, and whatever others send waits behind
it. So while it has more than its share beside others, a page beyond the one that it may have is refused at once, before
a session or the database is read, with a page that tries again by itself. Files and running exams, with the pictures
of their questions, are served as always, unless one attempt asks for more than a room ever does, or is one that this
process has not answered yet: anybody can make up the address of an attempt.
"""

import logging
import math
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from exams import rate_limits
from exams.views.attempt import busy
from mlsprep.health import PROBES

BUSY = 5.0  # threads of the eight in gunicorn.conf.py and mlsprep/serving/web.py, on average
SHARE = 2.0  # of one network; beyond, it is a crowd while the process is busy
MEAN_SECONDS = 1.0  # after which the mean has forgotten two thirds of what was before
CALM_SECONDS = 3.0  # without a refusal, then a crowd is one no more; or when the process has little to do
OTHERS_SECONDS = 60.0  # since a network with no more than its share has asked for something: else nobody is refused
ATTEMPTS_SECONDS = 3600.0  # since an attempt was last answered
LOG_SECONDS = 60.0  # between two lines about one network
# What a crowd may have, times its factor in LIMIT_EXCEPTIONS.
PAGES_AT_ONCE = 1
STAFF_PAGES_AT_ONCE = 3  # of the admin: the instructor of a class sits in its network
NEW_ATTEMPTS_AT_ONCE = 3  # that this process has not answered yet
ATTEMPT_BURST, ATTEMPT_RATE = 20.0, 1.0  # requests of one attempt, and as many more a second
RETRY_SECONDS = (3, 8)  # at random, so that those who were refused together come back one by one
START = re.compile(r"/(?:exams/[\w-]+|join(?:/link)?(?:/(?!somebody-else/)[\w-]+)?|practice/start)/\Z")
ATTEMPT = re.compile(r"/attempts/([0-9a-f-]{36})/")
ROOM = re.compile(
    ATTEMPT.pattern + r"(?:questions/\d+/(?:report/)?|seat/|clock|paper/|sync/|worker\.js|summary/|finish/)?\Z"
)

logger = logging.getLogger(__name__)


@dataclass
class Occupied:
    """How many threads are occupied, now and in the mean of about the last MEAN_SECONDS."""

    at: float
    now: int = 0
    mean: float = 0.0
    refused_at: float = -math.inf
    logged_at: float = -math.inf

    def change(self, by: int, at: float) -> None:
        self.mean = self.mean_at(at)
        self.now += by
        self.at = at

    def mean_at(self, at: float) -> float:
        return self.now + (self.mean - self.now) * math.exp((self.at - at) / MEAN_SECONDS)


@dataclass
class AttemptBucket:
    """How many requests an attempt may still make at once, at a moment: a token bucket."""

    at: float
    left: float = ATTEMPT_BURST

    def take(self, at: float, factor: int) -> bool:
        self.left = min(self.left + (at - self.at) * ATTEMPT_RATE * factor, ATTEMPT_BURST * factor)
        self.at = at
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Crowds:
    """The requests that this process is answering, by network, and the attempts that it has answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all = Occupied(time.monotonic())
        self._networks: dict[str, Occupied] = {}  # that which has asked last is the last one, as with the attempts
        self._attempts: dict[str, AttemptBucket] = {}
        self._admitted: Counter[str] = Counter()  # by slot

    def begin(self, network: str, attempt: str = "", factor: int = 1, *, is_staff: bool = False) -> str | None:
        """Begin a request, of an attempt or for a page. Return the slot that it takes, None if it is refused."""
        with self._lock:
            at = time.monotonic()
            self._forget(at)
            occupied = self._networks.pop(network, None) or Occupied(at)
            self._networks[network] = occupied
            for counted in (self._all, occupied):
                counted.change(1, at)
            slot, is_within = self._slot(network, attempt, factor, at, is_staff=is_staff)
            if not is_within and self._is_crowd(network, occupied, at):
                occupied.refused_at = at
                if at - occupied.logged_at > LOG_SECONDS:
                    occupied.logged_at = at
                    logger.warning("Network %s has %d requests at once: its pages wait.", network, occupied.now)
                return None
            self._admitted[slot] += 1
            return slot

    def _is_crowd(self, network: str, occupied: Occupied, at: float) -> bool:
        """Return whether this network keeps others waiting, who have no more than their share."""
        was_crowd = at - occupied.refused_at < CALM_SECONDS and self._all.mean > SHARE
        return (was_crowd or (self._all.mean > BUSY and occupied.mean > SHARE)) and any(
            at - other.at < OTHERS_SECONDS and other.mean_at(at) <= SHARE
            for name, other in self._networks.items()
            if name != network
        )

    def _slot(self, network: str, attempt: str, factor: int, at: float, *, is_staff: bool) -> tuple[str, bool]:
        """Return the slot of a request, and whether a crowd may have one more of it."""
        if known := self._attempts.pop(attempt, None):
            self._attempts[attempt] = known
            return attempt, known.take(at, factor)
        slot, most = network, PAGES_AT_ONCE
        if attempt:
            slot, most = f"{network} attempt", NEW_ATTEMPTS_AT_ONCE
        elif is_staff:
            slot, most = f"{network} staff", STAFF_PAGES_AT_ONCE
        return slot, self._admitted[slot] < most * factor

    def end(self, network: str, slot: str | None, attempt: str = "") -> None:
        """End a request. An attempt that it has reached is one that this process knows."""
        with self._lock:
            at = time.monotonic()
            for counted in (self._all, self._networks[network]):
                counted.change(-1, at)
            if slot is not None:
                self._admitted[slot] -= 1
                if not self._admitted[slot]:
                    del self._admitted[slot]
            if attempt:
                self._attempts.setdefault(attempt, AttemptBucket(at))

    def _forget(self, at: float) -> None:
        """Forget the networks and attempts that have not asked for long."""
        while self._networks:
            network, occupied = next(iter(self._networks.items()))
            if occupied.now or occupied.at > at - OTHERS_SECONDS:
                break
            del self._networks[network]
        while self._attempts:
            uuid, bucket = next(iter(self._attempts.items()))
            if bucket.at > at - ATTEMPTS_SECONDS:
                break
            del self._attempts[uuid]


crowds = Crowds()


class CrowdMiddleware:
    """Refuse what is too much of one network. The last of all middleware before the database is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        network, factor = rate_limits.concurrent(request, 1)
        if not network or request.path_info in PROBES:
            return self.get_response(request)
        attempt = _attempt(request)
        slot = crowds.begin(network, attempt, factor, is_staff=request.path_info.startswith("/admin/"))
        reached = ""
        try:
            if slot is None:
                return refusal(request)
            response = self.get_response(request)
            if response.status_code < 400:
                reached = _started(response) if START.match(request.path_info) else attempt
            return response
        finally:
            crowds.end(network, slot, reached)


def _attempt(request: HttpRequest) -> str:
    """Return the attempt for whose room this is, or for whose picture."""
    path = request.path_info
    if path.startswith("/images/"):
        path = urlsplit(request.headers.get("Referer", "")).path
    asked = ROOM.match(path)
    return asked[1] if asked else ""


def _started(response: HttpResponse) -> str:
    """Return the attempt that has been started: a form is redirected to it, a script reads its address."""
    started = ATTEMPT.match(response.get("Location", "")) or (
        ATTEMPT.search(response.text) if isinstance(response, JsonResponse) else None
    )
    return started[1] if started else ""


def refusal(request: HttpRequest) -> HttpResponse:
    """Return the page that says to wait and asks for the same page again. A start gets the page of a busy server."""
    if request.method == "POST" and START.match(request.path_info):
        response = busy.page(request, timezone.now())
    else:
        context = {
            "is_exam": ROOM.match(request.path_info),
            "method": "get" if request.method in ("GET", "HEAD") else "",
            "fields": [(name, value) for name, values in request.GET.lists() for value in values],
        }
        response = busy.try_again(request, "crowd.html", context, RETRY_SECONDS, status=429)
    response["Content-Length"] = str(len(response.content))  # which Django sets behind this
    return response
