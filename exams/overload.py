"""Whether this process has more to do than it can: then running exams go first, and new ones start later.

A process answers eight requests at the same time; the others wait where no code of ours sees them. That they do is seen
by the processors: if for some seconds no moment was quiet, somebody waits. A rush that is over sooner, such as that of
one class, changes nothing. Nor do one or two networks, such as the two of a machine with IPv4 and IPv6: they count for
a few requests, so that nobody alone can keep others from starting, and are too much only beside others, whose exams
then go first.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from exams import rate_limits

BUSY = 4  # requests at the same time, of the eight threads in gunicorn.conf.py and mlsprep/serving/web.py
OF_ONE_NETWORK = BUSY - 1  # that are counted, times its factor in LIMIT_EXCEPTIONS
PATIENCE_SECONDS = 2.0  # the time for which a request may wait before new exams are refused


class Load:
    """The requests of this process that are being answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[tuple[str, int]] = Counter()  # by network, with how many of it count
        self._quiet_at = time.monotonic()

    def begin(self, network: str, most: int = OF_ONE_NETWORK) -> None:
        with self._lock:
            self._note()
            self._running[network, most] += 1

    def end(self, network: str, most: int = OF_ONE_NETWORK) -> None:
        with self._lock:
            self._running[network, most] -= 1
            if not self._running[network, most]:
                del self._running[network, most]
            self._note()

    def _counted(self) -> int:
        """Return how many requests count: of the two networks that have most, as many as of one."""
        networks = sorted(((min(n, most), most) for (_network, most), n in self._running.items()), reverse=True)
        two, others = networks[:2], networks[2:]
        of_two = min(sum(n for n, _most in two), max((most for _n, most in two), default=0))
        return of_two + sum(n for n, _most in others)

    def _note(self) -> None:
        if self._counted() < BUSY:
            self._quiet_at = time.monotonic()

    def is_too_high(self) -> bool:
        """Return whether BUSY or more requests were being answered at every moment of the last PATIENCE_SECONDS."""
        with self._lock:
            return self._counted() >= BUSY and time.monotonic() - self._quiet_at > PATIENCE_SECONDS


load = Load()


class LoadMiddleware:
    """Count the requests that are being answered. The first of all middleware, so that nothing is left out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        network, most = rate_limits.concurrent(request, OF_ONE_NETWORK)
        load.begin(network, most)
        try:
            return self.get_response(request)
        finally:
            load.end(network, most)
