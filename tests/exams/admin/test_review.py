"""The reviewer's pages: who sees them, the key after the answer, ratings unseen, approve and next."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from questions import reviewing
from questions.models import Question, RaterRating
from tests import authoring
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db
QUEUE = "/admin/review/"


@pytest.fixture
def author() -> User:
    return account("ada", "Author")


@pytest.fixture
def reviewer(client: Client) -> User:
    """Signed in."""
    user = account("rob", "Reviewer")
    client.force_login(user)
    return user


@pytest.fixture
def question(author: User) -> Question:
    row = authoring.question(author)
    reviewing.rate(row, 35, now=NOW, by=author)
    reviewing.submit(row, now=NOW, by=author)
    return Question.objects.get(pk=row.pk)


def address(question: Question) -> str:
    return reverse("review_question", args=[question.pk])


def test_the_queue_lists_what_waits(client: Client, reviewer: User, question: Question) -> None:
    page = client.get(QUEUE).text
    assert "1 question waits" in page
    assert address(question) in page
    listed = client.get(reverse("admin:questions_question_changelist")).text
    assert QUEUE in listed
    assert 'field-rated">–<' in listed, "nobody reads a rating of the list before giving one"


def test_blind_first_nothing_tells_the_key(client: Client, reviewer: User, question: Question) -> None:
    page = client.get(address(question)).text
    assert "Which step is right?" in page
    for secret in ("All rows are read then", "Correct", "A job reads a sample", "35%", "Checks"):
        assert secret not in page
    assert page.index("another bucket") > 0


def test_the_answer_is_compared_and_the_rating_is_asked_before_others_show(
    client: Client, reviewer: User, question: Question
) -> None:
    revision = reviewing.in_work(question)
    wrong = next(option.bit for option in revision.options.all() if not revision.key >> option.bit & 1)
    answer = client.post(address(question), {"act": "solve", "option": wrong, "seen": question.lock_version})
    page = client.get(answer.url).text  # type: ignore[attr-defined]
    assert "Your answer differs from the key." in page
    assert "All rows are read then" in page
    assert "35%" not in page
    assert 'value="35"' not in page
    assert "shown after yours" in page
    client.post(address(question), {"act": "rate", "rating": "60", "seen": question.lock_version})
    page = client.get(address(question)).text
    assert "48%, by 2 raters" in page
    assert RaterRating.objects.get(rater=reviewer).value == 60


def test_approve_takes_the_question_live_and_leads_to_the_next(
    client: Client, reviewer: User, question: Question, author: User
) -> None:
    stem = "A harbor counts containers on three piers every night.\n\nWhich table serves the clerks?"
    words = ("A wide table by pier.", "A list of all ships.", "A map of the harbor.", "A chart of the tides.")
    options = tuple(
        type(each)(each.id, each.correct, text, each.rationale)
        for each, text in zip(authoring.DRAFT.options, words, strict=True)
    )
    other = authoring.question(author, "own-other", replace(authoring.DRAFT, stem=stem, options=options))
    reviewing.submit(other, now=NOW, by=author)
    page = client.get(address(question) + "?ticked=0").text
    assert "now 0" in page
    assert 'value="scored" checked' in page
    answer = client.post(address(question), {"act": "approve", "start": "scored", "seen": question.lock_version})
    assert answer.url == address(other)  # type: ignore[attr-defined]
    question.refresh_from_db()
    assert question.status == "live"


def test_sending_back_asks_for_a_word_and_keeps_it(client: Client, reviewer: User, question: Question) -> None:
    answer = client.post(address(question), {"act": "send-back", "text": " "})
    assert answer.status_code == 422
    assert "Say what has to change" in answer.text
    client.post(address(question), {"act": "comment", "text": "Every row of which table?"})
    assert "Every row of which table?" in client.get(address(question) + "?ticked=0").text
    assert client.post(address(question), {"act": "send-back", "text": "Name the table."}).status_code == 302
    question.refresh_from_db()
    assert question.status == "draft"


def test_what_changed_meanwhile_is_read_again(client: Client, reviewer: User, question: Question) -> None:
    answer = client.post(address(question), {"act": "approve", "seen": question.lock_version - 1}, follow=True)
    assert "Somebody changed this question meanwhile" in answer.text
    question.refresh_from_db()
    assert question.status == "review"


def test_an_author_reads_and_comments_but_does_not_judge(
    client: Client, reviewer: User, author: User, question: Question
) -> None:
    client.force_login(author)
    page = client.get(address(question)).text
    assert "Approve" not in page
    assert client.post(address(question), {"act": "approve"}).status_code == 403
    assert client.post(address(question), {"act": "comment", "text": "Thanks."}).status_code == 302
    question.refresh_from_db()
    assert question.status == "review"


def test_candidates_and_other_staff_see_none_of_it(client: Client, question: Question) -> None:
    assert client.get(QUEUE).status_code == 302
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(QUEUE).status_code == 302
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    for url in (QUEUE, address(question)):
        assert client.get(url).status_code == 403
