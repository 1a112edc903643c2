"""Fixtures for tests of candidates: an open exam of a guest, and empty rate limits."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from exams.models import Attempt
from tests import factories
from tests.sitting import Guest


@pytest.fixture
def clear_rate_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def open_attempt(db: None, client: Client) -> Attempt:
    """Start an exam as a guest with `client`, and return its attempt."""
    Guest.start(client, factories.small_blueprint(exams=3))
    return Attempt.objects.get()
