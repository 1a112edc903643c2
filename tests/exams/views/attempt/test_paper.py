"""Test the paper for the room's script: all questions of an open attempt with the stored state, and nothing secret."""

import gzip
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate
from exams.services.attempt import ending
from tests import factories
from tests.exams.views.attempt.open_questions import address, after_the_deadline, after_the_start
from tests.exams.views.attempt.syncing import answer, event, paper, post, single
from tests.factories import NOW
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db
SECRETS = re.compile(r"Right: it is|Wrong: it is|The explanation of|docs\.aws|\b(scored|rating|key|correct|revealed)\b")


def test_it_has_the_time_the_position_and_all_questions_in_order(guest: Guest, attempt: Attempt) -> None:
    guest.press("move", "next")
    with time_machine.travel(attempt.started_at + timedelta(minutes=1), tick=False):
        content = paper(guest.client, attempt)
    assert set(content) == {"protocol", "now", "deadline", "status", "position", "questions", "scratchpad"}
    assert (content["protocol"], content["status"], content["position"]) == (1, "open", 2)
    assert content["deadline"] - content["now"] == 29 * 60_000
    assert content["now"] == round((attempt.started_at + timedelta(minutes=1)).timestamp() * 1000)
    assert content["scratchpad"] == {"text": "", "version": 0}
    assert [question["position"] for question in content["questions"]] == [1, 2, 3, 4, 5]


def test_a_question_has_its_stored_state(guest: Guest, attempt: Attempt) -> None:
    at = single(attempt)
    with after_the_start(attempt, minutes=1):
        post(
            guest.client,
            attempt,
            answer(at, 2, seconds=12),
            event("flag", at, on=True),
            event("strike", at, struck=[0, 3]),
            event("note", at, text="why?", version=0),
            event("highlight", at, marks={"stem": [[0, 4]]}, version=0),
            event("scratchpad", None, text="later", version=0),
        )
    content = paper(guest.client, attempt)
    question = content["questions"][at - 1]
    assert question.pop("html")
    assert question == {
        "position": at,
        "choose": 1,
        "version": 1,
        "ticked": [2],
        "flagged": True,
        "struck": [0, 3],
        "seconds": 12,
        "note": {"text": "why?", "version": 1},
        "marks": {"stem": [[0, 4]]},
        "shown": True,
    }
    assert content["scratchpad"] == {"text": "later", "version": 1}
    assert [other["shown"] for other in content["questions"]].count(True) == 1


def test_the_html_is_that_of_the_page_with_the_options_in_the_order_of_the_attempt(
    guest: Guest, attempt: Attempt
) -> None:
    for question, response in zip(paper(guest.client, attempt)["questions"], attempt.responses.all(), strict=True):
        page = guest.client.get(address(attempt, response.position)).content.decode()
        assert "".join(question["html"].split()) in "".join(page.split())
        values = re.findall(r'name="option"\s+value="(\d+)"', question["html"])
        assert list(map(int, values)) == response.bits


def test_nothing_secret_is_in_it(guest: Guest, attempt: Attempt) -> None:
    response = guest.client.get(reverse("paper", args=[attempt.uuid]))
    assert not SECRETS.search(response.content.decode())
    assert "no-store" in response["Cache-Control"]


def test_that_test_finds_what_is_secret(guest: Guest, attempt: Attempt) -> None:
    ending.finish(attempt, attempt.started_at + timedelta(minutes=1))
    assert SECRETS.search(guest.client.get(reverse("review", args=[attempt.uuid])).content.decode())


def test_reading_it_writes_nothing(guest: Guest, attempt: Attempt) -> None:
    before = list(attempt.responses.values())
    paper(guest.client, attempt)
    assert list(attempt.responses.values()) == before


@pytest.mark.slow
def test_scored_and_unscored_questions_look_alike(client: Client) -> None:
    Guest.seated(client, factories.small_blueprint(30, 10, minutes=30))
    attempt = Attempt.objects.get()
    questions, looks = paper(client, attempt)["questions"], {True: set(), False: set()}
    for response in attempt.responses.filter(choose=1):
        html = re.sub(r"Option [a-d] of <span class=.nb.>tiny", "", questions[response.position - 1].pop("html"))
        looks[response.scored].add(re.sub(r"\d+", "", html) + repr(sorted(questions[response.position - 1])))
    assert looks[True] == looks[False]
    assert len(looks[True]) == 1


def test_of_an_exam_that_is_over_there_is_only_a_sentence(guest: Guest, attempt: Attempt) -> None:
    with after_the_deadline(attempt, seconds=11):
        response = guest.client.get(reverse("paper", args=[attempt.uuid]))
    assert response.status_code == 409
    assert set(response.json()) == {"now", "deadline", "status", "message"}
    assert (response.json()["status"], response.json()["message"]) == ("submitted", "This exam is over.")


def test_in_the_grace_period_it_is_still_there(guest: Guest, attempt: Attempt) -> None:
    with after_the_deadline(attempt, seconds=9):
        assert paper(guest.client, attempt)["status"] == "open"


def test_others_get_the_404_of_a_missing_attempt(guest: Guest, attempt: Attempt) -> None:
    for client in (browser(factories.candidate()), Client()):
        for uuid in (attempt.uuid, "11111111-1111-4111-8111-111111111111"):
            assert client.get(reverse("paper", args=[uuid])).status_code == 404
    Candidate.objects.filter(pk=attempt.candidate_id).update(epoch=7)
    assert guest.client.get(reverse("paper", args=[attempt.uuid])).status_code == 401
    assert guest.client.post(reverse("paper", args=[attempt.uuid])).status_code == 405


@pytest.mark.usefixtures("_sessions_in_the_database")
@pytest.mark.parametrize("size", [(4, 1), (30, 10)])
def test_it_takes_six_queries_however_long_the_exam(
    client: Client, django_assert_num_queries: Any, size: tuple[int, int]
) -> None:
    with time_machine.travel(NOW, tick=False):
        Guest.start(client, factories.small_blueprint(*size, minutes=30))
        attempt = Attempt.objects.get()
        with django_assert_num_queries(6):  # session, attempt, notes, responses, stems, options
            assert len(paper(client, attempt)["questions"]) == sum(size)


@pytest.mark.slow
def test_a_whole_exam_is_small(client: Client) -> None:
    Guest.seated(client, factories.small_blueprint(50, 15, minutes=30))
    content = client.get(reverse("paper", args=[Attempt.objects.get().uuid])).content
    assert len(gzip.compress(content, 6)) <= 45_000
