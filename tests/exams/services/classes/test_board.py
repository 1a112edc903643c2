"""Test the board of a sitting: where people are, ending exams, another attempt, and the move of the window."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from exams.models import Attempt, AttemptEvent, Participant, Response, Sitting
from exams.services.attempt import ending, extra_time
from exams.services.classes import board, joining, participants, question_results, results, rosters, sittings
from exams.services.classes.board import Stage
from exams.services.classes.sittings import TermsError, Window
from exams.services.results import audit
from exams.services.upkeep import person_erasure
from questions.models import User
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def ines() -> User:
    return factories.user("ines")


def window_of(sitting: Sitting, **changes: datetime | None) -> Window:
    names = Window.__dataclass_fields__
    return Window(**{name: getattr(sitting, name) for name in names} | changes)


def audited(now: datetime) -> list[str]:
    return [difference.sentence for difference in audit.differences(now)]


@pytest.mark.slow
def test_each_person_is_where_her_newest_attempt_is() -> None:
    sitting = factories.sitting(attempts_allowed=2)
    factories.joined(sitting, "Dan")
    writing = factories.class_attempt(sitting, "ben")
    first, third = list(writing.responses.order_by("position"))[:3:2]
    Response.objects.filter(pk__in=[first.pk, third.pk]).update(ticked=1, choose=1)
    second = writing.responses.get(position=2)
    Response.objects.filter(pk=second.pk).update(ticked=1, choose=2)  # incomplete, as her own page says
    Response.objects.filter(pk=third.pk).update(saved_at=NOW + 3 * MINUTE)
    extra_time.grant(writing, 10, "Cable", None, NOW)
    ana = factories.joined(sitting, "Ana")
    ending.finish(joining.start(ana, NOW).attempt, NOW + MINUTE)
    cleo = factories.joined(sitting, "Cleo")
    ending.finish(joining.start(cleo, NOW).attempt, NOW + MINUTE)
    joining.start(cleo, NOW + 2 * MINUTE)

    places = board.places(sitting, participants.in_order(board.people(sitting)))
    assert [(str(place.participant), place.stage) for place in places] == [
        ("Ana", Stage.HANDED_IN), ("ben", Stage.WRITING), ("Cleo", Stage.WRITING), ("Dan", Stage.NOT_STARTED),
    ]  # fmt: skip
    assert board.counts(sitting) == {
        Stage.NOT_STARTED: 1, Stage.WRITING: 2, Stage.HANDED_IN: 1, Stage.REMOVED: 0,
    }  # fmt: skip
    ben = places[1].attempt
    assert (ben.n_answered, ben.last_answer_at, ben.extra_minutes) == (2, NOW + 3 * MINUTE, 10)
    assert places[2].attempt.number == 2
    for stage, n in board.counts(sitting).items():
        assert board.people(sitting, stage).count() == n


@pytest.mark.slow
def test_an_exam_ended_by_staff_counts_with_what_was_saved(ines: User) -> None:
    sitting = factories.sitting()
    ana, ben = (factories.class_attempt(sitting, name) for name in ("Ana", "Ben"))
    ending.finish(ben, NOW + MINUTE)
    rows = [ana, ben]
    assert board.end_all(rows, "Ill", ines, NOW + 5 * MINUTE) == 1
    assert board.end_all(rows, "Ill", ines, NOW + 5 * MINUTE) == 0
    ana.refresh_from_db()
    assert (ana.status, ana.closed_by, ana.submitted_at) == ("submitted", "staff", NOW + 5 * MINUTE)
    event = ana.events.get(kind="ended")
    assert (event.by, event.data) == (ines, {"reason": "Ill"})
    assert audited(NOW + 5 * MINUTE) == []


@pytest.mark.slow
def test_another_attempt_is_allowed_once_and_only_where_it_can_start(ines: User) -> None:
    sitting = factories.sitting()
    ana = factories.joined(sitting)
    with pytest.raises(RefusedError, match="Ana has an attempt left"):
        board.allow_another_attempt(ana, "Fire alarm", ines, NOW)
    first = joining.start(ana, NOW).attempt
    with pytest.raises(RefusedError, match="Ana is still writing"):
        board.allow_another_attempt(ana, "Fire alarm", ines, NOW)
    ending.finish(first, NOW + MINUTE)
    with pytest.raises(RefusedError, match=r"closed.*Move the window first"):
        board.allow_another_attempt(ana, "Fire alarm", ines, NOW + HOUR)
    ana.refresh_from_db()
    assert ana.extra_attempts == 0
    board.allow_another_attempt(ana, "Fire alarm", ines, NOW + 2 * MINUTE)
    with pytest.raises(RefusedError, match="Ana has an attempt left"):
        board.allow_another_attempt(ana, "Fire alarm", ines, NOW + 2 * MINUTE)
    ana.refresh_from_db()
    assert joining.start(ana, NOW + 3 * MINUTE).attempt.number == 2
    ((event, name),) = board.log_of(sitting)
    assert (event.kind, event.data, event.by, name) == ("another_attempt", {"reason": "Fire alarm"}, ines, "Ana")


@pytest.mark.slow
def test_the_deadlines_of_those_who_write_follow_the_window_with_their_extra_time(ines: User) -> None:
    sitting = factories.sitting()
    ben = factories.joined(sitting, "Ben")
    sittings.set_extra_minutes(ben, 20, NOW)
    early = factories.class_attempt(sitting, "Ana")  # 30 minutes, unaffected by the end for all
    late = joining.start(ben, NOW + 40 * MINUTE).attempt  # 20 minutes left, and 20 of her own
    extra_time.grant(late, 5, "Cable", ines, NOW + 41 * MINUTE)
    done = factories.class_attempt(sitting, "Cleo", now=NOW + 42 * MINUTE)
    ending.finish(done, NOW + 43 * MINUTE)

    assert board.move_window(sitting, window_of(sitting, closes_at=NOW + 65 * MINUTE), ines, NOW + 20 * MINUTE) == 1
    late.refresh_from_db()
    assert late.deadline == NOW + 90 * MINUTE
    assert sitting.closes_at == NOW + 65 * MINUTE
    assert sitting.latest_deadline == NOW + 85 * MINUTE
    before, deadline = NOW + 85 * MINUTE, NOW + 90 * MINUTE
    event = AttemptEvent.objects.get(kind="rescheduled")
    assert event.data == {"before": before.isoformat(), "deadline": deadline.isoformat()}
    assert (event.attempt, event.by) == (late, ines)
    board.move_window(sitting, window_of(sitting, closes_at=NOW + 50 * MINUTE), ines, NOW + 44 * MINUTE)
    late.refresh_from_db()
    early.refresh_from_db()
    assert (early.deadline, late.deadline) == (NOW + 30 * MINUTE, NOW + 75 * MINUTE)
    assert audited(NOW + 30 * MINUTE) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_starts_while_the_window_moves_gets_the_end_of_the_moved_window(ines: User) -> None:
    sitting = factories.sitting()
    people = [factories.joined(sitting, name) for name in "ABCDEF"]
    now = NOW + 40 * MINUTE

    def start(person: Participant) -> None:
        try:
            joining.start(person, now)
        finally:
            connections.close_all()

    def move() -> None:
        try:
            for minute in (50, 65):
                window = window_of(sitting, closes_at=NOW + minute * MINUTE)
                board.move_window(sitting, window, ines, now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(people) + 1) as pool:
        jobs = [pool.submit(start, person) for person in people]
        jobs.insert(0, pool.submit(move))
    for job in jobs:
        job.result()
    assert set(Attempt.objects.values_list("deadline", flat=True)) == {NOW + 65 * MINUTE}
    assert Attempt.objects.count() == len(people)
    assert audited(now) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closes_at": NOW + 24 * MINUTE}, "closes_at"),
        ({"last_start_at": NOW + 24 * MINUTE}, "last_start_at"),
        ({"opens_at": NOW - MINUTE}, "opens_at"),
        ({"last_start_at": NOW + HOUR}, "last_start_at"),
        ({"closes_at": NOW + 3 * HOUR}, "review_opens_at"),
    ],
)
def test_a_window_without_notice_or_sense_is_refused_and_nothing_moves(
    ines: User, changes: dict[str, Any], field: str
) -> None:
    sitting = factories.sitting(review_opens_at=NOW + 2 * HOUR)
    attempt = factories.class_attempt(sitting, now=NOW + 10 * MINUTE)
    with pytest.raises(TermsError) as refused:
        board.move_window(sitting, window_of(sitting, **changes), ines, NOW + 20 * MINUTE)
    assert list(refused.value.faults) == [field]
    sitting.refresh_from_db()
    attempt.refresh_from_db()
    assert (sitting.closes_at, attempt.deadline) == (NOW + HOUR, NOW + 40 * MINUTE)


def test_the_window_stays_once_somebody_sees_the_answers(ines: User) -> None:
    sitting = factories.sitting()
    later = window_of(sitting, closes_at=NOW + 3 * HOUR)
    assert board.move_window(sitting, later, ines, NOW + 2 * HOUR) == 0  # nobody came: the class is late
    ending.finish(factories.class_attempt(sitting, now=NOW + 2 * HOUR), NOW + 2 * HOUR)
    sittings.release(sitting, NOW + 2 * HOUR)
    with pytest.raises(RefusedError, match="The answers are open"):
        board.move_window(sitting, window_of(sitting, closes_at=NOW + 4 * HOUR), ines, NOW + 2 * HOUR)


def test_an_erasure_takes_name_and_reasons_out_of_the_log(ines: User) -> None:
    sitting = factories.sitting()
    ana = factories.class_attempt(sitting, "Ana")
    extra_time.grant(ana, 10, "Ana is ill", ines, NOW)
    board.end_all([ana], "Ana went home", ines, NOW + MINUTE)
    person_erasure.erase_candidates([ana.candidate_id], NOW + 2 * MINUTE)
    assert [(event.data, name) for event, name in board.log_of(sitting)] == [
        ({}, "Deleted"),
        ({"minutes": 10}, "Deleted"),
    ]
    assert Attempt.objects.get().closed_by == "staff"
    board.allow_another_attempt(sitting.participants.get(), "x", ines, NOW + 2 * MINUTE)  # which frees her place
    with pytest.raises(RefusedError, match="deleted her data"):
        board.allow_another_attempt(sitting.participants.get(), "x", ines, NOW + 2 * MINUTE)


# --- People who do not belong to the class -----------------------------------------------------------


@pytest.mark.slow
def test_whoever_is_removed_writes_nothing_more_and_counts_in_no_result(ines: User) -> None:
    sitting = factories.sitting(factories.small_blueprint())
    stranger, ana = factories.class_attempt(sitting, "Mickey"), factories.class_attempt(sitting, "Ana")
    factories.tick(stranger, 4)
    factories.tick(ana, 2)
    mickey = sitting.participants.get(name="Mickey")
    board.remove(mickey, "Not of this class", ines, NOW + MINUTE)
    stranger.refresh_from_db()
    assert (stranger.status, stranger.closed_by, stranger.submitted_at) == ("submitted", "staff", NOW + MINUTE)
    assert [(event.kind, event.data, event.by) for event in stranger.events.exclude(kind="started")] == [
        ("ended", {"reason": "Not of this class"}, ines),
        ("removed", {"reason": "Not of this class"}, ines),
    ]
    with pytest.raises(RefusedError, match="Mickey has been removed already"):
        board.remove(mickey, "again", ines, NOW + MINUTE)

    ending.finish(ana, NOW + 2 * MINUTE)
    factories.scored(stranger, NOW + 3 * MINUTE)
    factories.scored(ana, NOW + 3 * MINUTE)
    assert [(row.name, row.right) for row in results.results(sitting)] == [("Ana", 2)]
    assert results.n_removed(sitting) == 1
    assert {question.n for question in question_results.by_question(sitting)} == {1}
    assert [str(place.participant) for place in board.places(sitting, list(board.people(sitting)))] == ["Ana"]
    (place,) = board.places(sitting, list(board.people(sitting, Stage.REMOVED)))
    assert (str(place.participant), place.stage, place.attempt) == ("Mickey", Stage.REMOVED, stranger)
    assert board.counts(sitting)[Stage.REMOVED] == 1


def test_a_removal_frees_the_place_and_the_name(ines: User) -> None:
    sitting = factories.sitting(joins_allowed=1)
    impostor = factories.joined(sitting, "Ana")
    with pytest.raises(RefusedError, match="full"):
        factories.joined(sitting, "Ana")
    board.remove(impostor, "Not Ana", ines, NOW)
    ana = factories.joined(sitting, "Ana")
    assert joining.start(ana, NOW).created
    with pytest.raises(RefusedError, match="Somebody else is here as Ana by now"):
        board.let_in(impostor, "x", ines, NOW)
    impostor.refresh_from_db()
    assert (impostor.removed_at, impostor.removal_reason) == (NOW, "Not Ana")


@pytest.mark.slow
def test_whoever_was_removed_starts_nothing_until_she_is_let_in_again(ines: User) -> None:
    sitting = factories.sitting(attempts_allowed=2)
    ana = factories.joined(sitting, "Ana")
    first = joining.start(ana, NOW).attempt
    board.remove(ana, "By mistake", ines, NOW + MINUTE)
    ana.refresh_from_db()
    with pytest.raises(RefusedError, match="Your instructor has removed you"):
        joining.start(ana, NOW + MINUTE)
    assert joining.join(sitting, ana.candidate, "Another name", NOW) == ana, "the browser stays the same person"
    board.let_in(ana, "It was a mistake", ines, NOW + 2 * MINUTE)
    ana.refresh_from_db()
    assert (ana.removed_at, ana.removal_reason) == (None, "")
    assert joining.start(ana, NOW + 3 * MINUTE).attempt.number == 2
    assert [event.kind for event in first.events.all()] == ["started", "ended", "removed", "let_in"]
    assert len(results.results(sitting)) == 2


def test_a_personal_link_opens_nothing_for_a_person_who_was_removed(ines: User) -> None:
    roster = rosters.create(ines, "7b", rosters.read("Ana\nBen"))
    sitting = factories.sitting(who="roster", roster=roster)
    ana = sitting.participants.get(name="Ana")
    board.remove(ana, "Moved away", ines, NOW)
    ana.refresh_from_db()
    with pytest.raises(RefusedError, match="Your instructor has removed you"):
        joining.use_link(ana, factories.candidate(), NOW)
    assert sittings.add_newcomers(sitting) == 0
    assert [row.name for row in results.results(sitting)] == ["Ben"]


def test_the_reason_of_a_removal_goes_with_the_name(ines: User) -> None:
    sitting = factories.sitting()
    attempt = factories.class_attempt(sitting, "Ana")
    board.remove(sitting.participants.get(), "Ana was ill", ines, NOW + MINUTE)
    person_erasure.erase_person(None, [attempt.candidate], NOW + MINUTE)
    row = sitting.participants.get()
    assert (row.name, row.removal_reason, row.removed_at) == ("", "", NOW + MINUTE)
    assert not any("reason" in event.data for event in attempt.events.all())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_start_at_the_time_of_the_removal_leaves_no_running_exam(ines: User) -> None:
    sitting = factories.sitting(factories.small_blueprint())
    for place in range(4):
        person = factories.joined(sitting, f"Person {place}")

        def start(person: Participant = person) -> None:
            try:
                joining.start(person, NOW)
            except RefusedError:
                pass
            finally:
                connections.close_all()

        def take_out(person: Participant = person) -> None:
            try:
                board.remove(person, "x", ines, NOW)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            for running in [pool.submit(start), pool.submit(take_out)]:
                running.result()
    assert not Attempt.objects.open().exists()
    assert sitting.participants.removed().count() == 4
