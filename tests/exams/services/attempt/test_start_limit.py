"""Test how long a candidate waits who has started too often."""

from datetime import timedelta
from uuid import uuid4

import pytest

from exams.models import Attempt, Candidate
from exams.services.attempt.start_limit import seconds_to_wait
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate() -> Candidate:
    """A candidate who started 40, 20 and 10 minutes ago."""
    candidate = factories.candidate()
    factories.small_blueprint(exams=3)
    for minutes in (40, 20, 10):  # each took a quarter of half an hour
        factories.handed_in(candidate=candidate, now=NOW - timedelta(minutes=minutes - 7.5))
    return candidate


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "seconds"), [(4, 0), (3, 20 * 60), (2, 40 * 60), (1, 50 * 60), (0, 0)])
def test_the_next_start_waits_until_enough_starts_are_an_hour_old(
    candidate: Candidate, limit: int, seconds: int
) -> None:
    assert seconds_to_wait([candidate.pk], limit, NOW) == seconds


@pytest.mark.slow
def test_starts_of_the_guest_of_the_same_browser_count(candidate: Candidate) -> None:
    user = factories.candidate(factories.user())
    assert seconds_to_wait([user.pk], 3, NOW) == 0
    assert seconds_to_wait([user.pk, candidate.pk], 3, NOW) == 20 * 60


@pytest.mark.slow
def test_a_second_click_does_not_count_its_own_start(candidate: Candidate) -> None:
    newest = Attempt.objects.latest("started_at").uuid
    assert seconds_to_wait([candidate.pk], 3, NOW, but=newest) == 0
    assert seconds_to_wait([candidate.pk], 3, NOW, but=uuid4()) == 20 * 60


@pytest.mark.slow
def test_exams_of_a_class_do_not_count(candidate: Candidate) -> None:
    sitting = factories.sitting()
    own = factories.class_attempt(sitting)
    assert own.sitting_id
    assert seconds_to_wait([own.candidate_id], 1, own.started_at) == 0


@pytest.mark.slow
def test_nobody_waits_longer_than_an_hour_after_the_clock_was_set_back(candidate: Candidate) -> None:
    assert seconds_to_wait([candidate.pk], 3, NOW - timedelta(hours=5)) == 3600
