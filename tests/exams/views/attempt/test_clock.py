"""Test the clock with which a page synchronizes its own: three values, two queries, for the sitter only."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt
from exams.services.attempt import ending, extra_time
from tests import factories
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(attempt: Attempt) -> str:
    return reverse("clock", args=[attempt.uuid])


def ms(attempt: Attempt) -> int:
    return round(attempt.deadline.timestamp() * 1000)


def test_the_response_has_server_time_deadline_and_that_the_exam_is_open(
    guest: Guest, attempt: Attempt, clock: str
) -> None:
    before = round(time.time() * 1000)
    answer = guest.client.get(clock)
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    times = answer.json()
    assert set(times) == {"now", "deadline", "open", "stands"}
    assert before <= times["now"] <= round(time.time() * 1000)
    assert (times["deadline"], times["open"]) == (ms(attempt), True)


def test_the_deadline_includes_minutes_granted_during_the_exam(guest: Guest, attempt: Attempt, clock: str) -> None:
    extra_time.grant(attempt, 30, "Power cut", factories.user("proctor"), timezone.now())
    assert guest.client.get(clock).json()["deadline"] == ms(attempt)
    assert attempt.deadline - attempt.started_at == timedelta(minutes=60)


def test_a_request_takes_two_queries(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    Guest.seated(client, factories.small_blueprint())
    address = reverse("clock", args=[Attempt.objects.get().uuid])
    with django_assert_max_num_queries(2):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (5, True), (11, False)])
def test_the_exam_is_open_in_the_grace_period_and_closed_by_a_request_after_it(
    guest: Guest, attempt: Attempt, clock: str, seconds: int, is_open: bool
) -> None:
    with time_machine.travel(attempt.deadline + timedelta(seconds=seconds), tick=False):
        assert guest.client.get(clock).json()["open"] is is_open
    attempt.refresh_from_db()
    assert (attempt.status == "open") is is_open
    assert is_open or (attempt.closed_by, attempt.submitted_at) == ("time", attempt.deadline)


def test_after_the_finish_the_response_says_only_that_the_exam_is_closed(
    guest: Guest, attempt: Attempt, clock: str
) -> None:
    ending.finish(attempt, timezone.now())
    assert guest.client.get(clock).json()["open"] is False


@pytest.mark.slow
def test_other_users_get_404_and_posts_are_not_allowed(guest: Guest, clock: str) -> None:
    other = Client()
    Guest.seated(other, factories.small_blueprint(code="OTHER"))
    assert other.get(clock).status_code == Client().get(clock).status_code == 404
    assert guest.client.post(clock).status_code == 405


@pytest.mark.slow
def test_a_server_clock_that_was_set_back_never_shows_more_than_the_limit(
    guest: Guest, attempt: Attempt, clock: str
) -> None:
    with time_machine.travel(attempt.started_at - timedelta(hours=1), tick=False):
        times = guest.client.get(clock).json()
        assert times["deadline"] - times["now"] == 30 * 60_000
        for page in ("question", "summary", "finish"):
            address = reverse(page, args=[attempt.uuid, 1] if page == "question" else [attempt.uuid])
            assert guest.client.get(address).context["clock"].left == "30:00", page
        assert guest.client.get(reverse("front")).context["open_exams"][0][1].left == "30:00"
