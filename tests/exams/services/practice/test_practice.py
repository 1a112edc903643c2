"""Test practice attempts: start, reveal, end, and that nothing of them reaches scores and statistics."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction

from exams.models import Attempt, Candidate, KeyRuling, Response, ScoreReport
from exams.services.analysis import option_counts
from exams.services.attempt import answering, assembly, ending
from exams.services.attempt.answering import PostedAnswer, ResponseChange, SaveOutcome, Sitter
from exams.services.attempt.start_limit import StartLimit, TooManyStartsError
from exams.services.attempt.sync import Event
from exams.services.practice import checks, practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.progress.answers import past_answers
from exams.services.results import audit, rulings, scoring
from exams.services.upkeep import sweeper
from questions.models import Blueprint, Enemy
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.services.results.key_rulings import carry_out
from tests.factories import NOW

pytestmark = pytest.mark.django_db
UNSURE, SURE = Response.Confidence.UNSURE, Response.Confidence.SURE


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=2)


def start(candidate: Candidate, blueprint: Blueprint, **options: Any) -> Attempt:
    questions = options.pop("questions", None) or list(practice_pool(blueprint).items)[:4]
    options = {"kind": "quiz", "feedback": "each", "timed": False, "now": NOW} | options
    kind = options.pop("kind")
    return practice.start(candidate, blueprint, kind, questions, **options).attempt


def sitter(attempt: Attempt) -> Sitter:
    return Sitter(attempt.candidate_id, attempt.candidate.epoch)


def complete_answer(attempt: Attempt, position: int, *, right: bool) -> int:
    response = attempt.responses.get(position=position)
    mask = response.key if right else response.full & ~response.key
    return mask if right else sum([1 << bit for bit in response.bits if mask >> bit & 1][: response.choose])


def save(attempt: Attempt, position: int, *, right: bool = True, version: int = 0) -> int:
    mask = complete_answer(attempt, position, right=right)
    result = answering.save(attempt.uuid, sitter(attempt), position, PostedAnswer(mask, version), NOW)
    assert result.outcome == SaveOutcome.SAVED
    return mask


def test_practice_has_the_questions_in_their_order_and_no_clock_for_thirty_days(blueprint: Blueprint) -> None:
    questions = list(practice_pool(blueprint).items)[3:6]
    attempt = start(factories.candidate(), blueprint, questions=questions)
    assert list(attempt.responses.order_by("position").values_list("revision__question", flat=True)) == questions
    assert (attempt.mode, attempt.practice_kind, attempt.feedback, attempt.timed) == ("practice", "quiz", "each", False)
    assert attempt.deadline == NOW + timedelta(days=30)
    assert list(audit.differences(NOW)) == []


def test_a_timed_practice_has_the_time_of_the_exam_in_proportion(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    candidate.extra_percent = 50
    candidate.save()
    attempt = start(candidate, blueprint, timed=True)
    assert attempt.deadline == NOW + timedelta(minutes=36)  # 4 of 5 questions, 30 + 15 minutes
    assert list(audit.differences(NOW)) == []


def test_ten_practices_are_open_at_most_and_the_oldest_untouched_one_is_discarded_first(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    opened = [start(candidate, blueprint, now=NOW + timedelta(minutes=n)) for n in range(10)]
    for attempt in (opened[0], *opened[2:]):
        attempt.responses.filter(position=1).update(ticked=1)
    start(candidate, blueprint, now=NOW + timedelta(minutes=20))
    assert states(opened) == ["open", "abandoned", *["open"] * 8]
    eleventh = candidate.attempts.order_by("-pk")[0]
    eleventh.responses.filter(position=1).update(ticked=1)
    start(candidate, blueprint, now=NOW + timedelta(minutes=21))
    assert states(opened) == ["submitted", "abandoned", *["open"] * 8]
    assert past_answers(candidate.pk)  # the answers of the one that was ended count
    assert candidate.attempts.open().count() == 10


def states(attempts: list[Attempt]) -> list[str]:
    return list(
        Attempt.objects.filter(pk__in=[row.pk for row in attempts]).order_by("pk").values_list("status", flat=True)
    )


def test_ten_equal_requests_start_one_practice(blueprint: Blueprint) -> None:
    candidate, key = factories.candidate(), uuid.uuid4()
    assert len({start(candidate, blueprint, uuid=key).pk for _ in range(3)}) == 1
    ending.finish(Attempt.objects.get(), NOW + timedelta(minutes=1))
    assert start(candidate, blueprint, uuid=key).uuid != key  # an old page was posted again


def test_an_overdue_practice_is_closed_before_the_next_one(blueprint: Blueprint) -> None:
    old = start(factories.candidate(), blueprint)
    new = start(old.candidate, blueprint, now=NOW + timedelta(days=31))
    old.refresh_from_db()
    assert (old.status, old.closed_by, new.status) == ("submitted", "time", "open")


def test_questions_of_an_open_exam_and_enemies_are_left_out(blueprint: Blueprint) -> None:
    exam = factories.attempt(blueprint=blueprint)
    inside = list(exam.responses.values_list("revision__question", flat=True))
    free = sorted(set(practice_pool(blueprint).items) - set(inside))
    Enemy.objects.create(low_id=free[0], high_id=free[1])
    raise_bank_version()
    attempt = start(exam.candidate, blueprint, questions=[*inside, *free[:3]])
    left = list(attempt.responses.order_by("position").values_list("revision__question", flat=True))
    assert left == [free[0], free[2]]
    beside = start(factories.candidate(), blueprint, questions=[*inside, free[5]], beside=[exam.candidate_id])
    assert beside.responses.count() == 1
    with pytest.raises(practice.NothingToPracticeError):
        start(exam.candidate, blueprint, kind="mistakes", questions=inside)


def test_a_revealed_response_takes_no_more_saves(blueprint: Blueprint) -> None:
    attempt = start(factories.candidate(), blueprint)
    mask = save(attempt, 2, right=False)
    assert practice.reveal(attempt.uuid, sitter(attempt), {2: practice.Check(mask, UNSURE)}, NOW)
    response = attempt.responses.get(position=2)
    assert (response.confidence, response.revealed_at) == (2, NOW)
    again = answering.save(attempt.uuid, sitter(attempt), 2, PostedAnswer(response.key, response.version), NOW)
    assert again.outcome == SaveOutcome.REVEALED
    assert again.stored
    assert again.stored.ticked == mask
    same = answering.save(attempt.uuid, sitter(attempt), 2, PostedAnswer(mask, 0), NOW, leaving=True)
    assert same.outcome == SaveOutcome.SAVED
    assert not practice.reveal(attempt.uuid, sitter(attempt), {2: practice.Check(mask, SURE)}, NOW)
    assert list(audit.differences(NOW)) == []


def test_what_was_not_the_stored_answer_is_not_revealed(blueprint: Blueprint) -> None:
    attempt = start(factories.candidate(), blueprint)
    mask = save(attempt, 1)
    assert not practice.reveal(attempt.uuid, sitter(attempt), {1: practice.Check(mask ^ 3, SURE)}, NOW)
    stranger = factories.candidate()
    assert not practice.reveal(attempt.uuid, Sitter(stranger.pk, stranger.epoch), {1: practice.Check(mask, SURE)}, NOW)
    assert not practice.reveal(attempt.uuid, sitter(attempt), {1: practice.Check(mask, SURE)}, NOW + timedelta(days=31))
    exam = factories.attempt(attempt.candidate, blueprint)
    mask = save(exam, 1)
    assert not practice.reveal(exam.uuid, sitter(exam), {1: practice.Check(mask, SURE)}, NOW)
    at_the_end = start(attempt.candidate, blueprint, kind="full", feedback="end")
    mask = save(at_the_end, 1)
    assert not practice.reveal(at_the_end.uuid, sitter(at_the_end), {1: practice.Check(mask, SURE)}, NOW)


def test_a_finished_practice_is_never_scored(blueprint: Blueprint, settings: Any) -> None:
    attempt = start(factories.candidate(), blueprint)
    save(attempt, 1)
    save(attempt, 2, right=False)
    ending.finish(attempt, NOW + timedelta(minutes=5))
    assert not scoring.score(attempt.pk, NOW)
    sweeper.sweep(NOW + timedelta(hours=1))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.scoring_tries) == ("submitted", 0)
    assert not ScoreReport.objects.exists()
    assert practice.result(attempt) == practice.PracticeResult(total=4, right=1, answered=2, missed=1, hidden=0)
    assert list(audit.differences(NOW)) == []


def test_the_sweeper_closes_an_overdue_practice(blueprint: Blueprint) -> None:
    attempt = start(factories.candidate(), blueprint)
    sweeper.sweep(NOW + timedelta(days=30, minutes=1))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by, attempt.submitted_at) == ("submitted", "time", attempt.deadline)


def test_what_practice_has_shown_is_avoided_by_the_next_exam(blueprint: Blueprint) -> None:
    attempt = start(factories.candidate(), blueprint)
    save(attempt, 1)
    shown = attempt.responses.get(position=1).revision.question_id
    assert set(assembly.last_shown(attempt.candidate)) == {shown}
    exam = factories.attempt(attempt.candidate, blueprint)
    assert shown not in exam.responses.values_list("revision__question", flat=True)


def test_the_next_exam_avoids_the_questions_of_an_open_practice(blueprint: Blueprint) -> None:
    attempt = start(factories.candidate(), blueprint)
    waiting = set(attempt.responses.values_list("revision__question", flat=True))
    exam = factories.attempt(attempt.candidate, blueprint)
    assert waiting.isdisjoint(exam.responses.values_list("revision__question", flat=True))


def test_an_exam_takes_questions_of_an_open_practice_if_there_are_no_others(blueprint: Blueprint) -> None:
    attempt = start(factories.candidate(), blueprint, questions=list(practice_pool(blueprint).items))
    exam = factories.attempt(attempt.candidate, blueprint)
    assert exam.responses.count() == blueprint.exam.questions
    assert not exam.responses.filter(repeat=True).exists(), "they were not shown yet"


def test_practice_reaches_no_statistics_and_a_ruling_corrects_its_key(blueprint: Blueprint) -> None:
    attempt = start(factories.candidate(), blueprint)
    save(attempt, 1, right=False)
    ending.finish(attempt, NOW + timedelta(minutes=5))
    response = attempt.responses.get(position=1)
    assert option_counts.count_options(response.revision).n == 0
    ruling = rulings.rule(response.revision, KeyRuling.Kind.CORRECT, response.ticked, reason="So.", by=None, now=NOW)
    carry_out(ruling)
    assert practice.result(attempt).right == 1
    assert not ScoreReport.objects.exists()
    assert list(audit.differences(NOW)) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
@pytest.mark.parametrize("first", ["save", "reveal"])
def test_a_save_and_a_reveal_of_one_response_are_serialized(blueprint: Blueprint, first: str) -> None:
    """What is committed first wins: a changed answer is not revealed, and a revealed one is not changed."""
    attempt = start(factories.candidate(), blueprint)
    mask, other_mask = two_answers(attempt)
    saved, revealed = [], []

    def save_other() -> None:
        saved.append(answering.save(attempt.uuid, sitter(attempt), 1, PostedAnswer(other_mask, 1), NOW).outcome)

    def reveal() -> None:
        revealed.append(bool(practice.reveal(attempt.uuid, sitter(attempt), {1: practice.Check(mask, SURE)}, NOW)))

    leader, follower = (save_other, reveal) if first == "save" else (reveal, save_other)
    lock_held, over = threading.Event(), threading.Event()

    def follow() -> None:
        lock_held.wait(60)
        follower()
        over.set()
        connections.close_all()

    thread = threading.Thread(target=follow)
    thread.start()
    with transaction.atomic():
        leader()
        lock_held.set()
        assert not over.wait(0.5), f"nothing waited for the {first}, which locks the attempt"
    thread.join(60)
    response = attempt.responses.get(position=1)
    if first == "save":
        assert (saved, revealed) == ([SaveOutcome.SAVED], [False])
        assert (response.ticked, response.revealed_at, response.confidence) == (other_mask, None, None)
    else:
        assert (saved, revealed) == ([SaveOutcome.REVEALED], [True])
        assert (response.ticked, response.revealed_at, response.confidence) == (mask, NOW, SURE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
def test_of_a_save_that_races_a_reveal_one_takes_effect(blueprint: Blueprint) -> None:
    for _ in range(20):
        attempt = start(factories.candidate(), blueprint)
        mask, other_mask = two_answers(attempt)
        saved, revealed = [], []
        race(
            lambda attempt=attempt, mask=other_mask, saved=saved: saved.append(
                answering.save(attempt.uuid, sitter(attempt), 1, PostedAnswer(mask, 1), NOW).ok
            ),
            lambda attempt=attempt, mask=mask, revealed=revealed: revealed.append(
                bool(practice.reveal(attempt.uuid, sitter(attempt), {1: practice.Check(mask, SURE)}, NOW))
            ),
        )
        response = attempt.responses.get(position=1)
        assert saved != revealed
        assert response.ticked == (other_mask if saved == [True] else mask)
        assert (response.revealed_at is not None) == revealed[0]


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_that_are_checked_at_once_the_first_alone_is_taken(blueprint: Blueprint) -> None:
    """Else whoever sends a wrong and a right answer together would have a right one after the key was shown."""
    for _ in range(10):
        attempt = start(factories.candidate(), blueprint)
        masks = [complete_answer(attempt, 1, right=right) for right in (False, True)]
        outcomes: dict[int, SaveOutcome] = {}

        def check(mask: int, attempt: Attempt = attempt, outcomes: dict[int, SaveOutcome] = outcomes) -> None:
            change = ResponseChange(1, NOW, PostedAnswer(mask, 0))
            stored = checks.store(attempt.uuid, sitter(attempt), [Event(change, sure=SURE)], NOW)
            outcomes[mask] = stored.results[0].outcome

        race(*(partial(check, mask) for mask in masks))
        response = attempt.responses.get(position=1)
        assert set(outcomes.values()) == {SaveOutcome.REVEALED, SaveOutcome.SAVED}
        assert outcomes[response.ticked] == SaveOutcome.SAVED
        assert (response.revealed_at, response.version) == (NOW, 1)


def test_a_start_beyond_the_limit_of_an_hour_ends_none_of_the_open_ones(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    limit = StartLimit([candidate.pk], practice.MAX_OPEN)
    last = [start(candidate, blueprint, limit=limit, uuid=uuid.uuid4()) for _ in range(practice.MAX_OPEN)][-1]
    with pytest.raises(TooManyStartsError) as refused:
        start(candidate, blueprint, limit=limit)
    assert (refused.value.limit, refused.value.seconds) == (practice.MAX_OPEN, 3600)
    assert candidate.attempts.filter(status=Attempt.Status.OPEN).count() == practice.MAX_OPEN
    assert start(candidate, blueprint, limit=limit, uuid=last.uuid) == last, "a second click on the last one"


def two_answers(attempt: Attempt) -> tuple[int, int]:
    """Save a complete answer to the first question. Return it and another one."""
    return save(attempt, 1), complete_answer(attempt, 1, right=False)


def race(*acts: Callable[[], None]) -> None:
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        barrier.wait()
        act()
        connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
