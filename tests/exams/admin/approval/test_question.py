"""Test the reviewer's pages: access, the key after the answer, hidden ratings, approve and next."""

import datetime
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.admin.approval.question import duration_sentence
from questions.lint import RULES
from questions.models import Question, RaterRating, Revision, User
from questions.services import approval, question_rows, ratings, revisions, waivers, wordings
from tests import authoring
from tests.authoring import NOW, account
from tests.html_forms import collapsed

pytestmark = pytest.mark.django_db
QUEUE = "/admin/review/"


def address(question: Question) -> str:
    return reverse("admin:approval", args=[question.pk])


def test_the_queue_lists_questions_in_review(client: Client, reviewer: User, question: Question) -> None:
    page = client.get(QUEUE).text
    assert "1 question is in review" in page
    assert address(question) in page
    assert "Which step is right?" in page, "codes of imported questions are alike"
    listed = client.get(reverse("admin:questions_question_changelist")).text
    assert QUEUE in listed
    assert 'field-rated">–<' in listed, "the list hides ratings from users who have not rated"


@pytest.mark.slow
def test_the_queue_says_how_a_lone_instructor_goes_on(client: Client, author: User, settings: Any) -> None:
    account("root", "Administrator")
    solo = account("solo", "Instructor")
    question = authoring.question(solo)
    approval.submit([question], now=NOW, by=solo)
    client.force_login(solo)
    sentence = "A second person must approve what you wrote"
    assert sentence in collapsed(client.get(QUEUE))
    assert (
        "An administrator can approve it, or give somebody the role Reviewer; the operator of this server can"
        in client.get(f"{address(question)}?ticked=1").text
    )
    settings.SELF_APPROVAL = True
    assert sentence not in collapsed(client.get(QUEUE))
    assert "Approve and next" in client.get(f"{address(question)}?ticked=1").text


def test_nothing_reveals_the_key_before_the_answer(client: Client, reviewer: User, question: Question) -> None:
    page = client.get(address(question)).text
    assert "Which step is right?" in page
    for secret in ("All rows are read then", "Correct", "A job reads a sample", "35%", "Checks"):
        assert secret not in page
    assert page.index("another bucket") > 0


@pytest.mark.slow
def test_the_answer_is_compared_and_a_rating_is_required_before_others_are_shown(
    client: Client, reviewer: User, question: Question
) -> None:
    wrong = wrong_bit(question)
    answer = client.post(address(question), {"act": "solve", "option": wrong, "lock_version": question.lock_version})
    page = client.get(answer.url).text  # type: ignore[attr-defined]
    assert 'id="why"' in page
    assert "Your answer differs from the key." in page
    assert "All rows are read then" in page
    assert "35%" not in page
    assert 'value="35"' not in page
    assert "shown after you rate the question" in page
    client.post(address(question), {"act": "rate", "rating": "60", "lock_version": question.lock_version})
    page = client.get(address(question)).text
    assert "48%, by 2 raters" in page
    assert RaterRating.objects.get(rater=reviewer).value == 60


def test_warnings_that_were_kept_are_not_said_to_have_passed(
    client: Client, author: User, reviewer: User, question: Question
) -> None:
    for rule in ("missing-reference", "topic-not-assigned"):
        waivers.waive([question], rule, "Own course.", now=NOW, by=author)
    page = unescape(" ".join(client.get(f"{address(question)}?ticked=1").text.split()))
    for rule in ("missing-reference", "topic-not-assigned"):
        assert f"“{RULES[rule].definition}”: Own course." in page
        assert rule not in page
    assert "All checks passed, apart from 2 warnings that were kept with a reason." in page


@pytest.mark.slow
def test_approval_publishes_the_question_and_leads_to_the_next(
    client: Client, reviewer: User, question: Question, author: User
) -> None:
    stem = "A harbor counts containers on three piers every night.\n\nWhich table serves the clerks?"
    words = ("A wide table by pier.", "A list of all ships.", "A map of the harbor.", "A chart of the tides.")
    options = tuple(
        type(option)(option.id, option.correct, text, option.rationale)
        for option, text in zip(authoring.CONTENT.options, words, strict=True)
    )
    other = authoring.question(author, "own-other", replace(authoring.CONTENT, stem=stem, options=options))
    approval.submit([other], now=NOW, by=author)
    page = client.get(address(question) + "?ticked=0").text
    assert "now 0" in page
    assert 'value="scored" checked' in page
    answer = client.post(
        address(question), {"act": "approve", "start": "scored", "lock_version": question.lock_version}
    )
    assert answer.url == address(other)  # type: ignore[attr-defined]
    question.refresh_from_db()
    assert question.status == "live"


