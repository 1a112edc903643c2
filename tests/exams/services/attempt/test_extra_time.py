"""Test extra time: chosen before the start, set for a candidate, or granted during the exam; each counts once."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from exams.models import Allowance, Attempt, Candidate
from exams.models.attempt import GRACE
from exams.services.attempt import attempts, ending, extra_time
from exams.services.attempt.attempts import StartRequest
from exams.services.attempt.extra_time import GrantOutcome
from exams.services.results import audit, export, scoring
from exams.services.results import report as reports
from exams.services.upkeep import sweeper
from questions.models import Blueprint, User
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30))


@pytest.fixture
def staff() -> User:
    return factories.user("proctor", is_staff=True)


def deadline(attempt: Attempt) -> object:
    return Attempt.objects.get(pk=attempt.pk).deadline


def audit_sentences() -> list[str]:
    return [difference.sentence for difference in audit.differences(NOW)]


# --- Chosen before the start


def test_the_rules_offer_the_presets_of_the_blueprint_and_shares_of_its_minutes() -> None:
    offered = extra_time.extra_time_choices(factories.bank())
    assert [(choice.code, choice.minutes) for choice in offered] == [
        ("esl", 30),
        ("percent-25", 45),
        ("percent-50", 90),
        ("percent-100", 180),
    ]
    assert offered[0].title == "English is not my first language"


def test_half_an_hour_is_offered_without_a_preset() -> None:
    blueprint = factories.small_blueprint(minutes=31)
    blueprint.spec["extra_time"] = []
    choices = extra_time.extra_time_choices(Blueprint(spec=blueprint.spec))
    assert [(choice.code, choice.minutes) for choice in choices] == [
        ("minutes-30", 30),
        ("percent-25", 8),
        ("percent-50", 16),
        ("percent-100", 31),
    ]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(30, {"esl": 30, "percent-25": 8, "percent-50": 15}), (60, {"esl": 30, "percent-25": 15, "percent-100": 60})],
)
def test_no_two_choices_have_the_same_minutes(minutes: int, expected: dict[str, int]) -> None:
    choices = extra_time.extra_time_choices(factories.small_blueprint(minutes=minutes))
    assert {choice.code: choice.minutes for choice in choices} == expected


def test_an_exam_without_self_chosen_extra_time_offers_and_takes_none() -> None:
    blueprint = factories.small_blueprint()
    blueprint.spec["self_allowance"] = False
    blueprint = Blueprint(spec=blueprint.spec)
    assert extra_time.extra_time_choices(blueprint) == []
    assert extra_time.chosen_minutes(blueprint, "") == 0
    with pytest.raises(LookupError):
        extra_time.chosen_minutes(blueprint, "percent-25")


def test_time_that_staff_set_is_the_first_choice_and_no_shorter_one_is_offered() -> None:
    blueprint = factories.bank()
    choices = extra_time.extra_time_choices(blueprint, standing=45)
    assert [(choice.code, choice.minutes) for choice in choices] == [("", 45), ("percent-50", 90), ("percent-100", 180)]
    odd = extra_time.extra_time_choices(blueprint, standing=40)
    assert [choice.minutes for choice in odd] == [40, 45, 90, 180]
    assert extra_time.extra_time_choices(blueprint, standing=180) == []


@pytest.mark.parametrize(("code", "minutes"), [("", 0), ("percent-50", 45), ("percent-25", 0), ("esl", 0)])
def test_a_choice_adds_what_it_has_beyond_the_time_that_staff_set(code: str, minutes: int) -> None:
    assert extra_time.chosen_minutes(factories.bank(), code, standing=45) == minutes


def test_a_choice_that_is_not_offered_is_refused() -> None:
    blueprint = factories.small_blueprint()
    assert extra_time.chosen_minutes(blueprint, "") == 0
    assert extra_time.chosen_minutes(blueprint, "percent-50") == 15
    with pytest.raises(LookupError):
        extra_time.chosen_minutes(blueprint, "percent-900")


def test_chosen_time_is_in_deadline_row_log_report_and_export() -> None:
    sitter = Candidate.objects.create(created_at=NOW, extra_minutes=10)
    blueprint = factories.small_blueprint(minutes=30)
    attempt = attempts.start(StartRequest(sitter, blueprint, NOW, extra=15)).attempt
    assert attempt.deadline == NOW + timedelta(minutes=30 + 10 + 15)
    [row] = attempt.allowances.all()
    assert (row.minutes, row.reason, row.by, row.at) == (15, Allowance.SELF_CHOSEN, None, NOW)
    started, allowance = attempt.events.all()
    assert (started.data["minutes"], allowance.kind) == (40, "allowance")
    assert allowance.data == {"minutes": 15, "reason": Allowance.SELF_CHOSEN}
    extra_time.grant(attempt, 5, "Fire alarm", factories.user("proctor"), NOW)
    ending.finish(attempt, NOW + timedelta(minutes=7))
    scoring.score(attempt.pk, NOW + timedelta(minutes=8))
    page = reports.report_page(Attempt.objects.get(pk=attempt.pk))
    assert (page.extra, page.extra_self_chosen, page.extra_standing, page.extra_granted) == (30, 15, 10, 5)
    [one] = export.export_attempts(Attempt.objects.all())
    assert [(allowance["minutes"], allowance["by"]) for allowance in one["allowances"]] == [
        (15, "candidate"),
        (5, "staff"),
    ]
    assert "Fire alarm" not in str(one)
    assert audit_sentences() == []


# --- Granted during the exam


@pytest.mark.parametrize(
    "after", [timedelta(minutes=5), HALF_HOUR - timedelta(seconds=1), HALF_HOUR, HALF_HOUR + GRACE / 2]
)
def test_a_grant_moves_the_deadline_of_an_open_exam_also_in_the_grace_period(
    attempt: Attempt, staff: User, after: timedelta
) -> None:
    before = attempt.deadline
    assert extra_time.grant(attempt, 30, "Power cut", staff, NOW + after) == GrantOutcome.GRANTED
    assert attempt.deadline == deadline(attempt) == before + HALF_HOUR
    [row], event = attempt.allowances.all(), attempt.events.last()
    assert (row.minutes, row.reason, row.by, row.at) == (30, "Power cut", staff, NOW + after)
    assert event is not None
    assert (event.kind, event.data, event.by) == ("allowance", {"minutes": 30, "reason": "Power cut"}, staff)
    assert not ending.close_if_overdue(attempt, before + GRACE)
    assert audit_sentences() == []


def test_a_grant_after_the_grace_period_is_refused_even_if_the_exam_is_not_closed_yet(
    attempt: Attempt, staff: User
) -> None:
    before = attempt.deadline
    assert extra_time.grant(attempt, 30, "Power cut", staff, before + GRACE) == GrantOutcome.ENDED
    assert deadline(attempt) == before
    assert not Allowance.objects.exists()


def test_submitted_and_abandoned_exams_get_no_time(attempt: Attempt, staff: User) -> None:
    stale = Attempt.objects.get(pk=attempt.pk)
    ending.finish(attempt, NOW + timedelta(minutes=1))
    assert extra_time.grant(stale, 30, "Power cut", staff, NOW + timedelta(minutes=2)) == GrantOutcome.ENDED
    other = factories.attempt(blueprint=attempt.form.blueprint)
    ending.abandon(other, NOW + timedelta(minutes=1))
    assert extra_time.grant(other, 30, "Power cut", staff, NOW + timedelta(minutes=2)) == GrantOutcome.ENDED
    assert not Allowance.objects.exists()


def test_two_grants_add_up(attempt: Attempt, staff: User) -> None:
    stale = Attempt.objects.get(pk=attempt.pk)
    extra_time.grant(attempt, 10, "Noise", staff, NOW)
    extra_time.grant(stale, 5, "More noise", staff, NOW)
    assert deadline(attempt) == NOW + timedelta(minutes=45)


def test_a_form_sent_twice_grants_once(attempt: Attempt, staff: User) -> None:
    def send() -> GrantOutcome:
        return extra_time.grant(attempt, 10, "Noise", staff, NOW + timedelta(minutes=2), form_made=made)

    made = NOW + timedelta(minutes=1)
    assert [send(), send()] == [GrantOutcome.GRANTED, GrantOutcome.REPEATED]
    made = NOW + timedelta(minutes=3)
    assert send() == GrantOutcome.GRANTED
    assert deadline(attempt) == NOW + timedelta(minutes=50)


@pytest.mark.parametrize("minutes", [0, -5, 24 * 60 + 1])
def test_a_grant_is_between_one_minute_and_a_day(attempt: Attempt, staff: User, minutes: int) -> None:
    with pytest.raises(ValueError, match="1 to 1440"):
        extra_time.grant(attempt, minutes, "Mistyped", staff, NOW)
    assert deadline(attempt) == NOW + HALF_HOUR


def test_a_finish_still_submits_after_a_concurrent_grant(attempt: Attempt, staff: User) -> None:
    seen_by_her = Attempt.objects.get(pk=attempt.pk)
    extra_time.grant(attempt, 30, "Power cut", staff, NOW)
    end = NOW + timedelta(minutes=3)
    assert ending.finish(seen_by_her, end)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.submitted_at, attempt.closed_by) == ("submitted", end, "candidate")


def test_an_exam_with_late_extra_time_is_not_closed_at_the_old_deadline(attempt: Attempt, staff: User) -> None:
    seen_by_her = Attempt.objects.get(pk=attempt.pk)
    at = attempt.deadline + GRACE / 2
    extra_time.grant(attempt, 30, "Power cut", staff, at)
    assert not ending.finish(seen_by_her, at)
    assert seen_by_her.deadline == deadline(attempt) == NOW + 2 * HALF_HOUR


# --- After an outage


def test_after_an_outage_all_open_exams_get_the_minutes(attempt: Attempt, staff: User) -> None:
    blueprint = attempt.form.blueprint
    outage = NOW + timedelta(minutes=10)
    finished = factories.attempt(blueprint=blueprint)
    ending.finish(finished, outage - timedelta(minutes=1))
    finished_since = factories.attempt(blueprint=blueprint)
    ending.finish(finished_since, outage + timedelta(minutes=1))
    later = factories.attempt(blueprint=blueprint, now=outage + timedelta(minutes=1))
    sitting = Attempt.objects.open_exams_at(outage)
    assert set(sitting) == {attempt, finished_since}
    counts = extra_time.grant_all(sitting, 12, "Power cut", staff, outage + timedelta(minutes=2))
    assert counts == {GrantOutcome.GRANTED: 1, GrantOutcome.ENDED: 1, GrantOutcome.REPEATED: 0}
    assert deadline(attempt) == NOW + timedelta(minutes=42)
    assert deadline(later) == outage + timedelta(minutes=31)


# --- Set for a candidate


def test_standing_time_counts_from_the_next_start_only(attempt: Attempt) -> None:
    candidate = Candidate.objects.get(pk=attempt.candidate_id)
    Candidate.objects.filter(pk=candidate.pk).update(epoch=7)
    extra_time.set_standing_extra_time(candidate, 50, 30)
    assert deadline(attempt) == NOW + HALF_HOUR
    candidate.refresh_from_db()
    assert (candidate.epoch, candidate.extra_percent, candidate.extra_minutes) == (7, 50, 30)
    ending.finish(attempt, NOW)
    again = attempts.start(StartRequest(candidate, attempt.form.blueprint, NOW + timedelta(minutes=1))).attempt
    assert again.deadline - again.started_at == timedelta(minutes=30 + 15 + 30)


# --- Concurrent grants


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_grant_racing_with_the_sweeper_wins_or_is_refused_but_is_never_lost() -> None:
    staff, blueprint = factories.user("proctor"), factories.small_blueprint(minutes=30)
    running = [factories.attempt(blueprint=blueprint) for _ in range(8)]
    at = running[0].deadline + GRACE - timedelta(seconds=1)
    outcomes: dict[int, GrantOutcome] = {}
    barrier = threading.Barrier(2)

    def give() -> None:
        barrier.wait()
        for attempt in running:
            outcomes[attempt.pk] = extra_time.grant(attempt, 30, "Power cut", staff, at)
        connections.close_all()

    def sweep() -> None:
        barrier.wait()
        sweeper.sweep(at + timedelta(seconds=1))
        connections.close_all()

    threads = [threading.Thread(target=give), threading.Thread(target=sweep)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for attempt in running:
        attempt.refresh_from_db()
        given = outcomes[attempt.pk] == GrantOutcome.GRANTED
        assert (attempt.status == "open") is given
        assert attempt.deadline == NOW + (2 * HALF_HOUR if given else HALF_HOUR)
        assert attempt.allowances.count() == given


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_form_sent_ten_times_concurrently_grants_once() -> None:
    staff = factories.user("proctor")
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    outcomes: list[GrantOutcome] = []
    barrier = threading.Barrier(10)

    def give() -> None:
        barrier.wait()
        outcomes.append(extra_time.grant(attempt, 30, "Power cut", staff, NOW, form_made=NOW))
        connections.close_all()

    threads = [threading.Thread(target=give) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome.value for outcome in outcomes) == ["granted"] + ["repeated"] * 9
    assert deadline(attempt) == NOW + 2 * HALF_HOUR
