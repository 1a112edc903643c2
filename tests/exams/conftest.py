"""Fixtures for tests of exams: an open exam of a guest, another browser of a user, an instructor."""

from typing import Any

import pytest
from django.test import Client

from exams.models import Attempt
from questions.models import User
from tests import authoring, factories
from tests.accounts import first_question, log_in, sign_up
from tests.sitting import seat


@pytest.fixture
def _sessions_in_the_database(settings: Any) -> None:
    """Count the query of the session on all installations: with Redis it takes none."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"


@pytest.fixture
def django_assert_num_queries(_sessions_in_the_database: None, django_assert_num_queries: Any) -> Any:
    return django_assert_num_queries


@pytest.fixture
def django_assert_max_num_queries(_sessions_in_the_database: None, django_assert_max_num_queries: Any) -> Any:
    return django_assert_max_num_queries


@pytest.fixture
def open_attempt(db: None, client: Client) -> Attempt:
    """Return the exam of a guest with `client`."""
    return seat(client, factories.small_blueprint(exams=3))


@pytest.fixture
def elsewhere(client: Client, open_attempt: Attempt) -> Client:
    """Return a client of alice in another browser; `client` sits her exam too."""
    sign_up(client)
    other = Client()
    log_in(other)
    assert other.get(first_question(open_attempt)).status_code == 200
    return other


@pytest.fixture
def ines(db: None) -> User:
    """Return an instructor."""
    return authoring.account("ines", "Instructor")


@pytest.fixture
def desk(ines: User) -> Client:
    """Return the browser of the instructor."""
    client = Client()
    client.force_login(ines)
    return client