def wrong_bit(question: Question) -> int:
    revision = revisions.revision_in_work(question)
    return next(option.bit for option in revision.options.all() if not revision.key >> option.bit & 1)


@pytest.mark.slow
def test_a_reviewer_with_another_answer_explains_the_key_before_approving(
    client: Client, reviewer: User, question: Question
) -> None:
    here = f"{address(question)}?ticked={1 << wrong_bit(question)}"
    form = {
        "act": "approve",
        "start": "scored",
        "lock_version": question.lock_version,
        "ticked": 1 << wrong_bit(question),
    }
    answer = client.post(here, form)
    assert answer.status_code == 422
    assert "Your answer differs from the key. Explain" in answer.text
    question.refresh_from_db()
    assert question.status == "review"
    assert client.post(here, form | {"text": "I had overlooked 'all'."}).status_code == 302
    question.refresh_from_db()
    assert question.status == "live"
    comment = question.history.filter(action="commented").get()
    assert (comment.by, comment.after) == (reviewer, {"text": "I had overlooked 'all'."})


def test_an_invalid_rating_reveals_no_key(client: Client, reviewer: User, question: Question) -> None:
    data = {"act": "solve", "option": "0", "rating": "most", "lock_version": question.lock_version}
    answer = client.post(address(question), data)
    assert answer.status_code == 422
    assert "A rating is a whole percentage" in answer.text
    assert "All rows are read then" not in answer.text


def test_the_forecast_of_a_pilot_is_shown(client: Client, reviewer: User, question: Question) -> None:
    page = client.get(address(question) + "?ticked=0").text
    assert "unscored until 200 candidates have answered it" in page
    assert "How long this takes cannot be estimated yet." in page


@pytest.mark.parametrize(
    ("days", "duration"),
    [
        (0.2, "about 1 day."),
        (5, "about 5 days."),
        (13.4, "about 13 days."),
        (14, "about 2 weeks."),
        (50, "about 7 weeks."),
        (729, "about 104 weeks."),
        (800, "more than two years."),
    ],
)
def test_the_forecast_of_a_pilot_is_a_sentence(days: float, duration: str) -> None:
    assert duration_sentence(datetime.timedelta(days=days)) == f"At the current rate this takes {duration}"


@pytest.mark.slow
def test_the_log_describes_the_actions(client: Client, reviewer: User, question: Question) -> None:
    here, lock_version = address(question), question.lock_version
    client.post(here, {"act": "rate", "rating": "60", "lock_version": lock_version})
    client.post(here, {"act": "comment", "text": "Which table?", "lock_version": lock_version})
    client.post(here, {"act": "send-back", "text": "Name the table.", "lock_version": lock_version})
    again = Question.objects.get(pk=question.pk)
    approval.submit([again], now=NOW, by=User.objects.get(username="ada"))
    client.post(here, {"act": "approve", "start": "trial", "lock_version": again.lock_version})
    messages = (
        LogEntry.objects.filter(object_id=str(question.pk)).order_by("pk").values_list("change_message", flat=True)
    )
    assert list(messages) == [
        "Rated the question.",
        "Commented on the question.",
        "Sent the question back to the author: Name the table.",
        "Approved the question as a pilot question.",
    ]


def test_an_overtaken_wording_redirects_to_the_queue(client: Client, reviewer: User, question: Question) -> None:
    newer = wordings.compose(question, wordings.content_of(revisions.revision_in_work(question)), 2).revision
    newer.save()
    Revision.objects.filter(pk=newer.pk).update(published_at=NOW)
    answer = client.get(address(question), follow=True)
    assert "is no longer in review" in answer.text
    assert address(question) not in answer.text


