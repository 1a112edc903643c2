"""Test that idle guests and expired sessions are erased once a day, and nobody after a leap of the clock."""

import io
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from exams.models import Candidate
from exams.services.people import erasure, used_places
from exams.services.upkeep import daily_erasure
from exams.services.upkeep.person_erasure import erase_person
from questions.services import job_state, jobs
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=401)


DAY = timedelta(days=1)


def sweep(now: datetime) -> int:
    """Let the sweeper see to the jobs at this time, and return how many guests the daily work has erased."""
    before = Candidate.objects.exclude(erased_at=None).count()
    jobs.sweep(lambda: now)
    return Candidate.objects.exclude(erased_at=None).count() - before


def test_guests_are_erased_once_a_day_even_if_the_clock_was_set_back() -> None:
    sweep(LATER - DAY)
    factories.candidate()
    assert sweep(LATER) == 1
    factories.candidate()
    assert sweep(LATER + timedelta(hours=23)) == 0
    assert sweep(LATER + timedelta(hours=25)) == 1
    factories.candidate()
    assert sweep(LATER - DAY) == 1


def test_used_places_of_a_class_are_forgotten_by_the_work_of_a_day() -> None:
    sitting = factories.sitting()
    attempt = factories.class_attempt(sitting)
    sweep(NOW)
    erase_person(None, [attempt.candidate], NOW)
    assert used_places.is_used(sitting, "Ana")
    sweep(NOW + DAY)
    assert not used_places.is_used(sitting, "Ana")


@pytest.mark.slow
def test_many_guests_do_not_keep_the_sweeper_from_exams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "GUESTS_PER_TRANSACTION", 1)
    sweep(LATER - DAY)
    for _ in range(12):
        factories.candidate()
    erased = sweep(LATER)
    assert 0 < erased < jobs.STEPS_PER_ROUND
    assert sweep(LATER + timedelta(minutes=1)) == 12 - erased


class TestALeapOfTheClock:
    def test_it_erases_nobody_and_ends_no_session_when_it_was_a_mistake(self, caplog: pytest.LogCaptureFixture) -> None:
        sweep(NOW)
        factories.candidate()
        Session.objects.create(session_key="guest", session_data="-", expire_date=NOW + 400 * DAY)
        assert sweep(NOW + 800 * DAY) == 0
        assert "the clock is 800 days ahead of the last daily run" in caplog.text
        assert sweep(NOW + 800 * DAY + timedelta(hours=23)) == 0
        assert sweep(NOW + DAY) == 0  # corrected
        assert sweep(NOW + 2 * DAY) == 0
        assert Session.objects.exists()
        assert not Candidate.objects.exclude(erased_at=None).exists()

    def test_a_second_reading_a_day_later_confirms_it(self) -> None:
        sweep(NOW)
        factories.candidate()
        assert sweep(LATER) == 0
        assert sweep(LATER + DAY) == 1

    def test_nobody_can_confirm_it_sooner(self) -> None:
        sweep(NOW)
        factories.candidate()
        assert sweep(LATER) == 0
        job = job_state.find("erasure")
        assert job is not None
        jobs.run_now(job, LATER + timedelta(hours=1))
        assert sweep(LATER + timedelta(hours=1)) == 0
        assert daily_erasure.unconfirmed_leap(LATER + timedelta(hours=1))
        assert sweep(LATER + DAY) == 1

    def test_a_laptop_that_is_used_rarely_confirms_at_its_next_use(self) -> None:
        sweep(NOW)
        factories.candidate()
        assert sweep(LATER) == 0
        assert sweep(LATER + 30 * DAY) == 1

    def test_the_command_refuses_until_then(self) -> None:
        sweep(NOW)
        factories.candidate()
        for when, reading in ((LATER, None), (LATER + timedelta(hours=1), LATER)):
            if reading:
                sweep(reading)
            with time_machine.travel(when, tick=False), pytest.raises(CommandError, match="No guest was erased"):
                call_command("erase_guests")
        confirmed = LATER + DAY
        sweep(confirmed)
        with time_machine.travel(confirmed, tick=False):
            call_command("erase_guests", stdout=io.StringIO())
        assert not Candidate.objects.filter(erased_at=None).exists()


def test_expired_sessions_are_deleted_once_a_day() -> None:
    for key, ends in (("ended", NOW), ("lasting", LATER + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="-", expire_date=ends)
    sweep(LATER - DAY)
    sweep(LATER)
    assert [session.session_key for session in Session.objects.all()] == ["lasting"]
