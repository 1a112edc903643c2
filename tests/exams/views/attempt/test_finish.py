"""The two steps to the end: the first asks and names what is open, the second hands in or ends without a score."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.services.attempt import attempts
from tests import factories
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


def test_what_is_unanswered_incomplete_and_flagged_is_named_with_what_it_costs(
    client: Client, attempt: Attempt
) -> None:
    attempt.responses.filter(position__gt=3).update(ticked=1, choose=1)
    attempt.responses.filter(position=3).update(ticked=1, choose=2)
    attempt.responses.filter(position=1).update(flagged=True)
    html = client.get(address(attempt)).content.decode()
    for words in (
        "2 questions are unanswered",
        "1 is incomplete",
        "They count as wrong. Guessing costs nothing.",
        "1 question is still flagged for review.",
    ):
        assert words in html


def test_with_everything_answered_it_says_so(client: Client, attempt: Attempt) -> None:
    attempt.responses.update(ticked=1, choose=1)
    html = client.get(address(attempt)).content.decode()
    assert "All 5 questions are answered." in html
    assert "count as wrong" not in html


@pytest.mark.parametrize("query", ["", "?end=without-score"])
def test_asking_changes_nothing(client: Client, attempt: Attempt, query: str) -> None:
    assert client.get(address(attempt) + query).status_code == 200
    assert client.post(address(attempt) + query, {"end": "perhaps"}).status_code == 200
    attempt.refresh_from_db()
    assert attempt.status == "open"


def test_what_ending_without_a_score_means_is_said_before(client: Client, attempt: Attempt) -> None:
    html = client.get(address(attempt) + "?end=without-score").content.decode()
    for words in ("It counts nowhere", "This cannot be undone.", "will not be new to you in the next exam"):
        assert words in html


def test_finishing_twice_leads_to_the_same_report(client: Client, attempt: Attempt) -> None:
    first, second = (client.post(address(attempt), {"finish": "yes"}, follow=True) for _ in range(2))
    for answer in (first, second):
        assert answer.request["PATH_INFO"] == reverse("report", args=[attempt.uuid])
    attempt.refresh_from_db()
    assert [event.kind for event in attempt.events.all()] == ["started", "finished"]


def test_the_end_without_a_score_comes_too_late_after_the_finish(client: Client, attempt: Attempt) -> None:
    attempts.finish(attempt, timezone.now())
    client.post(address(attempt), {"end": "without-score"})
    attempt.refresh_from_db()
    assert attempt.status == "submitted"
