"""Test that a pause stops the clock, refuses answers, and ends with the same time left."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from exams.models import Attempt
from exams.services.attempt import answering, ending, extra_time, pauses, standing
from exams.services.attempt.answering import PostedAnswer, SaveOutcome, Sitter
from exams.services.attempt.standing import Standing
from exams.services.results import audit
from exams.services.upkeep import sweeper
from tests import factories
from tests.factories import NOW
from tests.sitting import browser

pytestmark = pytest.mark.django_db
Status = Attempt.Status
MINUTE = timedelta(minutes=1)
PAUSED = NOW + 10 * MINUTE


@pytest.fixture
def attempt() -> Attempt:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    assert pauses.pause_all([attempt], "Fire alarm.", None, PAUSED) == 1
    attempt.refresh_from_db()
    return attempt


def save(attempt: Attempt, now: object) -> SaveOutcome:
    sitter = Sitter(attempt.candidate_id, attempt.candidate.epoch)
    return answering.save(attempt.uuid, sitter, 1, PostedAnswer(1, 0), now).outcome  # type: ignore[arg-type]


def test_an_exam_goes_on_with_the_time_that_it_had(attempt: Attempt) -> None:
    before = attempt.deadline
    assert pauses.continue_all([attempt], None, PAUSED + 45 * MINUTE) == 1
    attempt.refresh_from_db()
    assert (attempt.paused_at, attempt.deadline) == (None, before + 45 * MINUTE)
    assert save(attempt, PAUSED + 45 * MINUTE) == SaveOutcome.SAVED
    assert [event.kind for event in attempt.events.all()] == ["started", "paused", "continued"]
    assert not list(audit.differences(PAUSED + 46 * MINUTE))


def test_nothing_is_saved_in_a_pause(attempt: Attempt) -> None:
    assert save(attempt, PAUSED + MINUTE) == SaveOutcome.STANDING
    assert standing.reason(attempt, PAUSED + MINUTE) == Standing.PAUSED


def test_a_paused_exam_is_not_closed_after_its_deadline(attempt: Attempt) -> None:
    later = attempt.deadline + timedelta(hours=3)
    sweeper.sweep(later)
    assert not ending.close_if_overdue(attempt, later)
    assert not ending.finish(attempt, later)
    attempt.refresh_from_db()
    assert attempt.status == Status.OPEN
    assert not list(audit.differences(later))


def test_pausing_and_continuing_twice_changes_nothing_more(attempt: Attempt) -> None:
    assert pauses.pause_all([attempt], "Again.", None, PAUSED + MINUTE) == 0
    assert pauses.continue_all([attempt], None, PAUSED + 2 * MINUTE) == 1
    assert pauses.continue_all([attempt], None, PAUSED + 9 * MINUTE) == 0
    attempt.refresh_from_db()
    assert attempt.deadline == NOW + 32 * MINUTE


def test_a_pause_without_an_end_is_over_after_a_day(attempt: Attempt) -> None:
    sweeper.sweep(PAUSED + timedelta(hours=23))
    attempt.refresh_from_db()
    assert attempt.paused_at == PAUSED
    sweeper.sweep(PAUSED + timedelta(hours=24))
    attempt.refresh_from_db()
    assert (attempt.paused_at, attempt.deadline) == (None, NOW + timedelta(hours=24, minutes=30))


def test_who_hands_in_while_the_exam_is_paused_ended_when_the_pause_began(attempt: Attempt) -> None:
    assert ending.finish(attempt, PAUSED + timedelta(hours=2), at_once=True)
    assert (attempt.status, attempt.submitted_at, attempt.paused_at) == (Status.SUBMITTED, PAUSED, None)


def test_who_ends_without_a_score_while_the_exam_is_paused_is_asked_on_the_page_of_the_pause(attempt: Attempt) -> None:
    with time_machine.travel(PAUSED + MINUTE, tick=False):
        client = browser(attempt.candidate)
        answer = client.post(reverse("finish", args=[attempt.uuid]), {"end": "without-score"}, follow=True)
        assert 'name="finish" value="at-once"' in answer.text
        attempt.refresh_from_db()
        assert (attempt.status, attempt.paused_at) == (Status.OPEN, PAUSED)
    pauses.continue_all([attempt], None, PAUSED + 2 * MINUTE)
    attempt.refresh_from_db()
    assert ending.abandon(attempt, PAUSED + 3 * MINUTE)


def test_extra_time_is_given_in_a_pause(attempt: Attempt) -> None:
    later = attempt.deadline + MINUTE
    assert extra_time.grant(attempt, 5, "Late.", None, later) == extra_time.GrantOutcome.GRANTED


def test_an_exam_that_is_over_is_not_paused() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    assert pauses.pause_all([attempt], "Too late.", None, attempt.deadline) == 0


def test_a_clock_that_was_set_back_in_a_pause_takes_no_time_away(attempt: Attempt) -> None:
    before = attempt.deadline
    pauses.continue_all([attempt], None, PAUSED - timedelta(hours=1))
    attempt.refresh_from_db()
    assert attempt.deadline == before
