"""A guest in the room of a small exam, without JavaScript, and a quiz beside that exam."""

from typing import Any

import pytest
from django.test import Client

from exams.models import Attempt, Candidate
from questions.models import Blueprint
from tests import factories
from tests.exams.views.other_exams import other_exam
from tests.sitting import Guest


@pytest.fixture(autouse=True)
def _long_cache_timeout(settings: Any) -> None:
    """Raise the timeout of Redis, so that a busy machine does not look like an outage."""
    options = {"socket_timeout": 60, "socket_connect_timeout": 60}
    settings.CACHES = {
        alias: {**cache, "OPTIONS": options} if "socket_timeout" in cache.get("OPTIONS", {}) else cache
        for alias, cache in settings.CACHES.items()
    }


@pytest.fixture
def guest(db: None, client: Client, settings: Any) -> Guest:
    """A guest in the room of a small exam, at its first question."""
    return Guest.seated(client, factories.small_blueprint(minutes=30))


@pytest.fixture
def attempt(guest: Guest) -> Attempt:
    return Attempt.objects.get(candidate=Candidate.objects.get())


@pytest.fixture
def quiz(settings: Any) -> Blueprint:
    """Return a quiz made here, beside the exam of the front page: three scored questions of one exam domain."""
    return other_exam("QUIZ", "My own quiz")


@pytest.fixture
def blueprint(settings: Any) -> Blueprint:
    """Return the exam of the front page. Sessions are in the database, where queries for them are counted."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    return factories.small_blueprint(minutes=45, exams=2)
