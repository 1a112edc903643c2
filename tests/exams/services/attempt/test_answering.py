"""Test saves: one statement checks all rules, each outcome is reported, and nothing else is written."""

import threading
import uuid as uuids
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from exams.models import Attempt, Response, ScoreReport
from exams.models.attempt import GRACE
from exams.services.attempt import answering, ending
from exams.services.attempt.answering import PostedAnswer, SaveOutcome, SaveResult, Sitter
from exams.services.results import scoring
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def sitter(attempt: Attempt) -> Sitter:
    return Sitter(attempt.candidate_id, attempt.candidate.epoch)


def save(
    attempt: Attempt, mask: int, version: int = 0, now: datetime = NOW, position: int = 1, **more: object
) -> SaveResult:
    return answering.save(attempt.uuid, sitter(attempt), position, PostedAnswer(mask, version), now, **more)  # type: ignore[arg-type]


def saved(result: SaveResult) -> tuple[SaveOutcome, int, int]:
    """Return the outcome of a save, and the version and the ticks that are stored now."""
    assert result.stored
    return result.outcome, result.stored.version, result.stored.ticked


def stored(attempt: Attempt, position: int = 1) -> Response:
    return attempt.responses.get(position=position)


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30))


def single(attempt: Attempt) -> int:
    return attempt.responses.filter(choose=1).first().position


def test_a_tick_is_stored_with_the_next_version(attempt: Attempt) -> None:
    position = single(attempt)
    assert saved(save(attempt, 0b10, position=position)) == (SaveOutcome.SAVED, 1, 0b10)
    row = stored(attempt, position)
    assert (row.ticked, row.version, row.first_shown) == (0b10, 1, NOW)


def test_unticking_is_stored(attempt: Attempt) -> None:
    save(attempt, 0b10)
    assert saved(save(attempt, 0, version=1)) == (SaveOutcome.SAVED, 2, 0)
    assert stored(attempt).ticked == 0


def test_a_repeated_save_is_acknowledged_with_the_current_version_and_changes_nothing(attempt: Attempt) -> None:
    save(attempt, 0b10)
    before = list(Response.objects.filter(attempt=attempt).values())
    assert saved(save(attempt, 0b10, version=0)) == (SaveOutcome.SAVED, 1, 0b10)
    assert list(Response.objects.filter(attempt=attempt).values()) == before


def test_an_outdated_save_is_refused_with_the_current_state(attempt: Attempt) -> None:
    save(attempt, 0b10)
    assert saved(save(attempt, 0b100, version=0)) == (SaveOutcome.OUTDATED, 1, 0b10)
    assert stored(attempt).ticked == 0b10


@pytest.mark.parametrize("mask", [0b11, 1 << 20])
def test_too_many_ticks_and_unknown_options_are_refused(attempt: Attempt, mask: int) -> None:
    position = single(attempt)
    assert save(attempt, mask, position=position).outcome == SaveOutcome.REFUSED
    assert stored(attempt, position).ticked == 0


@pytest.mark.parametrize(
    ("after_deadline", "outcome"),
    [
        (timedelta(seconds=-1), SaveOutcome.SAVED),
        (timedelta(0), SaveOutcome.SAVED),
        (GRACE - timedelta(milliseconds=1), SaveOutcome.SAVED),
        (GRACE, SaveOutcome.LATE),
        (timedelta(hours=1), SaveOutcome.LATE),
    ],
)
def test_a_save_in_the_grace_period_is_stored_and_later_ones_are_refused(
    attempt: Attempt, after_deadline: timedelta, outcome: SaveOutcome
) -> None:
    assert save(attempt, 1, now=attempt.deadline + after_deadline).outcome == outcome
    assert stored(attempt).ticked == (1 if outcome == SaveOutcome.SAVED else 0)


def test_nothing_is_stored_after_the_finish(attempt: Attempt) -> None:
    ending.finish(attempt, NOW + timedelta(minutes=1))
    assert save(attempt, 1, now=NOW + timedelta(minutes=2)).outcome == SaveOutcome.CLOSED
    assert stored(attempt).ticked == 0


