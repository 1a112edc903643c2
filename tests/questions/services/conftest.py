"""Accounts and a question that tests of the review share."""

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
    """A local draft, ready for review."""
    return authoring.question(author)
