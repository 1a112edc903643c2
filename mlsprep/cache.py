"""The cache of a large installation: Redis while it responds, an empty cache while it does not."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5  # a Redis that hangs delays one request in this time, not every access
MAX_AGE_SECONDS = 600  # a value that changed during an outage (a sign-out) must not come back for long


class ForgivingRedisCache(RedisCache):
    """Redis errors never reach the caller: sessions are read from the database, sign-in is not throttled."""

    unreachable_until = 0.0  # monotonic clock, shared by all instances of this process

    def _try[T](self, operation: Callable[[], T], fallback: T) -> T:
        if time.monotonic() < ForgivingRedisCache.unreachable_until:
            return fallback
        try:
            return operation()
        except RedisError as error:
            ForgivingRedisCache.unreachable_until = time.monotonic() + RETRY_AFTER_SECONDS
            log.warning("cache unreachable, next try in %s s: %s", RETRY_AFTER_SECONDS, error)
            return fallback

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int | None:
        seconds = super().get_backend_timeout(timeout)
        return MAX_AGE_SECONDS if seconds is None else min(int(seconds), MAX_AGE_SECONDS)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        return self._try(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), True)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        return self._try(lambda: super(ForgivingRedisCache, self).set_many(data, timeout, version), list(data))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).touch(key, timeout, version), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        value = self._try(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), None)
        if value is None:
            raise ValueError(f"There is no key {key!r}.")  # as for a key that has expired
        return value
