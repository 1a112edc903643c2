"""The cache over Redis: a real one keeps values for a while, one that is away is an empty cache."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.core.cache import caches
from django.test import Client

from mlsprep.cache import LONGEST, ForgivingRedisCache
from questions.models import User


@pytest.fixture(autouse=True)
def _no_memory_of_outages() -> Iterator[None]:
    ForgivingRedisCache.away_until = 0.0
    yield
    ForgivingRedisCache.away_until = 0.0


def cache(url: str) -> ForgivingRedisCache:
    return ForgivingRedisCache(url, {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}})


def test_values_are_kept_but_never_for_long(valkey_url: str) -> None:
    ours = cache(valkey_url)
    ours.set("for-ever", "here", timeout=None)
    ours.set("a-year", "here", timeout=365 * 86400)
    assert (ours.get("for-ever"), ours.get("a-year"), ours.get("nothing", "empty")) == ("here", "here", "empty")
    assert ours.add("a-year", "other") is False
    client = redis.Redis.from_url(valkey_url)
    assert 0 < client.ttl(ours.make_key("for-ever")) <= LONGEST
    assert 0 < client.ttl(ours.make_key("a-year")) <= LONGEST


def test_a_redis_that_is_away_is_an_empty_cache() -> None:
    ours = cache("redis://127.0.0.1:1/0")
    assert ours.get("key", "empty") == "empty"
    assert ours.get_many(["key"]) == {}
    assert "key" not in ours
    assert ours.add("key", 1) is True
    assert ours.set_many({"key": 1}) == ["key"]
    assert not ours.touch("key")
    assert not ours.delete("key")
    ours.set("key", 1)
    ours.delete_many(["key"])
    with pytest.raises(ValueError, match="no key"):
        ours.incr("key")


def test_a_frozen_redis_is_asked_once_and_then_left_alone_for_a_while() -> None:
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # takes connections and never answers
        frozen.setblocking(False)

        def asked() -> int:
            while True:
                try:
                    kept.append(frozen.accept()[0])
                except BlockingIOError:
                    return len(kept)

        ours = cache(f"redis://127.0.0.1:{frozen.getsockname()[1]}/0")
        assert ours.get("key") is None
        once = asked()
        for _ in range(20):
            assert ours.get("key") is None
        assert asked() == once > 0
    for connection in kept:
        connection.close()


@pytest.mark.django_db
def test_people_sign_in_and_stay_signed_in_without_the_cache(client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "mlsprep.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    assert type(caches["default"]) is ForgivingRedisCache
    User.objects.create_user("alice", password="correct horse battery")
    answer = client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery"})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"]
