"""Test the Redis cache: a real Redis stores values for a while, and an unreachable one is an empty cache."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.core.cache import caches
from django.test import Client

from mlsprep.cache import MAX_AGE_SECONDS, ForgivingRedisCache
from questions.models import User


@pytest.fixture(autouse=True)
def _forget_outages() -> Iterator[None]:
    ForgivingRedisCache.unreachable_until = 0.0
    yield
    ForgivingRedisCache.unreachable_until = 0.0


def cache(url: str) -> ForgivingRedisCache:
    return ForgivingRedisCache(url, {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}})


def test_values_expire_soon(valkey_url: str) -> None:
    redis_cache = cache(valkey_url)
    redis_cache.set("for-ever", "here", timeout=None)
    redis_cache.set("a-year", "here", timeout=365 * 86400)
    assert redis_cache.get("for-ever") == "here"
    assert redis_cache.get("a-year") == "here"
    assert redis_cache.get("nothing", "empty") == "empty"
    assert redis_cache.add("a-year", "other") is False
    client = redis.Redis.from_url(valkey_url)
    assert 0 < client.ttl(redis_cache.make_key("for-ever")) <= MAX_AGE_SECONDS
    assert 0 < client.ttl(redis_cache.make_key("a-year")) <= MAX_AGE_SECONDS


def test_an_unreachable_redis_is_an_empty_cache() -> None:
    redis_cache = cache("redis://127.0.0.1:1/0")
    assert redis_cache.get("key", "empty") == "empty"
    assert redis_cache.get_many(["key"]) == {}
    assert "key" not in redis_cache
    assert redis_cache.add("key", 1) is True
    assert redis_cache.set_many({"key": 1}) == ["key"]
    assert not redis_cache.touch("key")
    assert not redis_cache.delete("key")
    redis_cache.set("key", 1)
    redis_cache.delete_many(["key"])
    with pytest.raises(ValueError, match="no key"):
        redis_cache.incr("key")


def test_a_hanging_redis_is_skipped_for_a_while() -> None:
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # accepts connections and never responds
        frozen.setblocking(False)

        def count_connections() -> int:
            while True:
                try:
                    connections.append(frozen.accept()[0])
                except BlockingIOError:
                    return len(connections)

        redis_cache = cache(f"redis://127.0.0.1:{frozen.getsockname()[1]}/0")
        assert redis_cache.get("key") is None
        first_count = count_connections()
        for _ in range(20):
            assert redis_cache.get("key") is None
        assert count_connections() == first_count > 0
    for connection in connections:
        connection.close()


@pytest.mark.django_db
def test_sign_in_works_without_the_cache(client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "mlsprep.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    assert type(caches["default"]) is ForgivingRedisCache
    User.objects.create_user("alice", password="correct horse battery")
    response = client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery"})
    assert response.status_code == 302
    assert client.session["_auth_user_id"]
