"""Test the summary before the finish: states of the questions, filters and links."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.services.attempt import ending
from tests import factories
from tests.html_forms import forms
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Two questions answered, one incomplete, two unanswered and one of these flagged."""
    attempt = factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())
    for position in (1, 2):
        response = attempt.responses.get(position=position)
        attempt.responses.filter(position=position).update(ticked=response.key)
    attempt.responses.filter(position=3).update(ticked=1, choose=2)
    attempt.responses.filter(position=5).update(flagged=True)
    return attempt


@pytest.fixture
def client(attempt: Attempt) -> Client:
    return browser(attempt.candidate)


def address(attempt: Attempt) -> str:
    return reverse("summary", args=[attempt.uuid])


def listed(client: Client, attempt: Attempt, show: str) -> list[int]:
    """Return the questions that this filter lists."""
    room = forms(client.get(address(attempt), {"show": show}))["room"]
    # The last button leads back to the current question.
    return [int(button.value) for button in room.buttons if button.name == "go"][:-1]


@pytest.mark.parametrize(
    ("show", "positions"),
    [("all", [1, 2, 3, 4, 5]), ("unanswered", [4, 5]), ("incomplete", [3]), ("flagged", [5]), ("x", [1, 2, 3, 4, 5])],
)
def test_each_filter_lists_its_questions(client: Client, attempt: Attempt, show: str, positions: list[int]) -> None:
    assert listed(client, attempt, show) == positions


def test_an_incomplete_question_does_not_count_as_answered(client: Client, attempt: Attempt) -> None:
    assert "2 of 5 answered" in client.get(address(attempt)).content.decode()


def test_an_empty_filter_gets_a_message(client: Client, attempt: Attempt) -> None:
    attempt.responses.update(flagged=False, ticked=1, choose=1)
    for show, sentence in {
        "flagged": "No question is flagged.",
        "incomplete": "No question is incomplete.",
        "unanswered": "Every question is answered.",
    }.items():
        assert sentence in client.get(address(attempt), {"show": show}).content.decode()


@pytest.mark.parametrize("go", ["0", "6", "-1", "x", "٣", ""])
def test_a_missing_question_leads_nowhere(client: Client, attempt: Attempt, go: str) -> None:
    answer = client.post(address(attempt), {"go": go})
    assert answer.status_code == 200
    attempt.refresh_from_db()
    assert attempt.position == 1


def test_after_the_time_or_the_finish_there_is_no_summary(client: Client, attempt: Attempt) -> None:
    guest = Guest(client, None)
    with time_machine.travel(attempt.deadline + timedelta(seconds=3), tick=False):
        guest.get(address(attempt))
        assert guest.path == reverse("finish", args=[attempt.uuid])
        ending.finish(Attempt.objects.get(), timezone.now())
        guest.get(address(attempt))
    assert guest.path == reverse("report", args=[attempt.uuid])
