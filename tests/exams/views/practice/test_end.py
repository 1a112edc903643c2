"""Test how practice ends: the question before it, the counts after it, and what time does."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.attempt import ending
from questions.models import Blueprint
from tests import factories
from tests.exams.views.practice.studying import check, enter, key_of, start, words
from tests.factories import NOW
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        yield


@pytest.mark.slow
def test_the_end_asks_once_and_says_how_many_were_right(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=3)
    guest = enter(attempt)
    check(guest, key_of(attempt))
    guest.press("move", "next")
    guest.press("move", "next", ticks=key_of(attempt, 2))
    guest.press("finish", "ask", ticks=[])
    assert "End practice?" in guest.html
    assert "1 of 3 questions is not answered." in words(guest)
    guest.press("finish", "yes")
    assert "2 of 2 right" in words(guest)
    assert "1 question was not answered." in words(guest)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == ("submitted", "candidate")


@pytest.mark.slow
def test_when_all_solutions_were_shown_the_end_does_not_ask(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=2)
    guest = enter(attempt)
    check(guest, key_of(attempt))
    guest.press("move", "next")
    check(guest, key_of(attempt, 2))
    guest.press("finish", "ask")
    assert "2 of 2 right" in words(guest)
    attempt.refresh_from_db()
    assert attempt.status == "submitted"


@pytest.mark.slow
def test_the_summary_has_the_counts_so_its_end_does_not_ask_again(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=3)
    guest = enter(attempt)
    guest.get(reverse("summary", args=[attempt.uuid]))
    assert "After the end you cannot change anything." in words(guest)
    guest.press("finish", "yes")
    assert "Nothing answered" in words(guest)


@pytest.mark.slow
def test_a_finished_practice_does_not_count_questions_of_an_open_exam(blueprint: Blueprint) -> None:
    """One right answer among wrong ones would tell the key of a question that the candidate still has open."""
    attempt = start(blueprint, n=3, feedback="end")
    exam = factories.attempt(attempt.candidate, blueprint, now=NOW)
    first, second, _third = attempt.responses.order_by("position")
    exam.responses.filter(position=1).update(revision=first.revision_id)
    guest = enter(attempt, 2)
    attempt.responses.filter(position=1).update(ticked=first.key, trail=f"{first.key}@0;", version=1)
    attempt.responses.filter(position=2).update(ticked=second.key, trail=f"{second.key}@0;", version=1)
    guest.press("finish", "ask", ticks=key_of(attempt, 2))
    guest.press("finish", "yes")
    assert "1 of 1 right" in words(guest)
    assert "1 question is not counted" in words(guest)
    guest.get(reverse("history"))
    assert "1 of 1 right" in words(guest)
    assert "Questions of your open exam are not counted yet." in words(guest)
    other = factories.candidate()
    Attempt.objects.filter(pk=exam.pk).update(candidate=other)
    guest.get(reverse("report", args=[attempt.uuid]))
    assert "2 of 2 right" in words(guest)
    session = guest.client.session
    session["pending_guest"] = [other.pk, other.epoch]
    session.save()
    guest.get(reverse("report", args=[attempt.uuid]))
    assert "1 of 1 right" in words(guest), "the open exam of the guest beside hides it too"
    ending.finish(Attempt.objects.get(pk=exam.pk), NOW + timedelta(minutes=1))
    guest.get(reverse("report", args=[attempt.uuid]))
    assert "2 of 2 right" in words(guest)


@pytest.mark.parametrize(("timed", "sentence"), [(True, "Time was up."), (False, "It closed by itself 30 days after")])
def test_a_practice_that_time_closed_says_so(blueprint: Blueprint, timed: bool, sentence: str) -> None:
    attempt = start(blueprint, timed=timed)
    with time_machine.travel(NOW + timedelta(days=31), tick=False):
        guest = enter(attempt)
    assert guest.path == reverse("report", args=[attempt.uuid])
    assert sentence in words(guest)


def test_a_timed_practice_ends_with_its_clock(blueprint: Blueprint) -> None:
    attempt = start(blueprint, timed=True)
    guest = enter(attempt)
    with time_machine.travel(attempt.deadline + timedelta(seconds=1), tick=False):
        guest.press("finish", "ask", ticks=key_of(attempt))  # as the script does when time is up
    assert "1 of 1 right Time was up. 4 questions were not answered." in words(guest)


@pytest.mark.slow
def test_the_end_page_of_a_practice_whose_time_is_up(blueprint: Blueprint) -> None:
    attempt = start(blueprint, timed=True)
    guest = enter(attempt)
    with time_machine.travel(attempt.deadline + timedelta(seconds=1), tick=False):
        guest.get(reverse("attempt", args=[attempt.uuid]))
        assert "Time is up 0 of 5 questions were answered." in words(guest)
        guest.press("finish", "yes")
    assert "Nothing answered Time was up." in words(guest)


@pytest.mark.parametrize("page", ["finish", "summary"])
def test_the_end_writes_the_cards_so_that_pages_need_not_make_them_again(blueprint: Blueprint, page: str) -> None:
    attempt = start(blueprint, n=3, feedback="end")
    wrong = attempt.responses.get(position=2)
    answer = next(1 << bit for bit in range(4) if 1 << bit != wrong.key)
    attempt.responses.filter(pk=wrong.pk).update(ticked=answer, first_shown=NOW, saved_at=NOW)
    client = browser(attempt.candidate)
    assert client.post(reverse(page, args=[attempt.uuid]), {"finish": "yes"}).status_code == 303
    card = attempt.candidate.cards.get()
    assert (card.question, card.last_review) == (wrong.revision.question, NOW)


def test_practice_cannot_end_without_a_score(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    guest.client.post(reverse("finish", args=[attempt.uuid]), {"end": "without-score"})
    attempt.refresh_from_db()
    assert attempt.status == "open"


@pytest.mark.slow
def test_the_summary_marks_what_was_right_and_says_what_can_still_be_changed(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=3)
    guest = enter(attempt)
    check(guest, key_of(attempt))
    guest.get(reverse("summary", args=[attempt.uuid]))
    assert "1 of 3 answered. An answer is final once you have seen its solution." in words(guest)
    assert 'aria-label="Question 1, right"' in guest.html
    assert 'aria-label="Question 2, unanswered"' in guest.html


@pytest.mark.slow
def test_the_summary_does_not_say_what_was_right_while_an_exam_is_open(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=3)
    guest = enter(attempt)
    check(guest, key_of(attempt))
    factories.attempt(attempt.candidate, factories.small_blueprint(code="OTHER-X01"))
    guest.get(reverse("summary", args=[attempt.uuid]))
    assert 'aria-label="Question 1, answered"' in guest.html


@pytest.mark.slow
def test_the_end_discloses_what_was_shown(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=3)
    guest = enter(attempt)
    guest.press("move", "next", ticks=[])  # shown, not answered
    guest.client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})
    html = guest.client.get(reverse("review", args=[attempt.uuid])).content.decode()
    codes = [row.revision.question.code for row in attempt.responses.select_related("revision__question")]
    assert [f"The explanation of {code}" in html for code in codes] == [True, False, False]


def test_a_late_change_of_a_finished_practice_is_refused_with_its_name(blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    guest = enter(attempt)
    ending.finish(attempt, NOW + timedelta(minutes=1))
    guest.press("move", "check", ticks=key_of(attempt))
    assert guest.response.status_code == 409
    assert "This practice is over" in guest.html
    assert attempt.responses.get(position=1).ticked == 0


@pytest.mark.slow
def test_a_foreign_practice_is_not_found(client: Client, blueprint: Blueprint) -> None:
    attempt = start(blueprint)
    for visitor in (client, browser(factories.candidate())):
        for page in ("attempt", "summary", "finish", "report", "review"):
            assert visitor.get(reverse(page, args=[attempt.uuid])).status_code == 404
        assert visitor.get(reverse("question", args=[attempt.uuid, 1])).status_code == 404


def test_the_question_before_the_end_counts_half_answered_ones_as_the_result_does(blueprint: Blueprint) -> None:
    attempt = start(blueprint, n=3, feedback="end")
    attempt.responses.update(first_shown=NOW)
    half, whole, _open = attempt.responses.order_by("position")
    attempt.responses.filter(pk=half.pk).update(choose=2, ticked=1, saved_at=NOW)
    attempt.responses.filter(pk=whole.pk).update(choose=1, ticked=1, saved_at=NOW)
    client = browser(attempt.candidate)
    page = " ".join(client.get(reverse("finish", args=[attempt.uuid])).text.split())
    assert "1 of 3 questions is not answered. 1 has fewer options chosen than it asks for." in page
    ending.finish(attempt, NOW)
    assert "1 question was not answered." in " ".join(client.get(reverse("report", args=[attempt.uuid])).text.split())
