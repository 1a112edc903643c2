"""Test candidates: guests, users, guest codes, the claim, the end of sessions."""

import re
import uuid as uuids
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from exams.models import Attempt, Candidate, RepetitionCard, Star, TopicMark
from exams.services.attempt import attempts, ending
from exams.services.attempt.attempts import StartRequest
from exams.services.people import candidates
from exams.services.practice import practice, study_marks
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import audit, question_reports
from questions.models import Question, QuestionReport, Topic
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_a_user_always_gets_the_same_candidate() -> None:
    alice = factories.user()
    first = candidates.get_or_create_candidate(alice, uuids.uuid4(), NOW)
    assert candidates.get_or_create_candidate(alice, uuids.uuid4(), NOW) == first
    assert first.user == alice


def test_a_start_token_never_opens_a_candidate_with_an_account() -> None:
    guest = factories.candidate()
    uuid = guest.uuid
    candidates.claim(factories.user(), guest)
    entered = candidates.get_or_create_candidate(AnonymousUser(), uuid, NOW)
    assert entered != guest
    assert entered.user is None


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_starts_with_one_token_make_one_candidate_and_one_exam() -> None:
    blueprint = factories.small_blueprint()
    pair, barrier, started = (uuids.uuid4(), uuids.uuid4()), Barrier(10), []

    def start() -> None:
        try:
            barrier.wait()
            guest = candidates.get_or_create_candidate(AnonymousUser(), pair[0], NOW)
            started.append(attempts.start(StartRequest(guest, blueprint, NOW, uuid=pair[1])).attempt.uuid)
        finally:
            connection.close()

    threads = [Thread(target=start) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert started == [pair[1]] * 10
    assert Candidate.objects.count() == Attempt.objects.count() == 1


# --- Guest codes


def test_a_guest_code_has_three_groups_of_four_and_is_stable() -> None:
    guest = factories.candidate()
    code = candidates.guest_code(guest)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert candidates.guest_code(Candidate.objects.get()) == code
    assert code not in str(Candidate.objects.values().get())


def test_a_guest_code_is_the_first_60_bits_of_an_hmac_of_the_identity(settings: object) -> None:
    settings.SECRET_KEY = "k" * 50  # type: ignore[attr-defined]
    guest = Candidate(uuid=uuids.UUID(int=7))
    # hmac-sha256 by another program: 102e45e6f509d391…, of which 60 bits in fives
    assert candidates.guest_code(guest) == "20Q4-BSQN-179S"


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', ' ')} ",
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: code.lower().replace("0", "o").replace("1", "l"),
        lambda code: code.replace("-", "–"),
    ],
    ids=["small letters", "no dashes", "blanks", "O and I", "o and l", "long dashes"],
)
def test_a_code_is_found_in_any_spelling(typed: object) -> None:
    for _ in range(20):  # 20 codes contain zeros and ones
        guest = factories.candidate()
        assert candidates.find_by_guest_code(typed(candidates.guest_code(guest))) == guest  # type: ignore[operator]


def test_unknown_codes_and_codes_of_erased_guests_and_accounts_are_not_found() -> None:
    joined, erased = factories.candidate(), factories.candidate()
    codes = [candidates.guest_code(joined), candidates.guest_code(erased), "0000-0000-0000", "", "7K3M", "Ü" * 12]
    candidates.claim(factories.user(), joined)
    Candidate.objects.filter(pk=erased.pk).update(erased_at=NOW)
    assert [candidates.find_by_guest_code(code) for code in codes] == [None] * len(codes)


# --- The claim


def finished(candidate: Candidate) -> Attempt:
    attempt = factories.attempt(candidate)
    ending.finish(attempt, NOW + timedelta(minutes=5))
    return attempt


def test_a_user_without_candidate_takes_over_the_guest() -> None:
    guest, alice = factories.candidate(), factories.user()
    attempt = factories.attempt(guest)
    claim = candidates.claim(alice, guest)
    assert (claim.candidate, claim.pending_guest, claim.moved) == (guest, None, 1)
    guest.refresh_from_db()
    assert (guest.user, guest.code_hash, guest.epoch) == (alice, None, 1)
    attempt.refresh_from_db()
    assert attempt.candidate == guest


