"""Facts of questions are saved with history."""

import pytest

from questions.models import History, Question, User
from questions.services import bank_version, question_rows
from questions.services.errors import RefusedError
from tests.questions.services.two_keys import NOW, stored_question

pytestmark = pytest.mark.django_db


@pytest.fixture
def question() -> Question:
    return stored_question()


def test_facts_are_recorded_only_when_they_change(question: Question, author: User) -> None:
    question.rating = 70
    question_rows.save_facts(question, now=NOW, by=author)
    entry = History.objects.get()
    assert (entry.before, entry.after, entry.by) == ({"rating": "60"}, {"rating": "70"}, author)
    version = bank_version.bank_version()
    question_rows.save_facts(question, now=NOW, by=author)
    assert History.objects.count() == 1
    assert bank_version.bank_version() == version
    question.status = "live"
    with pytest.raises(RefusedError, match="needs a published revision"):
        question_rows.save_facts(question, now=NOW, by=author)
