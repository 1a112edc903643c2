"""An author who is signed in, and their draft."""

import pytest
from django.test import Client

from questions.models import Question, User
from tests import authoring
from tests.authoring import account


@pytest.fixture
def author(client: Client) -> User:
    """Return an author as whom `client` is signed in."""
    user = account("ada", "Author")
    client.force_login(user)
    return user


@pytest.fixture
def question(author: User) -> Question:
    return authoring.question(author)
