"""Browsers without JavaScript: clients that sit a small exam as a guest."""

from typing import Any

import pytest
from django.test import Client

from exams.models import Attempt, Candidate
from tests import factories
from tests.sitting import Guest


@pytest.fixture(autouse=True)
def _patient_cache(settings: Any) -> None:
    """Where Redis counts tries and keeps sessions: a busy machine must not look like a Redis that is away."""
    default = settings.CACHES["default"]
    if "socket_timeout" in default.get("OPTIONS", {}):
        settings.CACHES = {"default": {**default, "OPTIONS": {"socket_timeout": 60, "socket_connect_timeout": 60}}}


@pytest.fixture
def guest(db: None, client: Client, settings: Any) -> Guest:
    """A guest in the room of a small exam, at its first question."""
    settings.FRONT_EXAM = "TINY"
    return Guest.start(client, factories.small_blueprint(minutes=30))


@pytest.fixture
def attempt(guest: Guest) -> Attempt:
    return Attempt.objects.get(candidate=Candidate.objects.get())
