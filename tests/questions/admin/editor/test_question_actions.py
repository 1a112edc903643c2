"""Test copying a question and taking a submission back on its page."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from questions.models import Question, User
from questions.services import approval
from tests.authoring import NOW, account
from tests.questions.admin.editor.question_pages import address

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_copy_is_made_under_the_typed_code(client: Client, question: Question) -> None:
    assert 'value="own-question-2"' in client.get(address(question)).text
    answer = client.post(address(question, "copy"), {"code": "own-question-2"}, follow=True)
    assert "This is your copy of own-question." in answer.text
    made = Question.objects.get(code="own-question-2")
    assert answer.redirect_chain[-1][0] == address(made)
    assert LogEntry.objects.get().get_change_message() == "Copied from own-question."
    for code, why in (("own-question-2", "Choose another code."), ("Not A Code", "Use small letters")):
        assert why in client.post(address(question, "copy"), {"code": code}, follow=True).text
    assert Question.objects.count() == 2


@pytest.mark.slow
def test_an_own_submission_is_taken_back(client: Client, question: Question, author: User) -> None:
    assert "Take back" not in client.get(address(question)).text
    approval.submit([question], now=NOW, by=author)
    assert "Take back" in client.get(address(question)).text
    client.force_login(account("ben", "Author"))
    assert "Take back" not in client.get(address(question)).text
    page = client.post(address(question, "take_back"), follow=True).text
    assert "Someone else submitted this question." in page
    client.force_login(author)
    assert "was taken back from review" in client.post(address(question, "take_back"), follow=True).text
    assert Question.objects.get().status == "draft"


def test_actions_require_a_post_and_the_permission(client: Client, question: Question, author: User) -> None:
    approval.submit([question], now=NOW, by=author)
    for what in ("copy", "take_back"):
        assert client.get(address(question, what)).status_code == 405
    client.force_login(account("rob", "Reviewer"))
    for what in ("copy", "take_back"):
        assert client.post(address(question, what), {"code": "x"}).status_code == 403
    client.force_login(User.objects.create_user("candidate"))
    for what in ("copy", "take_back"):
        assert client.post(address(question, what), {"code": "x"}).status_code == 302
    assert Question.objects.get().status == "review"
