"""Test that idle guests are erased, and that their responses are kept as anonymous data."""

import io
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from exams.models import Attempt, Candidate, FlashCard, Note, RepetitionCard, Response, Star, StudyGoal, TopicMark
from exams.services.attempt import ending
from exams.services.people import candidates, erasure
from questions.models import Question, Topic
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=401)


def guest_who_sat() -> Attempt:
    attempt = factories.attempt(factories.candidate())
    ending.finish(attempt, NOW + timedelta(minutes=9))
    return attempt


def test_the_identity_of_the_guest_is_erased_and_the_responses_are_kept() -> None:
    attempt = guest_who_sat()
    guest, code = attempt.candidate, candidates.guest_code(attempt.candidate)
    Candidate.objects.filter(pk=guest.pk).update(preferences={"size": 2})
    Response.objects.filter(attempt=attempt, position=1).update(ticked=1)
    Note.objects.create(attempt=attempt, position=1, text="my sister's wedding")
    question = Question.objects.all()[0]
    RepetitionCard.objects.create(candidate=guest, question=question, due=NOW)
    FlashCard.objects.create(
        candidate=guest, exam="TINY", kind="term", name="Recall", due=LATER, first_review=NOW, last_review=NOW
    )
    Star.objects.create(candidate=guest, question=question, created_at=NOW)
    TopicMark.objects.create(candidate=guest, topic=Topic.objects.all()[0], read_at=NOW)
    StudyGoal.objects.create(candidate=guest, exam="TINY", target_date=NOW.date())
    assert erasure.erase_guests(LATER) == 1
    erased = Candidate.objects.get()
    assert erased.uuid != guest.uuid
    assert (erased.code_hash, erased.preferences) == (None, {})
    assert not erased.study_goals.exists()
    assert not erased.flash_cards.exists()
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


def test_the_command_prints_the_number() -> None:
    factories.candidate()  # long before today
    out = io.StringIO()
    call_command("erase_guests", "--days", "1", stdout=out)
    assert out.getvalue() == "Guests erased: 1.\n"
