"""A question for tests of the review."""

import pytest

from questions.models import Question, User
from tests import authoring


@pytest.fixture
def question(author: User) -> Question:
    """Return a local draft that is ready for review."""
    return authoring.question(author)
