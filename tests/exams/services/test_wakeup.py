"""The wake-up never holds anybody up: a broker that is away is asked once, then left alone for a while."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from exams.services import wakeup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_memory_of_outages() -> Iterator[None]:
    wakeup.away_until = 0.0
    yield
    wakeup.away_until = 0.0


class Hung:
    """A broker that takes connections and never answers; counts them."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.kept: list[socket.socket] = []

    @property
    def asked(self) -> int:
        while True:
            try:
                self.kept.append(self.server.accept()[0])
            except BlockingIOError:
                return len(self.kept)


@pytest.fixture
def hung(settings: Any, monkeypatch: Any) -> Iterator[Hung]:
    monkeypatch.setattr(wakeup, "PATIENCE", wakeup.PATIENCE | {"socket_timeout": 0.2})
    broker = Hung()
    settings.REDIS_URL = f"redis://127.0.0.1:{broker.server.getsockname()[1]}/0"
    monkeypatch.setenv("CELERY_BROKER_URL", settings.REDIS_URL)
    yield broker
    broker.server.close()
    for connection in broker.kept:
        connection.close()


def test_sixty_exams_that_end_together_ask_a_frozen_broker_once(
    hung: Hung, django_capture_on_commit_callbacks: Any, caplog: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        wakeup.score(1)
    asked = hung.asked
    assert asked
    with django_capture_on_commit_callbacks(execute=True):
        for attempt in range(2, 61):
            wakeup.score(attempt)
    assert hung.asked == asked
    assert caplog.text.count("broker not reached") == 1


def test_after_the_pause_the_broker_is_asked_again(hung: Hung, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        wakeup.score(1)
    asked = hung.asked
    wakeup.away_until -= wakeup.PAUSE
    with django_capture_on_commit_callbacks(execute=True):
        wakeup.score(2)
    assert hung.asked > asked
