"""Test how much time a question has, and what is slow."""

from datetime import timedelta

import pytest

from exams.models import Attempt
from exams.services.attempt import extra_time
from exams.services.results import slow_questions
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Return an exam of 5 questions in 30 minutes."""
    return factories.attempt(blueprint=factories.small_blueprint(scored=4, unscored=1, minutes=30))


def test_a_question_is_slow_from_one_and_a_half_times_its_share_of_the_time(attempt: Attempt) -> None:
    assert slow_questions.seconds_per_question(attempt) == 360
    assert slow_questions.slow_seconds(360) == 540


def test_extra_time_gives_each_question_more(attempt: Attempt) -> None:
    extra_time.grant(attempt, 15, "A fire alarm", None, NOW)
    attempt.refresh_from_db()
    assert slow_questions.seconds_per_question(attempt) == 540


def test_untimed_practice_has_the_time_of_an_exam(attempt: Attempt) -> None:
    attempt.timed = False
    attempt.deadline = NOW + timedelta(days=30)
    assert slow_questions.seconds_per_question(attempt) == 360