def test_a_user_without_candidate_or_guest_exam_gets_no_candidate() -> None:
    assert candidates.claim(factories.user(), None).candidate is None
    assert not Candidate.objects.exists()


def test_finished_and_open_exams_move_and_the_empty_guest_is_deleted() -> None:
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    exams = [finished(owner), finished(guest), factories.attempt(guest)]
    claim = candidates.claim(alice, guest)
    assert (claim.candidate, claim.pending_guest, claim.moved) == (owner, None, 2)
    assert set(Attempt.objects.filter(candidate=owner)) == set(exams)
    assert list(Candidate.objects.all()) == [owner]


def test_with_two_open_exams_that_of_the_guest_stays_until_one_is_closed() -> None:
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    factories.attempt(owner)
    done, running = finished(guest), factories.attempt(guest)
    claim = candidates.claim(alice, guest)
    assert (claim.candidate, claim.pending_guest, claim.moved) == (owner, guest, 1)
    assert [done in owner.attempts.all(), running in guest.attempts.all()] == [True, True]
    ending.finish(running, NOW + timedelta(minutes=6))
    again = candidates.claim(alice, guest)
    assert (again.candidate, again.pending_guest, again.moved) == (owner, None, 1)
    assert owner.attempts.count() == 3


def test_questions_shown_to_the_guest_count_as_shown_and_preferences_are_kept() -> None:
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    owner.preferences = {"theme": "dark"}
    owner.save()
    guest.preferences, guest.extra_minutes = {"theme": "light", "size": 2}, 30
    guest.save()
    factories.small_blueprint()
    known, missed = Question.objects.all()[:2]
    RepetitionCard.objects.create(candidate=owner, question=known, due=NOW)
    RepetitionCard.objects.create(candidate=guest, question=known, due=NOW + timedelta(days=1))
    RepetitionCard.objects.create(candidate=guest, question=missed, due=NOW)
    candidates.claim(alice, guest)
    owner.refresh_from_db()
    assert owner.preferences == {"theme": "dark", "size": 2}
    assert owner.extra_minutes == 30
    assert set(owner.cards.values_list("question", "due")) == {(known.pk, NOW), (missed.pk, NOW)}


def test_the_extra_time_of_a_guest_who_stays_in_a_class_is_copied_to_no_account() -> None:
    guest = factories.joined(factories.sitting(factories.small_blueprint())).candidate
    assert guest
    Candidate.objects.filter(pk=guest.pk).update(extra_percent=100, extra_minutes=60)
    for name in ("alice", "bob"):
        owner = factories.candidate(factories.user(name))
        assert candidates.claim(owner.user, guest).pending_guest == guest
        owner.refresh_from_db()
        assert (owner.extra_percent, owner.extra_minutes) == (0, 0)
    guest.refresh_from_db()
    assert (guest.extra_percent, guest.extra_minutes) == (100, 60)


def test_of_two_cards_the_one_reviewed_later_is_kept() -> None:
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    factories.small_blueprint()
    first, second, third = Question.objects.all()[:3]
    day = timedelta(days=1)
    for candidate, question, reviewed in (
        (owner, first, NOW - day),
        (guest, first, NOW),
        (owner, second, NOW),
        (guest, second, NOW - day),
        (guest, third, None),
    ):
        due = (reviewed or NOW) + day
        RepetitionCard.objects.create(candidate=candidate, question=question, due=due, last_review=reviewed)
    candidates.claim(alice, guest)
    assert dict(owner.cards.values_list("question", "last_review")) == {first.pk: NOW, second.pk: NOW, third.pk: None}
    assert RepetitionCard.objects.count() == 3


