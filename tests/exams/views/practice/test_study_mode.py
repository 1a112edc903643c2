"""Test study mode in the room: answer, how sure, solution; and what else differs from an exam there."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from exams.models import Candidate
from exams.services.attempt import ending
from exams.services.practice import repetition
from exams.services.practice.practice_pool import practice_pool
from questions.models import Blueprint
from tests import factories
from tests.exams.views.practice.studying import check, enter, key_of, start, words
from tests.factories import NOW
from tests.html_forms import Button

pytestmark = pytest.mark.django_db
SECRETS = re.compile(r"Right: it is|Wrong: it is|The explanation of")


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        yield


@pytest.mark.slow
def test_answer_then_how_sure_then_the_solution(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    assert 'class="sure" hidden' in guest.html
    assert not SECRETS.search(guest.html)
    guest.press("move", "check", ticks=key_of(attempt))
    assert 'class="sure" hidden' not in guest.html
    assert not SECRETS.search(guest.html)
    guest.press("sure", "2", ticks=key_of(attempt))
    assert "Right. You were unsure." in words(guest)
    assert SECRETS.search(guest.html)
    assert re.search(r'value="check"\s+hidden', guest.html)
    response = attempt.responses.get(position=1)
    assert (response.confidence, response.revealed_at, response.correct) == (2, NOW + timedelta(minutes=1), True)
    guest.press("move", "next")
    assert "Question 2" in words(guest)
    assert not SECRETS.search(guest.html)
    guest.press("move", "previous")
    assert "Right. You were unsure." in words(guest)
    assert attempt.responses.get(position=1).ticked == response.ticked


@pytest.mark.slow
def test_a_wrong_answer_is_shown_with_the_key(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    wrong = next(value for value, _ in guest.room.options if value not in key_of(attempt))
    check(guest, [wrong], sure="1")
    text = words(guest)
    assert "Wrong. You guessed." in text
    assert "Incorrect, selected by you" in text
    assert "Correct, not selected by you" in text


@pytest.mark.slow
def test_a_solution_has_a_star_without_javascript(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    assert 'name="star"' not in guest.html
    check(guest, key_of(attempt))
    guest.press("star", "on")
    assert 'name="star" value="off"' in guest.html
    assert attempt.candidate.stars.count() == 1
    guest.press("star", "off")
    assert not attempt.candidate.stars.exists()


@pytest.mark.slow
def test_the_solution_says_when_a_missed_question_comes_back(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=2)
    question = attempt.responses.get(position=1).revision.question_id
    guest = enter(attempt)
    wrong = next(value for value, _ in guest.room.options if value not in key_of(attempt))
    check(guest, [wrong])
    assert "You were sure. This question comes back from tomorrow on." in words(guest)
    guest.press("move", "next")
    check(guest, key_of(attempt, 2))
    assert "comes back" not in words(guest)  # never missed
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        repeated = start(blueprint, attempt.candidate, questions=[question], kind="repetition")
        guest = enter(repeated)
        check(guest, key_of(repeated), sure="3")
        [card] = repetition.current_cards(attempt.candidate_id)
        days = (card.due.date() - (NOW + timedelta(days=1)).date()).days
        assert f"You were sure. This question comes back in {days} days." in words(guest)


@pytest.mark.slow
def test_the_answer_sheet_says_what_was_right_once_it_was_checked(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    guest.press("move", "next", ticks=key_of(attempt))
    assert 'aria-label="Question 1, answered"' in guest.html
    guest.press("move", "previous", ticks=[])
    check(guest, key_of(attempt))
    assert 'aria-label="Question 1, right"' in guest.html
    factories.attempt(attempt.candidate, blueprint, now=NOW)
    guest.get(reverse("question", args=[attempt.uuid, 3]))
    assert 'aria-label="Question 1, answered"' in guest.html  # while an exam is open


@pytest.mark.slow
def test_an_incomplete_answer_is_not_checked(blueprint: Blueprint) -> None:
    several = [pk for pk, item in practice_pool(blueprint).items.items() if item.frozen.choose == 2]
    attempt = start(blueprint, questions=several)
    guest = enter(attempt)
    guest.press("move", "check", ticks=key_of(attempt)[:1])
    assert "Choose 2 options, then check your answer." in guest.html
    assert 'class="sure" hidden' in guest.html
    assert attempt.responses.get(position=1).ticked.bit_count() == 1  # nothing is lost
    data = guest.room.data(Button("sure", "3"), key_of(attempt)[:1])
    guest.response = guest.client.post(guest.room.action, data, follow=True)
    assert attempt.responses.get(position=1).revealed_at is None
    assert not SECRETS.search(guest.html)


@pytest.mark.slow
def test_two_tabs_of_one_study_question(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    first, second = enter(attempt), enter(attempt)
    wrong = next(value for value, _ in first.room.options if value not in key_of(attempt))
    check(first, [wrong])
    second.press("move", "check", ticks=key_of(attempt))
    assert second.response.status_code == 409
    assert "You have checked this question in another window or device. The answer from there counts." in second.html
    assert "Wrong. You were sure." in words(second)
    assert attempt.responses.get(position=1).ticked == 1 << int(wrong)
    second.press("move", "next")
    assert "Question 2" in words(second)


@pytest.mark.slow
def test_a_guess_that_is_not_1_to_3_is_refused(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    for value in ("0", "4", "x"):
        data = guest.room.data(Button("sure", value), key_of(attempt))
        assert guest.client.post(guest.room.action, data).status_code == 400
    assert attempt.responses.get(position=1).revealed_at is None


def test_who_does_not_want_to_be_asked_gets_the_solution_at_once(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    Candidate.objects.update(preferences={"sure": False})
    guest = enter(attempt)
    guest.press("sure", "not-asked", ticks=key_of(attempt))
    assert "Right." in words(guest)
    assert attempt.responses.get(position=1).confidence is None


@pytest.mark.slow
def test_an_exam_is_never_checked(blueprint: Blueprint) -> None:
    exam = factories.attempt(blueprint=blueprint, now=NOW)
    guest = enter(exam)
    assert "Check answer" not in guest.html
    guest.response = guest.client.post(
        guest.room.action, guest.room.data(Button("sure", "3"), key_of(exam)), follow=True
    )
    assert guest.response.status_code == 200
    assert not SECRETS.search(guest.html)
    response = exam.responses.get(position=1)
    assert (response.revealed_at, response.confidence) == (None, None)


@pytest.mark.slow
def test_with_solutions_at_the_end_nothing_is_checked_before(blueprint: Blueprint) -> None:
    attempt = start(blueprint, feedback="end")
    guest = enter(attempt)
    assert "Check answer" not in guest.html
    guest.response = guest.client.post(
        guest.room.action, guest.room.data(Button("sure", "3"), key_of(attempt)), follow=True
    )
    assert not SECRETS.search(guest.html)


@pytest.mark.slow
def test_a_question_of_an_exam_started_since_is_not_shown(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=18)
    guest = enter(attempt)
    check(guest, key_of(attempt))
    exam = factories.attempt(attempt.candidate, blueprint, now=NOW)
    shared = attempt.responses.get(position=2)
    exam.responses.filter(position=1).update(revision=shared.revision_id)
    exam.responses.filter(position=2).update(revision=attempt.responses.get(position=1).revision_id)
    attempt.responses.filter(position=2).update(ticked=shared.key, trail=f"{shared.key}@0;", version=1)
    for position in (1, 2):
        guest.get(reverse("question", args=[attempt.uuid, position]))
        assert "is in an exam whose answers are still closed" in words(guest)
        assert "A small question" not in guest.html
        assert not SECRETS.search(guest.html)
    guest.press("move", "next")
    assert "Question 3" in words(guest)
    assert attempt.responses.get(position=2).ticked == shared.key  # nothing is lost
    guest.get(reverse("question", args=[attempt.uuid, 3]))
    data = guest.room.data(Button("sure", "3"), key_of(attempt, 2)) | {"version": "1"}
    guest.client.post(reverse("question", args=[attempt.uuid, 2]), data)
    assert attempt.responses.get(position=2).revealed_at is None
    ending.finish(exam, NOW + timedelta(minutes=1))
    guest.get(reverse("question", args=[attempt.uuid, 1]))
    assert "Right. You were sure." in words(guest)


@pytest.mark.slow
def test_an_untimed_practice_says_when_it_closes_and_shows_no_clock(blueprint: Blueprint) -> None:
    guest = enter(start(blueprint))
    assert 'role="timer"' not in guest.html
    assert re.search(r"No time limit. This practice closes on .*2026", words(guest)), words(guest)
    assert "practice: Quiz" in words(guest)
    timed = enter(start(blueprint, timed=True))
    assert 'role="timer"' in timed.html


@pytest.mark.slow
def test_the_room_of_practice_takes_the_same_queries_for_three_questions_and_for_eighteen(
    blueprint: Blueprint, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    for n in (3, 18):
        attempt = start(blueprint, n=n)
        guest = enter(attempt)
        check(guest, key_of(attempt))
        # session, attempt, responses, options, open exams; of a solution the card, its answers with their revisions,
        # changes of its key
        with django_assert_num_queries(11):
            guest.get(reverse("question", args=[attempt.uuid, 1]))


@pytest.mark.slow
def test_the_export_of_a_practice_has_no_key_of_what_was_not_shown(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=3)
    guest = enter(attempt)
    check(guest, key_of(attempt), sure="1")
    assert guest.client.get(reverse("export", args=[attempt.uuid])).status_code == 409  # still open
    ending.finish(attempt, NOW + timedelta(minutes=2))
    data = guest.client.get(reverse("export", args=[attempt.uuid])).json()
    assert (data["mode"], data["practice_kind"], data["score"]) == ("practice", "quiz", None)
    assert ["key" in slot for slot in data["slots"]] == [True, False, False]
    assert data["slots"][0]["confidence"] == 1


@pytest.mark.slow
def test_continuing_leads_to_the_first_unsolved_question(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    guest.press("move", "check", ticks=key_of(attempt))
    guest.press("sure", "2")
    guest.press("move", "next")
    guest.press("move", "next")
    answer = guest.client.get(reverse("attempt", args=[attempt.uuid]))
    assert answer["Location"] == reverse("question", args=[attempt.uuid, 2])


@pytest.mark.parametrize("timed", [True, False])
def test_the_room_of_practice_does_not_speak_of_an_exam(blueprint: Blueprint, timed: bool) -> None:
    guest = enter(start(blueprint, timed=timed))
    spoken = re.sub(r'(?:class|href|action|src)="[^"]*"', "", guest.html.partition("<body")[2])
    assert "Your quiz is shown here as soon as it does." in spoken
    assert "Scratchpad for the whole quiz" in spoken
    assert ("the quiz ends at %e in any case" in spoken) == timed
    assert not re.findall(r"[^.\"]*\bexam\b[^.\"]*", spoken, re.IGNORECASE)