def test_other_candidates_ended_sessions_and_unknown_questions_are_missing(attempt: Attempt) -> None:
    stranger = Sitter(factories.candidate().pk, 0)
    ended = Sitter(attempt.candidate_id, attempt.candidate.epoch - 1 if attempt.candidate.epoch else 7)
    for who in (stranger, ended):
        assert answering.save(attempt.uuid, who, 1, PostedAnswer(1, 0), NOW).outcome == SaveOutcome.MISSING
    assert save(attempt, 1, position=99).outcome == SaveOutcome.MISSING
    assert answering.save(uuids.uuid4(), sitter(attempt), 1, PostedAnswer(1, 0), NOW).outcome == SaveOutcome.MISSING
    assert stored(attempt).ticked == 0


def test_leaving_records_time_and_display_without_a_new_version(attempt: Attempt) -> None:
    later = NOW + timedelta(minutes=1)
    answering.save(attempt.uuid, sitter(attempt), 1, PostedAnswer(0, 0, seconds=42), later, leaving=True)
    row = stored(attempt)
    assert (row.version, row.seconds, row.first_shown, row.trail) == (0, 42, later, "")


def test_seconds_never_decrease_and_the_trail_has_every_change(attempt: Attempt) -> None:
    later = NOW + timedelta(minutes=1)
    answering.save(attempt.uuid, sitter(attempt), 1, PostedAnswer(1, 0, seconds=30), later)
    answering.save(attempt.uuid, sitter(attempt), 1, PostedAnswer(2, 1, seconds=20), later)
    row = stored(attempt)
    assert (row.seconds, row.trail) == (30, "1@30;2@20;")


@pytest.mark.parametrize("leaving", [False, True])
def test_a_question_was_seen_for_no_longer_than_the_exam_lasts(attempt: Attempt, leaving: bool) -> None:
    for minutes in (2, 5, 4):
        answer = PostedAnswer(0 if leaving else 1, stored(attempt).version, seconds=2**31 - 1)
        answering.save(attempt.uuid, sitter(attempt), 1, answer, NOW + timedelta(minutes=minutes), leaving=leaving)
        assert abs(stored(attempt).seconds - 60 * max(minutes, 5 if minutes == 4 else 0)) <= 1


def test_a_flag_and_a_strike_save_the_ticks_too(attempt: Attempt) -> None:
    save(attempt, 1, flagged=True)
    save(attempt, 1, version=1, struck=0b110)
    row = stored(attempt)
    assert (row.ticked, row.version, row.flagged, row.struck) == (1, 1, True, 0b110)


