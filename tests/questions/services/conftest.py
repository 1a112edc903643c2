"""Accounts and a question for tests of the review."""

import pytest

from questions.models import Question, User
from tests import authoring
from tests.authoring import account


@pytest.fixture
def author() -> User:
    return account("ada", "Author")


@pytest.fixture
def reviewer() -> User:
    return account("rob", "Reviewer")


@pytest.fixture
def question(author: User) -> Question:
    """Return a local draft that is ready for review."""
    return authoring.question(author)
