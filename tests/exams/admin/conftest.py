"""Authors and staff with their browsers, a question in review, and a scored exam with a report on one question."""

import pytest
from django.test import Client

from exams.models import Attempt
from exams.services.results import question_reports
from questions.models import Question, QuestionReport, Revision, User
from questions.services import approval, ratings
from tests import authoring, factories
from tests.authoring import NOW, account
from tests.factories import handed_in, scored


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
    approval.submit([row], now=NOW, by=author)
    return Question.objects.get(pk=row.pk)


@pytest.fixture
def ines(ines: User) -> User:
    """Return the instructor; there is a bank for three small exams."""
    factories.small_blueprint(exams=3)
    return ines


@pytest.fixture
def attempt() -> Attempt:
    """Return a scored exam."""
    return scored(handed_in(10, blueprint=factories.one_form_blueprint()))


@pytest.fixture
def revision(attempt: Attempt) -> Revision:
    """Return a question of the exam that has one key."""
    return attempt.responses.filter(scored=True, choose=1)[0].revision


@pytest.fixture
def report(attempt: Attempt, revision: Revision) -> QuestionReport:
    """Return a report of the candidate on this question."""
    position = attempt.responses.get(revision=revision).position
    made = question_reports.send(attempt, position, "C is right <b>too</b>.", factories.NOW)
    assert made is not None
    return made