def test_a_save_is_one_statement(attempt: Attempt, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        save(attempt, 1)  # not even BEGIN and COMMIT: the statement is the transaction


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite does not count")
def test_a_save_writes_one_row_and_little_log(attempt: Attempt) -> None:
    position = single(attempt)
    save(attempt, 1, position=position)
    before = write_counts()
    save(attempt, 2, version=1, position=position)
    rows, log_bytes = (after - start for after, start in zip(write_counts(), before, strict=True))
    assert rows == 1
    assert log_bytes <= 600  # the tests run without full-page images


def write_counts() -> tuple[int, int]:
    """Return the rows that this transaction has updated, and the position in the write-ahead log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_upd) FROM pg_stat_xact_user_tables")
        (rows,) = cursor.fetchone()
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return rows, int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
def test_a_save_in_flight_and_a_finish_are_serialized() -> None:
    """Without the lock on the attempt, this save is acknowledged although the finish has been committed before it."""
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    lock_held, outcome, saved = threading.Event(), [], threading.Event()

    def save_while_finish_is_open() -> None:
        lock_held.wait(60)
        outcome.append(save(attempt, 1, now=NOW + timedelta(minutes=1)).outcome)
        saved.set()
        connections.close_all()

    other = threading.Thread(target=save_while_finish_is_open)
    other.start()
    with transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(status="submitted", submitted_at=NOW, closed_by="candidate")
        lock_held.set()
        assert not saved.wait(0.5), "the save did not wait for the finish, which locks the attempt"
    other.join(60)
    assert outcome == [SaveOutcome.CLOSED]
    assert stored(attempt).ticked == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
def test_no_question_is_opened_in_an_exam_that_is_being_finished() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    lock_held, opened, over = threading.Event(), [], threading.Event()

    def open_question() -> None:
        lock_held.wait(60)
        opened.append(answering.set_position(attempt.uuid, sitter(attempt), 3, NOW))
        over.set()
        connections.close_all()

    other = threading.Thread(target=open_question)
    other.start()
    with transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(status="submitted", submitted_at=NOW, closed_by="candidate")
        lock_held.set()
        assert not over.wait(0.5), "the move did not wait for the finish"
    other.join(60)
    assert opened == [False]
    attempt.refresh_from_db()
    assert (attempt.status, attempt.position) == ("submitted", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
@pytest.mark.parametrize("ends", [True, False])
def test_an_answer_with_its_question_waits_for_a_finish_or_another_answer(*, ends: bool) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    lock_held, written, over = threading.Event(), [], threading.Event()

    def answer(mask: int, version: int, current: int) -> dict[int, answering.StoredAnswer]:
        change = answering.ResponseChange(2, NOW, PostedAnswer(mask, version))
        return answering.write(attempt.uuid, sitter(attempt), [change], NOW, current=current)

    def answer_meanwhile() -> None:
        lock_held.wait(60)
        written.append(answer(2, 1, 4))
        over.set()
        connections.close_all()

    other = threading.Thread(target=answer_meanwhile)
    other.start()
    with transaction.atomic():
        assert answer(1, 0, 3)[2].version == 1
        if ends:
            Attempt.objects.filter(pk=attempt.pk).update(status="submitted", submitted_at=NOW, closed_by="candidate")
        lock_held.set()
        assert not over.wait(0.5), "the answer did not wait"
    other.join(60)
    attempt.refresh_from_db()
    assert (attempt.position, stored(attempt, 2).ticked) == ((3, 1) if ends else (4, 2))
    assert [row.version for row in written[0].values()] == ([] if ends else [2])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_finish_waits_for_a_save_in_flight_and_counts_it() -> None:
    """Without the lock on the attempt, this finish commits before the save, and the score depends on timing."""
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    row = attempt.responses.filter(scored=True).first()
    now = NOW + timedelta(minutes=1)
    lock_held, raw, scored = threading.Event(), [], threading.Event()

    def finish_while_the_save_is_open() -> None:
        lock_held.wait(60)
        own_attempt = Attempt.objects.get(pk=attempt.pk)
        ending.finish(own_attempt, now)
        scoring.score(own_attempt.pk, now)
        raw.append(ScoreReport.objects.get(attempt=own_attempt).raw)
        scored.set()
        connections.close_all()

    other = threading.Thread(target=finish_while_the_save_is_open)
    other.start()
    with transaction.atomic():
        assert save(attempt, row.key, now=now, position=row.position).outcome == SaveOutcome.SAVED
        lock_held.set()
        assert not scored.wait(0.5), "the finish did not wait for the save, which locks the attempt"
    other.join(60)
    assert raw == [1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_hundred_saves_racing_a_finish_store_what_was_acknowledged() -> None:
    blueprint = factories.small_blueprint(minutes=30)
    for _ in range(20):
        race(factories.attempt(factories.candidate(), blueprint))


def race(attempt: Attempt) -> None:
    """Run five saves in sequence against one finish: the save acknowledged last is scored."""
    acknowledged: list[int] = []
    start = threading.Barrier(2)
    now = NOW + timedelta(minutes=1)

    def tick() -> None:
        start.wait()
        for version in range(5):
            if not save(attempt, 1 << (version % 2), version=version, now=now).ok:
                break
            acknowledged.append(1 << (version % 2))
        connections.close_all()

    thread = threading.Thread(target=tick)
    thread.start()
    start.wait()
    ending.finish(attempt, now)
    at_finish = stored(attempt).ticked
    thread.join(60)
    assert stored(attempt).ticked == at_finish == (acknowledged[-1] if acknowledged else 0)
