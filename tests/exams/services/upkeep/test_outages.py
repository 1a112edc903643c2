"""Test that time lost in an outage is recorded once, holds deadlines, and is given back once."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from exams.models import Allowance, Attempt, Outage
from exams.models.attempt import GRACE
from exams.services.attempt import answering, attempts, ending, extra_time, standing
from exams.services.attempt.answering import PostedAnswer, SaveOutcome, Sitter
from exams.services.attempt.attempts import StartRequest
from exams.services.attempt.standing import Standing
from exams.services.results import audit
from exams.services.upkeep import outages, person_erasure, sweeper
from exams.services.upkeep.outages import ASK, CLOSE, GIVE_BACK
from questions.models import User
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
Status, Decision = Attempt.Status, Outage.Decision
MINUTE = timedelta(minutes=1)
BEGAN, ENDED = NOW + 20 * MINUTE, NOW + 50 * MINUTE  # the deadlines of half an hour lie in between


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30))


def outage(policy: str = ASK, *, leaped: bool = False) -> Outage:
    outages.beat(BEGAN, policy)
    outages.beat(ENDED, policy, leaped=leaped)
    return Outage.objects.get()


def status(attempt: Attempt) -> str:
    attempt.refresh_from_db()
    return attempt.status


def save(attempt: Attempt, now: datetime) -> SaveOutcome:
    sitter = Sitter(attempt.candidate_id, attempt.candidate.epoch)
    return answering.save(attempt.uuid, sitter, 1, PostedAnswer(1, 0), now).outcome


def test_heartbeats_every_fifteen_seconds_record_nothing() -> None:
    for second in range(0, 600, 15):
        outages.beat(NOW + timedelta(seconds=second), ASK)
    assert not Outage.objects.exists()


def test_a_silence_is_recorded_from_the_last_heartbeat_to_the_next() -> None:
    row = outage()
    assert (row.began_at, row.ended_at, row.cause, row.decision) == (BEGAN, ENDED, "silence", "")


def test_no_outage_is_recorded_while_answers_are_saved(attempt: Attempt) -> None:
    outages.beat(NOW, ASK)
    for seconds in (40, 80):
        save(attempt, NOW + timedelta(seconds=seconds))
        attempt.responses.filter(position=1).update(version=0, ticked=0)
    attempt.responses.filter(position=2).update(saved_at=NOW + timedelta(seconds=40))
    outages.beat(NOW + timedelta(seconds=100), ASK)
    assert not Outage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_processes_that_come_back_together_one_records_the_outage() -> None:
    outages.beat(BEGAN, ASK)
    in_threads(*[lambda: outages.beat(ENDED, ASK)] * 4)
    assert Outage.objects.count() == 1


def test_neither_sweeper_nor_page_view_nor_finish_closes_an_exam_that_is_held(attempt: Attempt) -> None:
    outage()
    for later in (ENDED, ENDED + timedelta(hours=5)):
        sweeper.sweep(later)
        assert not ending.close_if_overdue(attempt, later)
        assert not ending.finish(attempt, later)
        assert standing.reason(attempt, later) == Standing.HELD
    assert status(attempt) == Status.OPEN
    assert sweeper.pause_seconds(ENDED) == sweeper.INTERVAL_SECONDS


def test_a_page_view_before_the_first_heartbeat_closes_nothing(attempt: Attempt) -> None:
    outages.beat(BEGAN, ASK)
    assert not ending.close_if_overdue(attempt, ENDED)
    assert status(attempt) == Status.OPEN
    outages.beat(ENDED, CLOSE)
    assert ending.close_if_overdue(attempt, ENDED)


def test_a_restore_of_an_older_copy_under_running_exams_is_said_and_they_are_held_and_asked_about(
    attempt: Attempt, caplog: pytest.LogCaptureFixture
) -> None:
    outages.beat(BEGAN, ASK)
    with transaction.atomic():  # after the copy was made
        assert save(attempt, BEGAN + 5 * MINUTE) == SaveOutcome.SAVED
        outages.beat(BEGAN + 6 * MINUTE, ASK)
        transaction.set_rollback(True)  # the copy is restored
    (row,) = outages.beat(ENDED, ASK)
    assert (row.began_at, row.ended_at, row.decision) == (BEGAN, ENDED, "")
    assert "outage of 2026-04-01 09:20:00 UTC" in caplog.text
    sweeper.sweep(ENDED)
    assert status(attempt) == Status.OPEN
    assert standing.reason(attempt, ENDED) == Standing.HELD
    assert save(attempt, ENDED) == SaveOutcome.STANDING, "the browser keeps what the copy has not"
    outages.give_back(row, None, "", ENDED)
    assert save(attempt, ENDED + MINUTE) == SaveOutcome.SAVED
    assert list(audit.differences(ENDED + MINUTE)) == []


def test_an_exam_whose_deadline_was_before_the_outage_is_closed(attempt: Attempt) -> None:
    outages.beat(attempt.deadline + timedelta(seconds=1), ASK)
    outages.beat(attempt.deadline + timedelta(hours=1), ASK)
    assert ending.close_if_overdue(attempt, attempt.deadline + timedelta(hours=1))


def test_a_dead_worker_alone_is_no_outage(attempt: Attempt) -> None:
    sweeper.take_turn(NOW)
    end = attempt.deadline + timedelta(minutes=5)
    for second in range(0, int((end - NOW).total_seconds()) + 1, 15):
        outages.beat(NOW + timedelta(seconds=second), ASK)
    assert ending.close_if_overdue(attempt, end)


def test_a_held_exam_accepts_nothing_until_minutes_are_given_back(attempt: Attempt) -> None:
    row = outage()
    assert save(attempt, ENDED) == SaveOutcome.STANDING
    assert outages.give_back(row, None, "Power cut.", ENDED) == 1
    attempt.refresh_from_db()
    assert attempt.deadline == ENDED + 10 * MINUTE, "ten minutes were left when the outage began"
    assert save(attempt, ENDED) == SaveOutcome.SAVED
    assert not list(audit.differences(ENDED))


def test_an_exam_that_still_runs_gets_the_whole_outage_back() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=120))
    before, row = attempt.deadline, outage()
    outages.give_back(row, None, "", ENDED + 7 * MINUTE)
    attempt.refresh_from_db()
    assert attempt.deadline == before + 30 * MINUTE


def test_an_outage_given_back_twice_gives_nothing_the_second_time(attempt: Attempt) -> None:
    row = outage()
    outages.give_back(row, None, "", ENDED)
    with pytest.raises(RefusedError, match="No running exam has minutes"):
        outages.give_back(row, None, "", ENDED)
    with pytest.raises(RefusedError, match="decided already"):
        outages.close(row, None, ENDED)
    assert Allowance.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_members_of_staff_at_once_give_the_minutes_once(attempt: Attempt) -> None:
    row = outage()

    def give() -> None:
        with suppress(RefusedError):
            outages.give_back(Outage.objects.get(pk=row.pk), None, "", ENDED)

    in_threads(*[give] * 4)
    assert Allowance.objects.count() == 1


def test_only_the_chosen_exams_get_their_minutes_and_the_others_stay_held() -> None:
    blueprint = factories.small_blueprint(minutes=30)
    chosen, other = (factories.attempt(factories.candidate(), blueprint) for _ in range(2))
    row = outage()
    assert outages.give_back(row, None, "", ENDED, chosen=[chosen.pk]) == 1
    assert standing.reason(other, ENDED) == Standing.HELD
    assert [loss.attempt for loss in outages.losses(row, ENDED)] == [other]
    outages.close(row, None, ENDED)
    sweeper.sweep(ENDED)
    assert (status(chosen), status(other)) == (Status.OPEN, Status.SCORED)
    assert other.submitted_at == other.deadline


@pytest.mark.parametrize(("policy", "decision"), [(ASK, ""), (GIVE_BACK, "given_back"), (CLOSE, "closed")])
def test_the_setting_decides(attempt: Attempt, policy: str, decision: str) -> None:
    row = outage(policy)
    assert row.decision == decision
    sweeper.sweep(ENDED)
    assert status(attempt) == (Status.SCORED if policy == CLOSE else Status.OPEN)
    assert Allowance.objects.exists() is (policy == GIVE_BACK)


def test_after_a_day_without_a_decision_the_exam_ends_at_its_deadline(attempt: Attempt) -> None:
    outage()
    sweeper.sweep(ENDED + timedelta(hours=23, minutes=59))
    assert status(attempt) == Status.OPEN
    sweeper.sweep(ENDED + timedelta(hours=24))
    assert (status(attempt), attempt.submitted_at) == (Status.SCORED, attempt.deadline)


def test_the_candidate_hands_in_at_once_instead_of_waiting(attempt: Attempt) -> None:
    outage()
    assert ending.finish(attempt, ENDED, at_once=True)
    assert (status(attempt), attempt.submitted_at) == (Status.SUBMITTED, attempt.deadline)


def test_a_leap_of_the_clock_is_asked_about_even_where_outages_close(attempt: Attempt) -> None:
    row = outage(CLOSE, leaped=True)
    assert (row.cause, row.decision) == ("clock", "")
    sweeper.sweep(ENDED)
    assert status(attempt) == Status.OPEN


def test_a_clock_that_is_set_right_again_takes_its_outage_back(attempt: Attempt) -> None:
    outage(leaped=True)
    outages.beat(BEGAN + MINUTE, ASK)
    assert Outage.objects.get().decision == Decision.VOID
    assert save(attempt, BEGAN + MINUTE) == SaveOutcome.SAVED
    outages.beat(attempt.deadline, ASK)
    Outage.objects.filter(decision="").delete()  # of the minutes between the heartbeats of this test
    assert ending.close_if_overdue(attempt, attempt.deadline + GRACE)


def test_a_person_is_erased_although_an_exam_is_held() -> None:
    user = User.objects.create_user("leaving", password=factories.PASSWORD)
    candidate = factories.candidate(user)
    attempt = factories.attempt(candidate, factories.small_blueprint(minutes=30))
    outage()
    person_erasure.erase_person(user, [candidate], ENDED)
    assert status(attempt) != Status.OPEN


def test_a_start_leads_back_to_the_exam_that_is_held(attempt: Attempt) -> None:
    outage()
    again = attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, ENDED))
    assert (again.attempt, again.created) == (attempt, False)


def test_staff_do_not_give_ordinary_extra_time_to_a_held_exam(attempt: Attempt) -> None:
    outage()
    by: Any = None
    assert extra_time.grant(attempt, 5, "Late.", by, ENDED) == extra_time.GrantOutcome.ENDED
