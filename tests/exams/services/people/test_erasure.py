"""Test that idle guests are erased, and that their responses are kept as anonymous data."""

import io
import threading
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from exams.models import Attempt, Candidate, Note, RepetitionCard, Response, Star, StudyGoal, TopicMark
from exams.services.attempt import attempts
from exams.services.people import candidates, erasure
from questions.models import Question, Topic
from questions.services import job_state, jobs
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=401)


def guest_who_sat() -> Attempt:
    attempt = factories.attempt(factories.candidate())
    attempts.finish(attempt, NOW + timedelta(minutes=9))
    return attempt


def test_the_identity_of_the_guest_is_erased_and_the_responses_are_kept() -> None:
    attempt = guest_who_sat()
    guest, code = attempt.candidate, candidates.guest_code(attempt.candidate)
    Candidate.objects.filter(pk=guest.pk).update(preferences={"size": 2}, target_date=NOW.date())
    Response.objects.filter(attempt=attempt, position=1).update(ticked=1)
    Note.objects.create(attempt=attempt, position=1, text="my sister's wedding")
    question = Question.objects.all()[0]
    RepetitionCard.objects.create(candidate=guest, question=question, due=NOW)
    Star.objects.create(candidate=guest, question=question, created_at=NOW)
    TopicMark.objects.create(candidate=guest, topic=Topic.objects.all()[0], read_at=NOW)
    StudyGoal.objects.create(candidate=guest, exam="TINY", target_date=NOW.date())
    assert erasure.erase_guests(LATER) == 1
    erased = Candidate.objects.get()
    assert erased.uuid != guest.uuid
    assert (erased.code_hash, erased.preferences, erased.target_date) == (None, {}, None)
    assert not erased.study_goals.exists()
    assert (erased.epoch, erased.erased_at) == (guest.epoch + 1, LATER)
    assert candidates.find_by_guest_code(code) is None
    assert not Note.objects.exists()
    assert [rows.count() for rows in (erased.cards, erased.stars, erased.topic_marks)] == [0, 0, 0]
    assert attempt.responses.count() == 5
    assert attempt.responses.get(position=1).ticked == 1


def test_only_guests_idle_for_long_enough_are_erased_and_only_once() -> None:
    idle = guest_who_sat().candidate
    factories.candidate(factories.user())  # accounts are kept
    came_back = guest_who_sat().candidate
    factories.attempt(came_back, now=NOW + timedelta(days=2))
    just_came = factories.candidate(now=NOW + timedelta(days=2))
    assert erasure.erase_guests(NOW + timedelta(days=399)) == 0
    assert erasure.erase_guests(LATER) == 1
    assert list(Candidate.objects.exclude(erased_at=None)) == [idle]
    assert erasure.erase_guests(LATER) == 0
    assert erasure.erase_guests(NOW + timedelta(days=403, hours=1)) == 1  # an open exam is not idle yet
    just_came.refresh_from_db()
    assert just_came.erased_at


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
def test_a_guest_who_starts_an_exam_at_this_moment_is_not_erased() -> None:
    guest = guest_who_sat().candidate
    started, erased, over = threading.Event(), [], threading.Event()

    def erase() -> None:
        started.wait(60)
        erased.append(erasure.erase_guests(LATER))
        over.set()
        connections.close_all()

    other = threading.Thread(target=erase)
    other.start()
    with transaction.atomic():
        running = factories.attempt(guest, now=LATER)
        started.set()
        assert not over.wait(0.5), "the erasure did not wait for the start, which locks the candidate"
    other.join(60)
    assert erased == [0]
    running.candidate.refresh_from_db()
    assert (running.candidate.uuid, running.candidate.erased_at) == (guest.uuid, None)


def test_a_guest_who_marks_topics_is_not_idle() -> None:
    guest = guest_who_sat().candidate
    TopicMark.objects.create(candidate=guest, topic=Topic.objects.all()[0], read_at=NOW + timedelta(days=2))
    assert erasure.erase_guests(LATER) == 0
    assert erasure.erase_guests(LATER + timedelta(days=2)) == 1


def test_zero_days_erase_no_guest(settings: object) -> None:
    settings.GUEST_DAYS = 0  # type: ignore[attr-defined]
    guest_who_sat()
    assert erasure.erase_guests(LATER) == 0


def test_more_guests_than_one_batch_are_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "GUESTS_PER_TRANSACTION", 2)
    for _ in range(5):
        factories.candidate()
    assert erasure.erase_guests(LATER) == 5


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
        assert erasure.unconfirmed_leap(LATER + timedelta(hours=1))
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


def test_the_command_prints_the_number() -> None:
    factories.candidate()  # long before today
    out = io.StringIO()
    call_command("erase_guests", "--days", "1", stdout=out)
    assert out.getvalue() == "Guests erased: 1.\n"


def test_expired_sessions_are_deleted_once_a_day() -> None:
    for key, ends in (("ended", NOW), ("lasting", LATER + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="-", expire_date=ends)
    sweep(LATER - DAY)
    sweep(LATER)
    assert [session.session_key for session in Session.objects.all()] == ["lasting"]
