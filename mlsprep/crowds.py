"""Answer the pages of a network that occupies this process one at a time, so that exams of others are saved meanwhile.

With hundreds of connections, one network fills the queue in front of the threads, and whatever others send waits behind
it. So while it has more than its share beside others, a page beyond the one that it may have is refused at once, before
a session or the database is read, with a page that tries again by itself. Files and running exams, with the pictures
of their questions, are served as always, unless one attempt asks for more than a room ever does. Anybody can make up
the address of an attempt, so one that this process has not answered yet is looked up first.

One device must not keep a class from starting. So the pages on the way to an exam of a class are never refused: their
one slot would be for whoever asks most often, and only the queue is fair. Nor is a start from a page that this browser
has got. What is refused here gives nobody time: one device can make a crowd.
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

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse

from exams import rate_limits
from exams.models import Attempt
from exams.views.attempt import busy
from exams.views.attempt.rules import StartToken
from mlsprep.health import PROBES

BUSY = 5.0  # threads of the eight in gunicorn.conf.py and mlsprep/serving/web.py, on average
SHARE = 2.0  # of one network; beyond, it is a crowd while the process is busy
MEAN_SECONDS = 1.0  # after which the mean has forgotten two thirds of what was before
CALM_SECONDS = 3.0  # without a refusal, then a crowd is one no more; or when the process has little to do
OTHERS_SECONDS = 60.0  # since a network with no more than its share has asked for something: else nobody is refused
ATTEMPTS_SECONDS = 3600.0  # since an attempt was last answered
LOG_SECONDS = 60.0  # between two lines about one network
# What a crowd may have, times its factor in LIMIT_EXCEPTIONS.
AT_ONCE = {
    "page": 1,
    "join": math.inf,
    "start": 1,  # and the page before it
    "staff": 3,  # pages of the admin: the instructor of a class sits in its network
    "attempt": 0,  # that this process does not know
}
ATTEMPT_BURST, ATTEMPT_RATE = 20.0, 1.0  # requests of one attempt, and as many more a second
START_BURST = 3.0  # of one that is to be started: a browser can get many pages for that beforehand
RETRY_SECONDS = (3, 8)  # at random, so that those who were refused together come back one by one
JOIN = re.compile(r"/join(?:/link)?(?:/(?!somebody-else/)[\w-]+)?/\Z")
START = re.compile(r"/(?:exams/[\w-]+|practice/start)/\Z")
ATTEMPT = re.compile(r"/attempts/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")
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

    def begin(self, network: str, kind: str = "page", factor: int = 1, *, attempt: str = "") -> str | None:
        """Begin a request of a kind of AT_ONCE. Return the slot that it takes, None if there is none for it."""
        with self._lock:
            at = time.monotonic()
            self._forget(at)
            occupied = self._networks.pop(network, None) or Occupied(at)
            self._networks[network] = occupied
            for counted in (self._all, occupied):
                counted.change(1, at)
            if attempt and kind == "start":  # its page was for this browser
                self._attempts.setdefault(attempt, AttemptBucket(at, START_BURST))
            slot, is_within = self._slot(network, kind, factor, attempt, at)
            if not is_within and self._is_crowd(network, occupied, at):
                return None
            self._admitted[slot] += 1
            return slot

    def refuse(self, network: str) -> None:
        """Note that a network waits, and log it."""
        with self._lock:
            occupied, at = self._networks[network], time.monotonic()
            occupied.refused_at = at
            if at - occupied.logged_at > LOG_SECONDS:
                occupied.logged_at = at
                logger.warning("Network %s has %d requests at once: its pages wait.", network, occupied.now)

    def knows(self, attempt: str) -> bool:
        return attempt in self._attempts

    def admit(self, attempt: str, factor: int) -> str | None:
        """Know an attempt that exists. Return the slot for its request that was refused; None if it stays so."""
        with self._lock:
            at = time.monotonic()
            self._attempts.setdefault(attempt, AttemptBucket(at))
            slot, is_within = self._slot("", "attempt", factor, attempt, at)
            if not is_within:
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

    def _slot(self, network: str, kind: str, factor: int, attempt: str, at: float) -> tuple[str, bool]:
        """Return the slot of a request, and whether a crowd may have one more of it."""
        if known := self._attempts.pop(attempt, None):
            self._attempts[attempt] = known
            return attempt, known.take(at, factor)
        slot = f"{network} {kind}"
        return slot, self._admitted[slot] < AT_ONCE[kind] * factor

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
        kind, attempt = _kind(request)
        slot = crowds.begin(network, kind, factor, attempt=attempt)
        reached = ""
        try:
            if slot is None and attempt and not crowds.knows(attempt) and _exists(attempt):
                slot = crowds.admit(attempt, factor)
            if slot is None:
                crowds.refuse(network)
                return refusal(request)
            response = self.get_response(request)
            if response.status_code < 400:
                reached = _started(response) if kind in ("join", "start") else attempt
            return response
        finally:
            crowds.end(network, slot, reached)


def _kind(request: HttpRequest) -> tuple[str, str]:
    """Return what is asked for, and the attempt for whose room or picture, or the start for which this is."""
    path = request.path_info
    if JOIN.match(path):
        return "join", ""
    if START.match(path):
        pair = StartToken.read(request.POST.get("pair", ""), request) if request.method == "POST" else None
        return "start", f"start {pair.attempt}" if pair else ""
    if path.startswith("/images/"):
        path = urlsplit(request.headers.get("Referer", "")).path
    if asked := ROOM.match(path):
        return "attempt", asked[1]
    return "staff" if path.startswith("/admin/") else "page", ""


def _exists(attempt: str) -> bool:
    """Return whether there is such an attempt: another process may have answered it. Otherwise it was made up."""
    try:
        return Attempt.objects.filter(uuid=attempt).exists()
    except DatabaseError:
        return False


def _started(response: HttpResponse) -> str:
    """Return the attempt that has been started: a form is redirected to it, a script reads its address."""
    started = ATTEMPT.match(response.get("Location", "")) or (
        ATTEMPT.search(response.text) if isinstance(response, JsonResponse) else None
    )
    return started[1] if started else ""


def refusal(request: HttpRequest) -> HttpResponse:
    """Return the page that says to wait and asks for the same again by itself: a page, or a start."""
    is_start = request.method == "POST" and START.match(request.path_info)
    sent = request.POST if is_start else request.GET
    context = {
        "is_exam": ROOM.match(request.path_info),
        "is_start": is_start,
        "method": "post" if is_start else "get" if request.method in ("GET", "HEAD") else "",
        "fields": [(name, value) for name, values in sent.lists() for value in values],
    }
    return busy.try_again(request, "crowd.html", context, RETRY_SECONDS, status=429)
