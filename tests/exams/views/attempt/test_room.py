"""Test the exam room without JavaScript: pages, resume, secrecy, access, and the number of queries."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from tests import factories
from tests.factories import NOW
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


def address(attempt: Attempt, position: int = 1) -> str:
    return reverse("question", args=[attempt.uuid, position])


def after_the_deadline(attempt: Attempt, seconds: float) -> Any:
    """Inside this block, the clock shows `seconds` after the deadline, however slow the machine is."""
    return time_machine.travel(attempt.deadline + timedelta(seconds=seconds), tick=False)


def test_starting_leads_to_the_first_question_with_a_running_clock(guest: Guest, attempt: Attempt) -> None:
    assert guest.path == address(attempt)
    assert "Question 1" in guest.html
    assert re.search(r'role="timer">(30:00|29:\d\d)<', guest.html)
    assert "Ends at" in guest.html


@pytest.mark.slow
def test_the_same_browser_resumes_at_the_same_question(guest: Guest, attempt: Attempt) -> None:
    guest.press("move", "next", ticks=guest.tick(0))
    guest.press("move", "next")
    guest.get(reverse("attempt", args=[attempt.uuid]))
    assert guest.path == address(attempt, 3)
    guest.get("/")
    assert "Back to question 3" in guest.html


def test_a_get_closes_an_overdue_exam(guest: Guest, attempt: Attempt) -> None:
    with after_the_deadline(attempt, seconds=60):
        guest.get(address(attempt))
    assert guest.path == reverse("report", args=[attempt.uuid])
    assert "Finished" in guest.html


def test_finishing_takes_two_steps_and_lists_unanswered_questions(guest: Guest, attempt: Attempt) -> None:
    guest.press("finish", "ask", ticks=guest.tick(0))
    assert "unanswered" in guest.html
    attempt.refresh_from_db()
    assert attempt.status == "open"
    guest.press("finish", "yes")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == ("submitted", "candidate")
    assert guest.path == reverse("report", args=[attempt.uuid])


@pytest.mark.slow
def test_abandoning_takes_two_steps_and_allows_a_new_start(guest: Guest, attempt: Attempt) -> None:
    guest.get(reverse("finish", args=[attempt.uuid]) + "?end=without-score")
    guest.press("end", "without-score")
    attempt.refresh_from_db()
    assert attempt.status == "abandoned"
    assert "Ended without a score" in guest.html
    guest.get(reverse("history"))
    assert "ended without a score" in guest.html
    assert Guest.start(guest.client, attempt.form.blueprint).path != guest.path


@pytest.mark.slow
def test_the_summary_filters_and_links_to_a_question(guest: Guest, attempt: Attempt) -> None:
    guest.press("flag", "on")
    guest.press("move", "summary", ticks=guest.answer())
    assert "1 of 5 answered" in guest.html
    guest.get(reverse("summary", args=[attempt.uuid]) + "?show=flagged")
    assert [button.value for button in guest.room.buttons if button.name == "go"][:1] == ["1"]
    guest.get(reverse("summary", args=[attempt.uuid]) + "?show=unanswered")
    guest.press("go", "4")
    assert guest.path == address(attempt, 4)


@pytest.mark.slow
def test_no_page_before_the_end_reveals_key_rationale_or_scored_flag(guest: Guest, attempt: Attempt) -> None:
    pages = [guest.html]
    for _ in range(4):
        guest.press("move", "next")
        pages.append(guest.html)
    pages += [
        guest.client.get(reverse(name, args=[attempt.uuid]), follow=True).content.decode()
        for name in ("summary", "finish", "review", "report")
    ]
    assert guest.client.get(reverse("export", args=[attempt.uuid])).status_code in (404, 409)
    for html in pages:
        assert "Right: it is" not in html
        assert "Wrong: it is" not in html
        assert "The explanation of" not in html
        assert not re.search(r"\bscored\b", html)


@pytest.mark.slow
def test_pages_of_scored_and_unscored_questions_are_identical(client: Client) -> None:
    """The pages differ only in the text, the number and the option order of the question."""
    Guest.seated(client, factories.small_blueprint(30, 10, minutes=30))
    attempt = Attempt.objects.get()
    pages: dict[bool, set[str]] = {True: set(), False: set()}
    for response in attempt.responses.filter(choose=1, position__gt=1, position__lt=40):
        answer = client.get(address(attempt, response.position))
        own = r"Option [a-d] of <span class=.nb.>tiny|csrfmiddlewaretoken[^>]*>| aria-current=\"step\""
        html = re.sub(own, "", answer.content.decode())
        headers = sorted(name for name, _ in answer.headers.items())
        pages[response.scored].add(re.sub(r"\d+", "", html) + str(headers))
    assert len(pages[True]) == 1
    assert pages[True] == pages[False]


@pytest.mark.slow
def test_other_users_get_the_404_of_a_missing_attempt(guest: Guest, attempt: Attempt) -> None:
    other = Client()
    Guest.seated(other, factories.small_blueprint(code="OTHER"))
    nowhere = "11111111-1111-4111-8111-111111111111"
    paths = [address(attempt)] + [
        reverse(name, args=[attempt.uuid]) for name in ("attempt", "summary", "finish", "report", "review", "export")
    ]
    for client in (other, Client()):
        for path in paths:
            for method in (client.get, client.post):
                foreign = method(path)
                missing = method(path.replace(str(attempt.uuid), nowhere))
                assert foreign.status_code == missing.status_code
                assert foreign.status_code in (404, 405)
                assert foreign.content == missing.content


def test_browsers_must_not_store_pages_of_an_attempt(guest: Guest, attempt: Attempt) -> None:
    for name in ("attempt", "summary", "finish"):
        assert "no-store" in guest.client.get(reverse(name, args=[attempt.uuid]))["Cache-Control"]
    assert "no-store" in guest.client.get(address(attempt))["Cache-Control"]


class TestQueries:
    """The queries of one request, however long the exam. BEGIN and COMMIT do not count."""

    @pytest.fixture(params=[(4, 1), (30, 10)])
    def request_in_room(self, request: pytest.FixtureRequest, client: Client, settings: Any) -> Iterator[Guest]:
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # with Redis it is one query less
        scored, unscored = request.param
        with time_machine.travel(NOW, tick=False):  # the first POST of a new day renews the session
            yield Guest.start(client, factories.small_blueprint(scored, unscored, minutes=30))

    def count(self, work: Any) -> int:
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as captured:
            work()
        silent = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return len([q for q in captured.captured_queries if not q["sql"].startswith(silent)])

    def test_a_page_takes_five_queries(self, request_in_room: Guest) -> None:
        assert self.count(lambda: request_in_room.client.get(request_in_room.path)) == 5

    @pytest.mark.parametrize("button", ["next", "previous", "stay", "summary"])
    def test_a_save_with_a_move_takes_three_queries_before_the_page(self, request_in_room: Guest, button: str) -> None:
        data = request_in_room.room.data(ticks=request_in_room.tick(0)) | {"move": button}
        saves_position = connection.vendor == "postgresql" and button in ("stay", "summary")  # with the answer
        assert self.count(lambda: request_in_room.client.post(request_in_room.path, data)) == 3 - saves_position

    @pytest.mark.slow
    def test_a_start_takes_at_most_eleven_queries(
        self, request_in_room: Guest, django_assert_max_num_queries: Any
    ) -> None:
        from tests.html_forms import forms

        blueprint = Attempt.objects.get().form.blueprint
        request_in_room.press("finish", "ask")
        request_in_room.press("finish", "yes")
        for client in (Client(), request_in_room.client):
            page = client.get(reverse("exam", args=[blueprint.code]))
            (rules,) = [form for form in forms(page).values() if "pair" in dict(form.fields)]
            assert self.count(lambda client=client, rules=rules: client.post(rules.action, rules.data())) <= 11