@pytest.mark.parametrize("count", [1, 4])
def test_the_queue_takes_a_constant_number_of_queries(
    client: Client, reviewer: User, author: User, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(count):
        row = authoring.question(author, f"own-{n}")
        Question.objects.filter(pk=row.pk).update(status="review")
    with django_assert_max_num_queries(10):
        assert "own-0" in client.get(QUEUE).text


@pytest.mark.slow
def test_sending_back_requires_a_comment_and_stores_it(client: Client, reviewer: User, question: Question) -> None:
    answer = client.post(address(question), {"act": "send-back", "text": " ", "lock_version": question.lock_version})
    assert answer.status_code == 422
    assert "Enter a comment that tells the author what to change" in answer.text
    client.post(address(question), {"act": "comment", "text": "Every row of which table?"})
    assert "Every row of which table?" in client.get(address(question) + "?ticked=0").text
    form = {"act": "send-back", "text": "Name the table.", "lock_version": question.lock_version}
    assert client.post(address(question), form).status_code == 302
    question.refresh_from_db()
    assert question.status == "draft"


def test_a_question_changed_meanwhile_is_shown_again(client: Client, reviewer: User, question: Question) -> None:
    answer = client.post(address(question), {"act": "approve", "lock_version": question.lock_version - 1}, follow=True)
    assert "Another user changed this question" in answer.text
    question.refresh_from_db()
    assert question.status == "review"


def test_an_author_can_read_and_comment_but_not_judge(
    client: Client, reviewer: User, author: User, question: Question
) -> None:
    client.force_login(author)
    page = client.get(address(question)).text
    assert "Approve" not in page
    assert client.post(address(question), {"act": "approve"}).status_code == 403
    assert client.post(address(question), {"act": "comment", "text": "Thanks."}).status_code == 302
    question.refresh_from_db()
    assert question.status == "review"


def test_candidates_and_other_staff_cannot_open_the_review(client: Client, question: Question) -> None:
    assert client.get(QUEUE).status_code == 302
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(QUEUE).status_code == 302
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    for url in (QUEUE, address(question)):
        assert client.get(url).status_code == 403


@pytest.mark.slow
def test_typed_text_is_kept_after_a_refusal(client: Client, reviewer: User, question: Question) -> None:
    lock_version = question.lock_version
    bit = wrong_bit(question)
    blind = client.post(address(question), {"act": "solve", "option": bit, "rating": "0", "lock_version": lock_version})
    assert blind.status_code == 422
    assert "All rows are read then" not in blind.text
    assert re.search(rf'name="option" value="{bit}" checked', blind.text)
    assert re.search(r'name="rating" min="1" max="99" step="1" inputmode="numeric"\s+value="0"', blind.text)
    question_rows.touch([question.pk])
    again = client.post(
        address(question), {"act": "send-back", "text": "Name the table.", "lock_version": lock_version}
    )
    assert again.status_code == 409
    assert "Another user changed this question" in again.text
    assert "Name the table.</textarea>" in again.text
    assert (
        client.post(
            address(question), {"act": "comment", "text": "Which table?", "lock_version": lock_version}
        ).status_code
        == 302
    )


def test_an_unknown_action_does_nothing(client: Client, reviewer: User, question: Question) -> None:
    assert client.post(address(question), {"act": "", "lock_version": question.lock_version}).status_code == 400
    odd = client.post(address(question), {"act": "solve", "option": "²", "lock_version": question.lock_version})
    assert odd.status_code == 422
    assert "All rows are read then" not in odd.text


@pytest.mark.slow
def test_an_action_after_the_review_redirects_to_the_queue(
    client: Client, reviewer: User, question: Question, author: User
) -> None:
    approval.take_back([question], now=NOW, by=author)
    for act in ("approve", "send-back", "rate"):
        form = {"act": act, "text": "x", "rating": "0", "lock_version": question.lock_version}
        answer = client.post(address(question), form, follow=True)
        assert answer.redirect_chain == [(QUEUE, 302)]
        assert "is no longer in review" in answer.text


@pytest.mark.slow
def test_findings_do_not_reveal_a_rating_before_the_own_one(
    client: Client, reviewer: User, author: User, question: Question
) -> None:
    ratings.rate([question], 11, now=NOW, by=author)
    assert "The rating 11" not in client.get(address(question) + "?ticked=0").text
    ratings.rate([question], 12, now=NOW, by=reviewer)
    assert "The rating 12" in client.get(address(question)).text


def test_solving_without_an_answer_shows_a_message_and_no_key(
    client: Client, reviewer: User, question: Question
) -> None:
    answer = client.post(address(question), {"act": "solve", "rating": "61", "lock_version": question.lock_version})
    assert answer.status_code == 422
    assert "Select an answer first" in answer.text
    assert 'value="61"' in answer.text
    assert "All rows are read then" not in answer.text
    assert not RaterRating.objects.filter(rater=reviewer).exists()


def test_ticks_are_hidden_from_users_who_have_not_solved_the_question(
    client: Client, reviewer: User, question: Question
) -> None:
    page = client.get(address(question) + "?ticked=0").text
    assert "All rows are read then" in page
    assert "not selected by you" not in page


def test_an_approval_says_that_no_exam_draws_from_the_collection(
    client: Client, reviewer: User, question: Question
) -> None:
    data = {"act": "approve", "start": "scored", "lock_version": question.lock_version}
    answer = client.post(address(question), data, follow=True)
    assert f"No exam draws from the collection {question.collection}." in answer.text
