"""An author, a reviewer who is signed in, a question in review, and an instructor with her browser."""

import pytest
from django.test import Client

from questions.models import Question, User
from questions.services import ratings, review
from tests import authoring, factories
from tests.authoring import NOW, account


@pytest.fixture
def author() -> User:
    return account("ada", "Author")


@pytest.fixture
def reviewer(client: Client) -> User:
    """Return a reviewer as whom `client` is signed in."""
    user = account("rob", "Reviewer")
    client.force_login(user)
    return user


@pytest.fixture
def instructor(client: Client) -> User:
    """Return an instructor as whom `client` is signed in."""
    user = account("ines", "Instructor")
    client.force_login(user)
    return user


@pytest.fixture
def question(author: User) -> Question:
    """Return a question in review that its author has rated."""
    row = authoring.question(author)
    ratings.rate([row], 35, now=NOW, by=author)
    review.submit([row], now=NOW, by=author)
    return Question.objects.get(pk=row.pk)


@pytest.fixture
def ines() -> User:
    """Return an instructor; there is a bank for three small exams."""
    factories.small_blueprint(exams=3)
    return authoring.account("ines", "Instructor")


@pytest.fixture
def desk(ines: User) -> Client:
    """Return the browser of the instructor."""
    client = Client()
    client.force_login(ines)
    return client
