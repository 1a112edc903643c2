"""The caches of a large installation: Redis while it responds; without it, sessions are read from the database."""

import logging
import time
from typing import Any, ClassVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

from mlsprep.counter_memory import CounterMemory

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5  # a Redis that hangs delays one request in this time, not every access
MAX_AGE_SECONDS = 600  # a value that changed during an outage (a sign-out) must not come back for long


class OneClient(RedisCacheClient):
    """Keep the client: Django makes a new one for each access, which takes longer than the access."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._made: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if self._made is None:
            self._made = super().get_client(key, write=write)
        return self._made


class ForgivingRedisCache(RedisCache):
    """Redis errors never reach the caller: an unreachable Redis is an empty cache."""

    unreachable_until = 0.0  # monotonic clock, shared by all instances of this process

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient

    def _try(self, method: str, without_redis: Any, *args: Any) -> Any:
        """Call a method of Redis, or return what `_without_redis` returns."""
        if time.monotonic() >= ForgivingRedisCache.unreachable_until:
            try:
                return getattr(RedisCache, method)(self, *args)
            except RedisError as error:
                ForgivingRedisCache.unreachable_until = time.monotonic() + RETRY_AFTER_SECONDS
                log.warning("cache unreachable, next try in %s s: %s", RETRY_AFTER_SECONDS, error)
        return self._without_redis(method, without_redis, *args)

    def _without_redis(self, method: str, result: Any, *args: Any) -> Any:
        return result

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int | None:
        seconds = super().get_backend_timeout(timeout)
        return MAX_AGE_SECONDS if seconds is None else min(int(seconds), MAX_AGE_SECONDS)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try("get", default, key, default, version)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        values: dict[Any, Any] = self._try("get_many", {}, keys, version)
        return values

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._try("has_key", False, key, version))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._try("add", True, key, value, timeout, version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._try("set", None, key, value, timeout, version)

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        failed: list[Any] = self._try("set_many", list(data), data, timeout, version)
        return failed

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._try("touch", False, key, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._try("delete", False, key, version))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._try("delete_many", None, keys, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        value = self._try("incr", None, key, delta, version)
        if value is None:
            raise ValueError(f"There is no key {key!r}.")  # as for a key that has expired
        return int(value)


class CountingCache(ForgivingRedisCache):
    """The counters of rate limits, kept for as long as each counts: up to a day.

    Without Redis, they are stored in the memory of this process, so that failed sign-ins still count.
    """

    memory: ClassVar = CounterMemory("without-redis", {})

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int | None:
        seconds = RedisCache.get_backend_timeout(self, timeout)
        return None if seconds is None else int(seconds)

    def _without_redis(self, method: str, result: Any, *args: Any) -> Any:
        return getattr(self.memory, method)(*args)
