"""Test practice with the room's script: checks, solutions in the paper, and what stays hidden."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exams.models import Attempt
from exams.services.practice import repetition
from exams.services.progress.answers import Answer
from questions.models import Blueprint
from tests import factories
from tests.exams.views.attempt.syncing import answer, event, outcomes, paper, post, question
from tests.exams.views.practice.studying import key_of, start
from tests.factories import NOW
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_start")]


@pytest.fixture
def at_the_start() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def practice(blueprint: Blueprint) -> Attempt:
    return start(blueprint)


@pytest.fixture
def client(practice: Attempt) -> Client:
    return browser(practice.candidate)


def check(
    attempt: Attempt, position: int = 1, *, right: bool = True, version: int = 0, sure: int | None = 3
) -> dict[str, Any]:
    row = attempt.responses.get(position=position)
    mask = row.key if right else row.full & ~row.key
    bits = [bit for bit in range(mask.bit_length()) if mask >> bit & 1][: row.choose]
    return event("check", position, ticked=bits, version=0, sure=sure)


def test_a_check_stores_the_answer_and_returns_the_solution(client: Client, practice: Attempt) -> None:
    response = post(client, practice, check(practice, sure=2))
    (result,) = response.json()["events"]
    assert (result["outcome"], result["version"], result["verdict"]) == ("revealed", 1, "right")
    assert "Right." in result["html"]
    assert "You were unsure." in result["html"]
    assert "The explanation of" in result["html"]
    row = practice.responses.get(position=1)
    assert (row.correct, row.confidence, row.revealed_at) == (True, 2, NOW)
    assert 'name="option"' not in result["html"]


def test_a_check_of_who_does_not_want_to_be_asked_stores_no_confidence(client: Client, practice: Attempt) -> None:
    response = post(client, practice, check(practice, sure=None))
    assert outcomes(response) == ["revealed"]
    assert practice.responses.get(position=1).confidence is None


def test_a_check_that_is_sent_again_returns_the_same(client: Client, practice: Attempt) -> None:
    once, again = (post(client, practice, event_).json() for event_ in [check(practice, right=False)] * 2)
    assert once == again
    assert "This question comes back" in once["events"][0]["html"]


def test_the_paper_has_the_solution_of_what_was_checked_and_of_nothing_else(client: Client, practice: Attempt) -> None:
    post(client, practice, check(practice, 2))
    first, second, *_rest = paper(client, practice)["questions"]
    assert second["revealed"]
    assert second["verdict"] == "right"
    assert "The explanation of" in second["html"]
    assert "revealed" not in first
    assert "The explanation of" not in first["html"]


def test_a_solution_is_starred_and_the_star_taken_away(client: Client, practice: Attempt) -> None:
    stars = practice.candidate.stars.values_list("question", "created_at")
    post(client, practice, check(practice))
    asked = practice.responses.get(position=1).revision.question_id
    for _again in range(2):
        assert outcomes(post(client, practice, event("star", 1, on=True))) == ["saved"]
        assert list(stars.all()) == [(asked, NOW)]
    assert 'name="star" value="off"' in question(client, practice, 1)["html"]
    assert outcomes(post(client, practice, event("star", 1, on=True), event("star", 1, on=False))) == ["saved"] * 2
    assert not stars.all()
    assert 'name="star" value="on"' in question(client, practice, 1)["html"]


def test_only_a_question_whose_solution_is_shown_is_starred(client: Client, practice: Attempt) -> None:
    response = post(client, practice, event("star", 1, on=True), check(practice, 2), event("star", 2, on=True))
    assert outcomes(response) == ["refused", "revealed", "saved"]
    assert "when its solution is shown" in response.json()["events"][0]["message"]
    assert outcomes(post(client, practice, event("star", 2, on="no"))) == ["refused"]
    (star,) = practice.candidate.stars.all()
    assert star.question_id == practice.responses.get(position=2).revision.question_id


def test_an_answer_after_the_solution_gets_what_was_checked(client: Client, practice: Attempt) -> None:
    post(client, practice, check(practice))
    row = practice.responses.get(position=1)
    wrong = (row.key ^ row.full).bit_length() - 1
    response = post(client, practice, answer(1, wrong, version=1))
    (result,) = response.json()["events"]
    assert (result["outcome"], result["version"]) == ("revealed", 1)
    assert result["ticked"] == list(map(int, key_of(practice)))
    assert "The explanation of" in result["html"]
    (changed,) = response.json()["changed"]
    assert changed["html"] == result["html"]
    assert practice.responses.get(position=1).correct


def test_an_incomplete_answer_is_stored_and_not_checked(client: Client, practice: Attempt) -> None:
    response = post(client, practice, event("check", 1, ticked=[], version=0, sure=1))
    (result,) = response.json()["events"]
    assert result["outcome"] == "refused"
    assert "then check your answer" in result["message"]
    assert "html" not in result
    assert practice.responses.get(position=1).revealed_at is None


@pytest.mark.slow
def test_a_question_of_an_exam_opened_since_is_neither_shown_nor_checked(blueprint: Blueprint) -> None:
    practice = start(blueprint, n=36)
    client = browser(practice.candidate)
    exam = factories.attempt(practice.candidate, blueprint, now=NOW)
    asked = exam.responses.values("revision")
    at = practice.responses.filter(revision__in=asked)[0].position
    assert 'name="option"' not in question(client, practice, at)["html"]
    response = post(client, practice, check(practice, at))
    assert outcomes(response) == ["refused"]
    assert "html" not in response.json()["events"][0]
    assert practice.responses.get(position=at).revealed_at is None


@pytest.mark.slow
def test_a_solution_is_hidden_again_while_its_question_is_in_an_open_exam(blueprint: Blueprint) -> None:
    practice = start(blueprint, n=36)
    client = browser(practice.candidate)
    post(client, practice, *(check(practice, position) for position in range(1, 37)))
    exam = factories.attempt(practice.candidate, blueprint, now=NOW)
    at = practice.responses.filter(revision__in=exam.responses.values("revision"))[0].position
    shown = question(client, practice, at)
    assert "The explanation of" not in shown["html"]
    assert "revealed" not in shown
    assert "verdict" not in shown
    again = post(client, practice, check(practice, at)).json()["events"][0]
    assert (again["outcome"], "html" in again) == ("refused", False)


@pytest.mark.parametrize("feedback", ["end"])
def test_practice_that_shows_solutions_at_the_end_shows_none_before(blueprint: Blueprint, feedback: str) -> None:
    attempt = start(blueprint, feedback=feedback)
    client = browser(attempt.candidate)
    response = post(client, attempt, check(attempt))
    assert outcomes(response) == ["refused"]
    assert "html" not in response.json()["events"][0]
    assert "The explanation of" not in question(client, attempt, 1)["html"]


def test_nor_does_an_exam(blueprint: Blueprint) -> None:
    attempt = factories.attempt(blueprint=blueprint, now=NOW)
    response = post(browser(attempt.candidate), attempt, check(attempt))
    assert outcomes(response) == ["refused"]
    assert "The explanation of" not in response.content.decode()
    assert attempt.responses.get(position=1).ticked


@pytest.mark.usefixtures("_sessions_in_the_database")
@pytest.mark.parametrize("n", [3, 9])
def test_the_paper_takes_as_many_queries_for_three_questions_as_for_nine(
    blueprint: Blueprint, n: int, django_assert_num_queries: Any
) -> None:
    attempt = start(blueprint, n=n)
    client = browser(attempt.candidate)
    post(client, attempt, *(check(attempt, position) for position in range(1, n + 1)))
    with django_assert_num_queries(11):
        assert all(question["revealed"] for question in paper(client, attempt)["questions"])


@pytest.mark.slow
@pytest.mark.usefixtures("_sessions_in_the_database")
@pytest.mark.parametrize(("n", "times"), [(1, 1), (1, 500), (65, 1)])
def test_checks_take_as_many_queries_for_one_as_for_five_hundred_and_for_65_questions(
    n: int, times: int, django_assert_num_queries: Any
) -> None:
    attempt = start(factories.small_blueprint(60, 10), n=65)
    client = browser(attempt.candidate)
    checks = [check(attempt, position, sure=1 + (position - 1) % 3) for position in range(1, n + 1)] * times
    # The session, attempt and presence; BEGIN, five to store and reveal, six for the cards, COMMIT; ten for the
    # solutions in the reply; three to store the session.
    with django_assert_num_queries(30):
        response = post(client, attempt, *checks)
    assert outcomes(response) == ["revealed"] * n * times
    shown = [result["html"] for result in response.json()["events"] if "html" in result]
    assert len(shown) == n, "the solution of a question is in the reply once"
    solved = attempt.responses.filter(revealed_at=NOW, correct=True).order_by("position")
    assert list(solved.values_list("position", "confidence")) == [(at, 1 + (at - 1) % 3) for at in range(1, n + 1)]


def test_a_check_reads_the_answers_to_its_questions_alone_and_after_its_transaction(
    client: Client, practice: Attempt, blueprint: Blueprint, monkeypatch: Any
) -> None:
    """Of a long history, the others would keep the database locked for seconds."""
    for _ in range(2):
        exam = factories.handed_in(0, practice.candidate, blueprint, now=NOW - timedelta(days=2))
        exam.responses.update(first_shown=NOW - timedelta(days=2))
    read: list[Answer] = []

    def past_answers(*args: Any) -> list[Answer]:
        answers = real(*args)
        read.extend(answers)
        return answers

    real = repetition.past_answers
    monkeypatch.setattr(repetition, "past_answers", past_answers)
    with CaptureQueriesContext(connection) as queries:
        post(client, practice, check(practice, 1, right=False), check(practice, 2))
    checked = set(practice.responses.filter(position__in=[1, 2]).values_list("revision__question", flat=True))
    assert {answer.question for answer in read} == checked
    assert practice.candidate.cards.filter(question__in=checked).exists()
    statements = [query["sql"] for query in queries]
    end = next(at for at, sql in enumerate(statements) if sql.startswith("RELEASE SAVEPOINT"))
    assert any('UPDATE "exams_response"' in sql for sql in statements[:end])
    assert not any("exams_repetitioncard" in sql for sql in statements[:end])


def test_of_checks_of_one_question_in_a_batch_the_last_says_how_sure_the_candidate_was(
    client: Client, practice: Attempt
) -> None:
    response = post(client, practice, check(practice, sure=1), check(practice, sure=3))
    assert outcomes(response) == ["revealed", "revealed"]
    assert practice.responses.get(position=1).confidence == 3


def test_of_many_checks_those_that_cannot_be_made_leave_the_others_as_they_are(
    client: Client, practice: Attempt
) -> None:
    incomplete = event("check", 2, ticked=[], version=0, sure=3)
    response = post(client, practice, check(practice, 1), incomplete, check(practice, 3, right=False, sure=2))
    assert outcomes(response) == ["revealed", "refused", "revealed"]
    found = practice.responses.order_by("position").values_list("confidence", "correct")
    assert list(found[:3]) == [(3, True), (None, False), (2, False)]
