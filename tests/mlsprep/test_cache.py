"""Test the caches: values of a real Redis last for a while, an unreachable one is empty; counters last their time."""

import socket
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import redis
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.test import Client, RequestFactory

from exams import rate_limits
from exams.sign_in import AccountAdapter
from mlsprep.cache import MAX_AGE_SECONDS, CountingCache, ForgivingRedisCache
from mlsprep.counter_memory import CounterMemory
from questions.models import User

MEMORY, REDIS = "mlsprep.counter_memory.CounterMemory", "mlsprep.cache.CountingCache"
THROTTLED = str(AccountAdapter.error_messages["too_many_login_attempts"])


@pytest.fixture(autouse=True)
def _forget_outages() -> Iterator[None]:
    ForgivingRedisCache.unreachable_until = 0.0
    for memory in (CountingCache.memory, CounterMemory("", {})):
        memory.clear()
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


@pytest.fixture
def counters_in_redis(valkey_url: str, settings: Any) -> redis.Redis:
    """Count in a real Redis, as with REDIS_URL, and return a client of its database."""
    settings.CACHES = {
        "default": {"BACKEND": "mlsprep.cache.ForgivingRedisCache", "LOCATION": valkey_url},
        "counters": {"BACKEND": "mlsprep.cache.CountingCache", "LOCATION": valkey_url},
    }
    caches["counters"].clear()
    return redis.Redis.from_url(valkey_url)


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        (rate_limits.Limit.WRONG_PASSWORD_FOR_NAME, 3600),
        (rate_limits.Limit.JOIN_OF_CLASS, 86400),
        (rate_limits.Limit.REMINDER_CONFIRMATION_TO, 86400),
    ],
)
def test_what_is_counted_for_an_hour_or_a_day_lasts_as_long_in_redis(
    limit: rate_limits.Limit, seconds: float, counters_in_redis: redis.Redis, rf: RequestFactory
) -> None:
    assert rate_limits.count(rf.post("/"), limit, "ana")
    lasting = [counters_in_redis.ttl(key) for key in counters_in_redis.keys(f"*:{limit.value}:*")]
    assert seconds - 10 < max(lasting) <= seconds


LIMIT = rate_limits.Limit.WRONG_PASSWORD_FOR_NAME  # 50 an hour


def count(rf: RequestFactory, names: Iterable[str], times: int = 1) -> None:
    for name in names:
        for _ in range(times):
            rate_limits.count(rf.post("/"), LIMIT, name)


def counting_in(backend: str, max_entries: int | None = None) -> dict[str, Any]:
    counters: dict[str, Any] = {"BACKEND": backend}
    if backend == REDIS:
        counters["LOCATION"] = "redis://127.0.0.1:1/0"
    if max_entries:
        counters["OPTIONS"] = {"MAX_ENTRIES": max_entries}
    return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}, "counters": counters}


@pytest.mark.parametrize("backend", [MEMORY, REDIS])
def test_a_thousand_names_of_a_stranger_push_no_counter_out_of_the_memory(
    backend: str, settings: Any, rf: RequestFactory
) -> None:
    settings.CACHES = counting_in(backend)
    count(rf, ["ana"], 50)
    count(rf, (f"stranger-{n}" for n in range(1000)))
    assert rate_limits.is_reached(rf.post("/"), LIMIT, "ana")


def test_who_fills_the_memory_pushes_out_what_counts_least(settings: Any, rf: RequestFactory) -> None:
    """To empty a counter, a stranger has to count as many times for each place in the memory."""
    settings.CACHES = counting_in(MEMORY, 100)
    count(rf, ["ana"], 3)
    count(rf, (f"stranger-{n}" for n in range(1000)), 2)
    count(rf, ["ana"], 47)
    assert rate_limits.is_reached(rf.post("/"), LIMIT, "ana")
    assert len(caches["counters"]._cache) <= 100  # type: ignore[attr-defined]


def test_counters_that_have_ended_make_room_first(settings: Any) -> None:
    settings.CACHES = counting_in(MEMORY, 100)
    counters = caches["counters"]
    with time_machine.travel(0, tick=False) as traveller:
        counters.set_many({f"ended-{n}": [0.0] * 9 for n in range(60)}, 60)
        counters.set_many({f"young-{n}": [0.0] for n in range(39)}, 3600)
        counters.add("lock", True, 3600)
        traveller.shift(61)
        counters.set("last", [0.0])
        assert {key.split(":")[-1] for key in counters._cache} == {  # type: ignore[attr-defined]
            *(f"young-{n}" for n in range(39)), "lock", "last",
        }  # fmt: skip


def test_what_is_used_once_stays_in_a_full_memory(settings: Any) -> None:
    """A code of a second factor that was used, or the place of who is counted just now."""
    settings.CACHES = counting_in(MEMORY, 100)
    assert caches["counters"].add("second-factor:1:123456", True, 60)
    for n in range(1000):
        caches["counters"].set(f"stranger-{n}", [0.0] * 3)
    assert not caches["counters"].add("second-factor:1:123456", True, 60)


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


@pytest.mark.slow
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


def without_redis(settings: Any) -> None:
    """Configure the site as with REDIS_URL, with a Redis that cannot be reached."""
    settings.CACHES = {
        "default": {"BACKEND": "mlsprep.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"},
        "counters": {"BACKEND": "mlsprep.cache.CountingCache", "LOCATION": "redis://127.0.0.1:1/0"},
    }
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    assert [type(caches[alias]) for alias in ("default", "counters")] == [ForgivingRedisCache, CountingCache]


@pytest.mark.django_db
def test_sign_in_works_without_the_cache(client: Client, settings: Any) -> None:
    without_redis(settings)
    User.objects.create_user("alice", password="correct horse battery")
    response = client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery"})
    assert response.status_code == 302
    assert client.session["_auth_user_id"]


@pytest.mark.django_db
def test_failed_sign_ins_are_throttled_without_the_cache(settings: Any) -> None:
    without_redis(settings)
    User.objects.create_user("alice", password="correct horse battery")
    User.objects.create_user("bob", password="correct horse battery")

    def sign_in(name: str, password: str) -> Any:
        return Client().post("/accounts/login/", {"login": name, "password": password})

    pages = [sign_in("alice", "wrong") for _ in range(5)]
    assert not any(THROTTLED in page.text for page in pages)
    assert THROTTLED in sign_in("alice", "correct horse battery").text
    assert sign_in("bob", "correct horse battery").status_code == 302


@pytest.mark.django_db
def test_a_session_that_ended_elsewhere_does_not_live_on_in_the_memory_of_a_process(
    client: Client, settings: Any
) -> None:
    without_redis(settings)
    client.force_login(User.objects.create_user("alice", password="correct horse battery"))
    assert client.get("/account/").status_code == 200
    Session.objects.all().delete()  # by another process
    assert client.get("/account/").status_code == 302
