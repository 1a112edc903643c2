"""Test spaced repetition: the schedule is the library's, what makes a card, what resets it, what is never shown."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import fsrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from exams import tasks
from exams.models import Attempt, Candidate, RepetitionCard, Response
from exams.models.attempt import GRACE
from exams.services.attempt import ending
from exams.services.people import candidates
from exams.services.practice import practice, repetition
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from exams.services.progress.answers import past_answers
from exams.services.upkeep import sweeper
from questions.models import Blueprint, Question
from questions.services import jobs, lifecycle, revisions, wordings
from tests import factories
from tests.factories import NOW

DAY = timedelta(days=1)
LATER = NOW + 3 * DAY
RATINGS = {
    (False, None): fsrs.Rating.Again,
    (False, 1): fsrs.Rating.Again,
    (False, 3): fsrs.Rating.Again,
    (True, 1): fsrs.Rating.Hard,
    (True, 2): fsrs.Rating.Hard,
    (True, None): fsrs.Rating.Good,
    (True, 3): fsrs.Rating.Easy,
}


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


@pytest.fixture
def alice() -> Candidate:
    return factories.candidate()


def sat(candidate: Candidate, blueprint: Blueprint, right: int, now: datetime = NOW) -> Attempt:
    """Return a finished exam of five questions, all shown, of which the first ones are right."""
    attempt = factories.handed_in(right, candidate, blueprint, now=now)
    attempt.responses.update(first_shown=now)
    return attempt


def answered(
    candidate: Candidate, blueprint: Blueprint, question: int, at: datetime, *, right: bool, sure: int | None = 3
) -> None:
    """Answer a question in practice, reveal its solution if `sure` is given, and end the practice."""
    feedback = "each" if sure else "end"
    started = practice.start(
        candidate, blueprint, "quiz", [question], feedback=feedback, timed=False, now=at - timedelta(minutes=5)
    )
    row = started.attempt.responses.get()
    mask = row.key if right else sum(1 << bit for bit in [b for b in row.bits if not row.key >> b & 1][: row.choose])
    Response.objects.filter(pk=row.pk).update(
        ticked=mask, first_shown=at, saved_at=at, revealed_at=at if sure else None, confidence=sure
    )
    ending.finish(started.attempt, at)


def due(candidate: Candidate, blueprint: Blueprint, now: datetime = LATER, beside: tuple[int, ...] = ()) -> list[int]:
    return study_records(candidate, blueprint, now, beside).due_now


def wrong(attempt: Attempt) -> set[int]:
    return set(attempt.responses.filter(correct=False).values_list("revision__question", flat=True))


REVIEWS = st.lists(st.tuples(st.sampled_from(sorted(RATINGS, key=str)), st.floats(0, 400)), min_size=1, max_size=12)


@given(reviews=REVIEWS)
def test_the_schedule_is_that_of_the_library(reviews: list[tuple[tuple[bool, int | None], float]]) -> None:
    scheduler = fsrs.Scheduler(enable_fuzzing=False, learning_steps=(), relearning_steps=())
    expected = fsrs.Card(card_id=1, due=NOW)
    card = RepetitionCard(candidate_id=1, question_id=1, due=NOW)
    at = NOW
    for (correct, confidence), days in reviews:
        at += timedelta(days=days)
        same_day = expected.last_review is not None and at.date() == expected.due.date()
        when = max(at, expected.due) if same_day else at
        expected, _log = scheduler.review_card(expected, RATINGS[correct, confidence], when)
        expected.last_review = at
        repetition.review(card, correct=correct, confidence=confidence, at=at)
        assert (card.stability, card.difficulty) == (expected.stability, expected.difficulty)
        assert (card.due, card.last_review, card.step) == (expected.due, expected.last_review, expected.step)
        assert card.state == expected.state.value


def test_who_studies_a_little_earlier_each_day_gets_longer_intervals() -> None:
    card = RepetitionCard(candidate_id=1, question_id=1, due=NOW)
    repetition.review(card, correct=False, confidence=3, at=NOW)
    assert card.due == NOW + DAY
    repetition.review(card, correct=True, confidence=None, at=NOW + DAY - timedelta(minutes=10))
    assert card.due > NOW + 2 * DAY


@pytest.mark.django_db
class TestCards:
    def test_missed_questions_of_a_finished_exam_are_due_the_day_after(
        self, alice: Candidate, blueprint: Blueprint
    ) -> None:
        exam = factories.attempt(alice, blueprint)
        factories.tick(exam, 3)
        exam.responses.update(first_shown=NOW)
        assert due(alice, blueprint) == []  # it is open
        ending.finish(exam, NOW + timedelta(minutes=9))
        assert set(due(alice, blueprint)) == wrong(exam)
        assert due(alice, blueprint, NOW + timedelta(minutes=30)) == []
        assert set(due(alice, blueprint, NOW + DAY - timedelta(hours=3))) == wrong(exam)  # due later on this day
        assert not RepetitionCard.objects.exists()  # reading writes nothing
        repetition.update_cards(alice.pk)
        assert set(alice.cards.values_list("question", flat=True)) == wrong(exam)
        assert set(due(alice, blueprint)) == wrong(exam)

    def test_the_task_of_a_second_exam_writes_the_cards_of_both(self, alice: Candidate, blueprint: Blueprint) -> None:
        first = sat(alice, blueprint, 2)
        tasks.score_attempt(first.pk)
        assert not alice.cards.exists()
        factories.handed_in(2, factories.candidate(), blueprint)  # of somebody else
        second = sat(alice, blueprint, 3, NOW + DAY)
        tasks.score_attempt(second.pk)
        assert set(alice.cards.values_list("question", flat=True)) == wrong(first) | wrong(second)
        before = list(alice.cards.order_by("pk").values())
        tasks.score_attempt(second.pk)
        assert list(alice.cards.order_by("pk").values()) == before

    @pytest.mark.parametrize("end", ["by hand", "by the clock"])
    def test_the_end_of_a_practice_writes_the_cards_of_what_was_answered_whoever_ends_it(
        self, alice: Candidate, blueprint: Blueprint, end: str
    ) -> None:
        questions = list(practice_pool(blueprint).items)[:4]
        attempt = practice.start(alice, blueprint, "quiz", questions, feedback="end", timed=False, now=NOW).attempt
        at = NOW + timedelta(minutes=3)
        wrong_row, right_row, seen_row, _unseen = attempt.responses.order_by("position")
        wrong_mask = sum(
            1 << bit for bit in [b for b in wrong_row.bits if not wrong_row.key >> b & 1][: wrong_row.choose]
        )
        for row, mask in ((wrong_row, wrong_mask), (right_row, right_row.key), (seen_row, 0)):
            saved = at if mask else None
            Response.objects.filter(pk=row.pk).update(ticked=mask, first_shown=at, saved_at=saved)
        if end == "by hand":
            practice.finish(attempt, at + timedelta(minutes=1))
        else:
            sweeper.sweep(attempt.deadline + GRACE)
        attempt.refresh_from_db()
        assert attempt.closed_by == ("candidate" if end == "by hand" else "time")
        (card,) = alice.cards.all()
        assert card.question_id == wrong_row.revision.question_id
        assert (card.last_review, card.due) == (at, at + DAY)

    def test_work_without_a_request_counts_days_in_the_zone_that_the_browser_last_reported(
        self, alice: Candidate, blueprint: Blueprint
    ) -> None:
        """At half past midnight in UTC, the card is due on this day; in New York it is due tomorrow."""
        bob = factories.candidate()
        candidates.note_zone(alice, "America/New_York")
        (question, *_others) = practice_pool(blueprint).items
        early = NOW.replace(hour=0, minute=30) + DAY
        for candidate in (alice, bob):
            for at, right in ((NOW, False), (early, True)):
                answered(candidate, blueprint, question, at, right=right, sure=3)
            repetition.update_cards_after(candidate.attempts.latest("started_at").pk)
        new_york, utc = (candidate.cards.get() for candidate in (alice, bob))
        assert new_york.due < utc.due
        expected = repetition.current_cards(alice.pk, [question], ZoneInfo("America/New_York"))
        new_york.delete()
        assert repetition.current_cards(alice.pk, [question], ZoneInfo("America/New_York"))[0].due == expected[0].due
        assert expected[0].due == new_york.due

    def test_writing_twice_changes_nothing(self, alice: Candidate, blueprint: Blueprint) -> None:
        sat(alice, blueprint, 2)
        repetition.update_cards(alice.pk)
        before = list(alice.cards.order_by("pk").values())
        repetition.update_cards(alice.pk)
        assert list(alice.cards.order_by("pk").values()) == before

    def test_a_guess_and_an_unsure_answer_make_a_card_that_is_due_on_the_next_day_and_a_sure_one_does_not(
        self, alice: Candidate, blueprint: Blueprint
    ) -> None:
        guessed, unsure, sure, missed, *_others = practice_pool(blueprint).items
        for question, right, confidence in ((guessed, True, 1), (unsure, True, 2), (sure, True, 3), (missed, False, 3)):
            answered(alice, blueprint, question, NOW, right=right, sure=confidence)
        repetition.update_cards(alice.pk)
        cards = dict(alice.cards.values_list("question", "due"))
        assert cards == dict.fromkeys((guessed, unsure, missed), NOW + DAY)

    def test_later_answers_review_the_card_in_their_order(self, alice: Candidate, blueprint: Blueprint) -> None:
        question, *_others = practice_pool(blueprint).items
        expected = RepetitionCard(candidate=alice, question_id=question, due=NOW)
        steps: list[tuple[int, bool, int | None]] = [(0, False, 3), (2, True, 2), (9, True, None), (30, True, 3)]
        for day, right, sure in steps:
            answered(alice, blueprint, question, NOW + day * DAY, right=right, sure=sure)
            repetition.review(expected, correct=right, confidence=sure, at=NOW + day * DAY)
            if day == 9:
                repetition.update_cards(alice.pk)  # some are written between, some all at once
        repetition.update_cards(alice.pk)
        card = alice.cards.get()
        assert [getattr(card, name) for name in repetition.FIELDS] == [
            getattr(expected, name) for name in repetition.FIELDS
        ]

    def test_what_is_due_longest_is_first_and_open_exams_hide_it(self, alice: Candidate, blueprint: Blueprint) -> None:
        guest = factories.candidate()
        exam = factories.attempt(guest, blueprint)
        inside = exam.responses.order_by("position").values_list("revision__question", flat=True)[0]
        outside = next(question for question in practice_pool(blueprint).items if question not in _asked(exam))
        answered(alice, blueprint, outside, NOW + DAY, right=False)
        answered(alice, blueprint, inside, NOW, right=False)
        assert due(alice, blueprint) == [inside, outside]
        assert due(alice, blueprint, beside=(guest.pk,)) == [outside]
        assert due(guest, blueprint) == []

    def test_withdrawn_and_retired_questions_are_not_due(self, alice: Candidate, blueprint: Blueprint) -> None:
        exam = sat(alice, blueprint, 0)
        first, second, *others = exam.responses.filter(scored=True).order_by("position")
        Response.objects.filter(pk=first.pk).update(withdrawn=True)
        lifecycle.retire([second.revision.question], now=NOW, by=factories.user("staff", is_superuser=True))
        assert set(due(alice, blueprint)) == {row.revision.question_id for row in others}

    @pytest.mark.slow
    def test_another_key_resets_the_card_and_another_spelling_does_not(
        self, alice: Candidate, blueprint: Blueprint
    ) -> None:
        exam = sat(alice, blueprint, 0)
        first, second = exam.responses.filter(choose=1).select_related("revision__question")[:2]
        for day in (1, 8):
            for row in (first, second):
                answered(alice, blueprint, row.revision.question_id, NOW + day * DAY, right=True)
        repetition.update_cards(alice.pk)
        changed_at = NOW + 10 * DAY
        _publish(first.revision.question, changed_at, key="b")
        _publish(second.revision.question, changed_at, key="a", same_item=True)
        today = due(alice, blueprint, NOW + 11 * DAY)
        assert first.revision.question_id in today
        assert second.revision.question_id not in today
        repetition.update_cards(alice.pk)
        card = alice.cards.get(question=first.revision.question)
        assert (card.state, card.stability, card.last_review, card.due) == (1, None, None, changed_at)
        repetition.update_cards(alice.pk)
        assert alice.cards.get(question=second.revision.question).last_review == NOW + 8 * DAY
        answered(alice, blueprint, first.revision.question_id, NOW + 12 * DAY, right=True)
        repetition.update_cards(alice.pk)
        assert alice.cards.get(question=first.revision.question).last_review == NOW + 12 * DAY

    def test_an_answer_to_the_old_key_makes_no_card(self, alice: Candidate, blueprint: Blueprint) -> None:
        exam = sat(alice, blueprint, 0)
        row = exam.responses.filter(choose=1).select_related("revision__question")[0]
        _publish(row.revision.question, NOW + timedelta(minutes=30), key="b")
        assert set(due(alice, blueprint)) == wrong(exam) - {row.revision.question_id}

    def test_of_the_cards_of_a_claimed_guest_the_later_review_counts(self, blueprint: Blueprint) -> None:
        user = factories.user()
        owner, guest = factories.candidate(user), factories.candidate()
        question, *_others = practice_pool(blueprint).items
        answered(owner, blueprint, question, NOW, right=False)
        answered(guest, blueprint, question, NOW + 2 * DAY, right=False)
        answered(guest, blueprint, question, NOW + 4 * DAY, right=True, sure=3)
        for candidate in (owner, guest):
            repetition.update_cards(candidate.pk)
        newer = guest.cards.get()
        candidates.claim(user, guest)
        repetition.update_cards(owner.pk)
        (card,) = RepetitionCard.objects.all()
        assert (card.candidate, card.last_review, card.due) == (owner, newer.last_review, newer.due)

    def test_what_is_due_today_is_due_until_midnight_of_the_reader(
        self, alice: Candidate, blueprint: Blueprint
    ) -> None:
        question = Question.objects.first()
        assert question
        noon = NOW.replace(hour=12)
        RepetitionCard.objects.create(candidate=alice, question=question, state=2, due=noon, last_review=NOW - DAY)
        zones = [ZoneInfo(name) for name in ("UTC", "Pacific/Kiritimati")]
        due = [study_records(alice, blueprint, NOW, zone=zone).due for zone in zones]
        assert due == [(question.pk,), ()], "on Kiritimati, it is an hour before midnight"

    @pytest.mark.parametrize("exams", [1, 3])
    def test_the_number_of_queries_does_not_grow(
        self, alice: Candidate, blueprint: Blueprint, exams: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for n in range(exams):
            sat(alice, blueprint, 1, NOW + n * DAY)
        practice_pool(blueprint)
        answers = past_answers(alice.pk)
        with django_assert_num_queries(4):  # cards twice, changed keys, the version of the bank
            repetition.due_times(alice, answers)
        with django_assert_num_queries(6):
            repetition.update_cards(alice.pk)


def _asked(attempt: Attempt) -> set[int]:
    return set(attempt.responses.values_list("revision__question", flat=True))


def _publish(question: Question, at: datetime, *, key: str, same_item: bool = False) -> None:
    """Publish a wording with this key and a longer stem."""
    staff = factories.user(f"staff{question.pk}", is_superuser=True)
    before = question.current
    assert before
    content = wordings.content_of(before)
    options = tuple(replace(option, correct=option.id == key) for option in content.options)
    work = revisions.revise(question, now=at, by=staff)
    revisions.rewrite(work, replace(content, stem=f"{content.stem} Now.", options=options), now=at, by=staff)
    revisions.set_reason(work, "Better.", before if same_item else None)
    question.refresh_from_db()
    lifecycle.publish([revisions.revision_in_work(question)], now=at, by=staff, status="live")


@pytest.mark.django_db
def test_cards_of_questions_that_were_never_answered_are_removed_after_an_upgrade() -> None:
    exam = factories.handed_in(2, now=NOW)
    exam.responses.update(first_shown=NOW)
    repetition.update_cards(exam.candidate_id)
    kept = set(RepetitionCard.objects.values_list("question", flat=True))
    shown = Question.objects.exclude(pk__in=kept).order_by("pk")[0]
    RepetitionCard.objects.create(candidate=exam.candidate, question=shown, due=NOW)
    jobs.run(jobs.request("uncounted_cards", now=NOW, send=False).pk, lambda: NOW)
    assert kept
    assert set(RepetitionCard.objects.values_list("question", flat=True)) == kept