def test_stars_topic_marks_and_reports_of_the_guest_are_added_to_those_of_the_account() -> None:
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    attempt = finished(guest)
    question_reports.send(attempt, 1, "C is right.", NOW)
    first, second = Question.objects.all()[:2]
    for candidate, question in ((owner, first), (guest, first), (guest, second)):
        Star.objects.create(candidate=candidate, question=question, created_at=NOW)
    read, done = Topic.objects.all()[:2]
    TopicMark.objects.create(candidate=owner, topic=read, read_at=NOW)
    TopicMark.objects.create(candidate=guest, topic=read, done_at=NOW)
    TopicMark.objects.create(candidate=guest, topic=done, done_at=NOW)
    for candidate, exam, days in ((owner, "ONE", 1), (guest, "ONE", 2), (guest, "TWO", 3)):
        study_marks.set_goal(candidate, exam, (NOW + timedelta(days=days)).date(), None)
    candidates.claim(alice, guest)
    assert [goal.isoformat() for goal in owner.study_goals.order_by("exam").values_list("target_date", flat=True)] == [
        "2026-04-02",
        "2026-04-04",
    ]
    assert set(owner.stars.values_list("question", flat=True)) == {first.pk, second.pk}
    marks = owner.topic_marks.values_list("topic", "read_at", "done_at")
    assert set(marks) == {(read.pk, NOW, NOW), (done.pk, None, NOW)}
    assert QuestionReport.objects.get().candidate_uuid == owner.uuid
    assert list(Candidate.objects.all()) == [owner]


def test_open_practices_of_both_stay_open() -> None:
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    blueprint = factories.small_blueprint()
    questions = list(practice_pool(blueprint).items)[:3]
    for candidate in (owner, guest):
        practice.start(candidate, blueprint, "quiz", questions, feedback="each", timed=False, now=NOW)
    candidates.claim(alice, guest)
    assert owner.attempts.open_practices().count() == 2
    assert list(audit.differences(NOW + timedelta(hours=2))) == []


def test_a_guest_code_merges_two_guests_by_the_same_rules() -> None:
    here, coded = factories.candidate(), factories.candidate()
    exams = [finished(here), finished(coded)]
    claim = candidates.claim(coded, here)
    assert (claim.candidate, claim.pending_guest, claim.moved) == (coded, None, 1)
    assert set(coded.attempts.all()) == set(exams)


def test_a_guest_with_too_many_attempts_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MAX_ATTEMPTS", 3)
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    blueprint = factories.small_blueprint()
    own = [finished(owner), finished(owner)]
    questions = list(practice_pool(blueprint).items)[:3]
    for candidate in (owner, guest):
        practice.start(candidate, blueprint, "quiz", questions, feedback="each", timed=False, now=NOW)
    Star.objects.create(candidate=guest, question_id=questions[0], created_at=NOW)
    claim = candidates.claim(alice, guest)
    assert (claim.candidate, claim.pending_guest, claim.moved, claim.too_many) == (owner, guest, 0, True)
    assert list(owner.attempts.filter(mode="exam").order_by("pk")) == own
    assert [candidate.attempts.open_practices().count() for candidate in (owner, guest)] == [1, 1]
    assert (owner.stars.count(), guest.stars.count()) == (0, 1)
    empty = candidates.claim(alice, factories.candidate())
    assert not empty.too_many, "a guest without attempts"
    monkeypatch.setattr(candidates, "MAX_ATTEMPTS", 4)
    assert candidates.claim(alice, guest).moved == 1
    assert owner.attempts.count() == 4


def test_exams_of_an_account_never_move() -> None:
    alice, bob = factories.candidate(factories.user("alice")), factories.user("bob")
    attempt = finished(alice)
    assert candidates.claim(bob, alice).candidate is None
    assert candidates.claim(factories.candidate(), alice).moved == 0
    attempt.refresh_from_db()
    assert attempt.candidate == alice


def test_a_guest_who_just_got_an_account_is_not_merged_into_another() -> None:
    bob, guest = factories.candidate(factories.user("bob")), factories.candidate()
    attempt, before = finished(guest), Candidate.objects.get(pk=guest.pk)
    candidates.claim(factories.user("alice"), guest)
    assert candidates.claim(bob.user, before).moved == 0
    attempt.refresh_from_db()
    assert attempt.candidate == guest


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_concurrent_claims_of_one_guest_lose_nothing() -> None:
    alice, bob, guest = factories.user("alice"), factories.user("bob"), factories.candidate()
    attempt, barrier, failures = finished(guest), Barrier(2), []

    def claim(user: object) -> None:
        try:
            barrier.wait()
            candidates.claim(user, Candidate.objects.get(pk=guest.pk))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=claim, args=[user]) for user in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    attempt.refresh_from_db()
    assert attempt.candidate.user in (alice, bob)
