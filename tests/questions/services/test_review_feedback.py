"""Test that feedback of a reviewer is shown until the wording is submitted again."""

import pytest

from questions.models import Question
from questions.services import review, review_feedback
from tests import authoring
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


def test_feedback_is_shown_until_the_wording_is_submitted_again() -> None:
    ada, rob = account("ada", "Author"), account("rob", "Reviewer")
    question = authoring.question(ada)
    review.comment(question, "Before any review.", now=NOW, by=ada)
    assert review_feedback.feedback(question) == []
    review.submit([question], now=NOW, by=ada)
    review.comment(question, "Option b is odd.", now=NOW, by=rob)
    assert review_feedback.feedback(question) == [], "a comment alone sends nothing back"
    review.send_back([question], "Say why b is wrong.", now=NOW, by=rob)
    entries = [(row.action, row.by, row.after["text"]) for row in review_feedback.feedback(question)]
    assert entries == [("commented", rob, "Option b is odd."), ("sent back", rob, "Say why b is wrong.")]
    assert review_feedback.sent_back([question]) == {question.pk}
    review.submit([Question.objects.get(pk=question.pk)], now=NOW, by=ada)
    assert review_feedback.feedback(question) == []
    assert review_feedback.sent_back([question]) == set()
