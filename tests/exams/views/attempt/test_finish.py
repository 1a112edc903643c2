"""Test the two steps of finishing: the first asks and lists open questions, the second submits or abandons."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.services.attempt import ending
from questions.services import blueprints
from tests import class_browsers, factories
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())


@pytest.fixture
def client(attempt: Attempt) -> Client:
    return browser(attempt.candidate)


def address(attempt: Attempt) -> str:
    return reverse("finish", args=[attempt.uuid])


def test_one_unanswered_question_counts_as_wrong(client: Client, attempt: Attempt) -> None:
    attempt.responses.filter(position__gt=1).update(ticked=1, choose=1)
    page = " ".join(client.get(address(attempt)).content.decode().split())
    assert "1 question is unanswered.</b> It counts as wrong. There is no penalty for guessing." in page


def test_unanswered_incomplete_and_flagged_questions_are_listed_with_the_consequence(
    client: Client, attempt: Attempt
) -> None:
    attempt.responses.filter(position__gt=3).update(ticked=1, choose=1)
    attempt.responses.filter(position=3).update(ticked=1, choose=2)
    attempt.responses.filter(position=1).update(flagged=True)
    html = client.get(address(attempt)).content.decode()
    for words in (
        "2 questions are unanswered",
        "1 is incomplete",
        "There is no penalty for guessing.",
        "1 question is still flagged for review.",
    ):
        assert words in html
    links = [reverse("question", args=[attempt.uuid, position]) for position in (1, 2, 3, 1)]
    assert re.findall(r'<li><a href="(.*?)"', html) == links


def test_a_complete_exam_gets_a_message(client: Client, attempt: Attempt) -> None:
    attempt.responses.update(ticked=1, choose=1)
    html = client.get(address(attempt)).content.decode()
    assert "All 5 questions are answered." in html
    assert "count as wrong" not in html


@pytest.mark.parametrize("query", ["", "?end=without-score"])
def test_the_first_step_changes_nothing(client: Client, attempt: Attempt, query: str) -> None:
    assert client.get(address(attempt) + query).status_code == 200
    assert client.post(address(attempt) + query, {"end": "perhaps"}).status_code == 200
    attempt.refresh_from_db()
    assert attempt.status == "open"


def test_an_exam_of_a_class_cannot_end_without_a_score_and_promises_no_report_at_once() -> None:
    with time_machine.travel(factories.NOW):
        attempt = factories.class_attempt(factories.sitting(factories.small_blueprint(), attempts_allowed=2))
        client = class_browsers.by_guest_code(attempt)
        for query in ("", "?end=without-score"):
            html = client.get(address(attempt) + query).content.decode()
            assert "Finish exam?" in html
            assert "without a score" not in html.lower()
            assert "a few seconds later" not in html
        assert client.post(address(attempt), {"end": "without-score"}).status_code == 200
    attempt.refresh_from_db()
    assert attempt.status == "open"


def test_a_closed_exam_is_not_said_to_start_again(client: Client, attempt: Attempt) -> None:
    def said() -> str:
        return " ".join(client.get(address(attempt) + "?end=without-score").content.decode().split())

    assert "You can start a new exam at once." in said()
    blueprints.admit(attempt.form.blueprint, on=False)
    assert "This exam is closed: you cannot take it again." in said()


def test_the_consequence_of_ending_without_a_score_is_explained(client: Client, attempt: Attempt) -> None:
    html = client.get(address(attempt) + "?end=without-score").content.decode()
    for words in (
        "in your history without a score",
        "You cannot undo this.",
        "will not be new to you in the next exam",
    ):
        assert words in html


def test_finishing_twice_leads_to_the_same_report(client: Client, attempt: Attempt) -> None:
    first, second = (client.post(address(attempt), {"finish": "yes"}, follow=True) for _ in range(2))
    for answer in (first, second):
        assert answer.request["PATH_INFO"] == reverse("report", args=[attempt.uuid])
    attempt.refresh_from_db()
    assert [event.kind for event in attempt.events.all()] == ["started", "finished"]


def test_an_exam_cannot_be_abandoned_after_the_finish(client: Client, attempt: Attempt) -> None:
    ending.finish(attempt, timezone.now())
    client.post(address(attempt), {"end": "without-score"})
    attempt.refresh_from_db()
    assert attempt.status == "submitted"
