"""What a reviewer said on giving a wording back stands until it goes on."""

import pytest

from questions import given_back, reviewing
from questions.models import Question
from tests import authoring
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


def test_the_words_of_the_review_stand_until_the_wording_is_submitted_again() -> None:
    ada, rob = account("ada", "Author"), account("rob", "Reviewer")
    question = authoring.question(ada)
    reviewing.comment(question, "Before any review.", now=NOW, by=ada)
    assert given_back.words(question) == []
    reviewing.submit(question, now=NOW, by=ada)
    reviewing.comment(question, "Option b is odd.", now=NOW, by=rob)
    assert given_back.words(question) == [], "a comment alone gives nothing back"
    reviewing.send_back(question, "Say why b is wrong.", now=NOW, by=rob)
    said = [(row.what, row.by, row.after["text"]) for row in given_back.words(question)]
    assert said == [("commented", rob, "Option b is odd."), ("sent back", rob, "Say why b is wrong.")]
    assert given_back.among([question]) == {question.pk}
    reviewing.submit(Question.objects.get(pk=question.pk), now=NOW, by=ada)
    assert given_back.words(question) == []
    assert given_back.among([question]) == set()
