"""The counters of rate limits in the memory of a process. A laptop has no other; it imports no Redis."""

import pickle
import time
from collections.abc import Callable
from heapq import nsmallest
from typing import Any

from django.core.cache.backends.locmem import LocMemCache

MAX_COUNTERS = 100_000  # about 50 MB


class CounterMemory(LocMemCache):
    """Counters in the memory of this process, in which strangers can count what they like, but not push out others.

    Django would make room by what was used longest ago. Here counters end by themselves, and when there are too many,
    those go that count least: to push out one that has counted five, count five everywhere else.
    """

    _cache: dict[str, bytes]  # these four are Django's
    _expire_info: dict[str, float | None]
    _max_entries: int
    _delete: Callable[[str], bool]

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(name or "counters", {"OPTIONS": {"MAX_ENTRIES": MAX_COUNTERS}, **params})

    def _cull(self) -> None:
        now = time.time()
        for key in [key for key, end in self._expire_info.items() if end is not None and end <= now]:
            self._delete(key)
        surplus = len(self._cache) - self._max_entries * 3 // 4  # not one by one, since each time takes a while
        if surplus > 0:
            used = pickle.dumps(True, self.pickle_protocol)  # locks and codes, which end within a few minutes
            counters = ((len(times), key) for key, times in self._cache.items() if times != used)
            for _count, key in nsmallest(surplus, counters):
                self._delete(key)
