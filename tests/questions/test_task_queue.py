"""Test that a frozen broker does not block requests: it is tried once, then skipped for a while."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from questions import task_queue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget_outages() -> Iterator[None]:
    task_queue.retry_at = 0.0
    yield
    task_queue.retry_at = 0.0


class FrozenBroker:
    """A broker that accepts connections and never responds. It counts them."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.connections: list[socket.socket] = []

    @property
    def connection_count(self) -> int:
        while True:
            try:
                self.connections.append(self.server.accept()[0])
            except BlockingIOError:
                return len(self.connections)


@pytest.fixture
def frozen_broker(settings: Any, monkeypatch: Any) -> Iterator[FrozenBroker]:
    monkeypatch.setattr(task_queue, "TRANSPORT_OPTIONS", task_queue.TRANSPORT_OPTIONS | {"socket_timeout": 0.2})
    broker = FrozenBroker()
    settings.REDIS_URL = f"redis://127.0.0.1:{broker.server.getsockname()[1]}/0"
    monkeypatch.setenv("CELERY_BROKER_URL", settings.REDIS_URL)
    yield broker
    broker.server.close()
    for connection in broker.connections:
        connection.close()


@pytest.mark.slow
def test_sixty_exams_that_end_together_try_a_frozen_broker_once(
    frozen_broker: FrozenBroker, django_capture_on_commit_callbacks: Any, caplog: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        task_queue.send("exams.score_attempt", 1)
    connection_count = frozen_broker.connection_count
    assert connection_count
    with django_capture_on_commit_callbacks(execute=True):
        for attempt in range(2, 61):
            task_queue.send("exams.score_attempt", attempt)
    assert frozen_broker.connection_count == connection_count
    assert caplog.text.count("broker not reached") == 1


@pytest.mark.slow
def test_after_the_pause_the_broker_is_tried_again(
    frozen_broker: FrozenBroker, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        task_queue.send("exams.score_attempt", 1)
    connection_count = frozen_broker.connection_count
    task_queue.retry_at -= task_queue.RETRY_AFTER_SECONDS
    with django_capture_on_commit_callbacks(execute=True):
        task_queue.send("exams.score_attempt", 2)
    assert frozen_broker.connection_count > connection_count
