"""The exam room as a browser without JavaScript meets it: every button saves, every refusal is said."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Response
from tests import factories
from tests.factories import NOW
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


def row(attempt: Attempt, position: int = 1) -> Response:
    return attempt.responses.get(position=position)


def address(attempt: Attempt, position: int = 1) -> str:
    return reverse("question", args=[attempt.uuid, position])


def after_the_deadline(attempt: Attempt, seconds: float) -> Any:
    """Within it, the clock stands so many seconds after the deadline, however slow this machine is."""
    return time_machine.travel(attempt.deadline + timedelta(seconds=seconds), tick=False)


def test_starting_leads_to_the_first_question_with_a_running_clock(guest: Guest, attempt: Attempt) -> None:
    assert guest.path == address(attempt)
    assert "Question 1" in guest.html
    assert re.search(r'role="timer">(30:00|29:\d\d)<', guest.html)
    assert "Ends at" in guest.html


@pytest.mark.parametrize(
    "button", [("move", "next"), ("flag", "on"), ("move", "summary"), ("finish", "ask"), ("go", "3")]
)
def test_every_button_of_the_room_carries_the_tick_along(
    guest: Guest, attempt: Attempt, button: tuple[str, str]
) -> None:
    tick = guest.tick(0)
    guest.press(*button, ticks=tick)
    assert row(attempt).ticked == 1 << int(tick[0])


def test_enter_presses_a_hidden_button_that_saves_and_stays(guest: Guest, attempt: Attempt) -> None:
    first = guest.room.buttons[0]
    assert (first.name, first.value) == ("move", "stay")
    guest.press("move", "stay", ticks=guest.tick(1))
    assert guest.path == address(attempt)
    assert guest.ticked == [str(row(attempt).ticked.bit_length() - 1)]


def test_moves_lead_forward_back_and_from_the_last_question_to_the_summary(guest: Guest, attempt: Attempt) -> None:
    for position in (2, 3, 4, 5):
        guest.press("move", "next")
        assert guest.path == address(attempt, position)
    guest.press("move", "previous")
    assert guest.path == address(attempt, 4)
    guest.press("go", "5")
    guest.press("move", "summary")
    assert guest.path == reverse("summary", args=[attempt.uuid])


def test_clearing_unticks_what_a_radio_button_cannot(guest: Guest, attempt: Attempt) -> None:
    guest.press("move", "stay", ticks=guest.tick(0))
    guest.press("clear")
    assert guest.ticked == []
    assert row(attempt).ticked == 0


def test_flags_and_strike_outs_are_kept_and_shown(guest: Guest, attempt: Attempt) -> None:
    guest.press("flag", "on")
    struck = [button for button in guest.room.buttons if button.name == "strike"][1]
    guest.press("strike", struck.value)
    assert row(attempt).flagged
    assert row(attempt).struck.bit_count() == 1
    assert 'class="option struck"' in guest.html
    guest.press("flag", "off")
    assert not row(attempt).flagged


def test_coming_back_in_the_same_browser_resumes_at_the_same_question(guest: Guest, attempt: Attempt) -> None:
    guest.press("move", "next", ticks=guest.tick(0))
    guest.press("move", "next")
    guest.get(reverse("attempt", args=[attempt.uuid]))
    assert guest.path == address(attempt, 3)
    guest.get("/")
    assert "Back to question 3" in guest.html


def test_a_stale_page_blanks_nothing_and_is_told(guest: Guest, attempt: Attempt) -> None:
    stale = guest.room
    guest.press("move", "stay", ticks=guest.tick(0))
    kept = row(attempt).ticked
    answer = guest.client.post(stale.action, stale.data(stale.button("move", "next"), ticks=[]))
    assert answer.status_code == 409
    assert "changed in another window" in answer.content.decode()
    assert row(attempt).ticked == kept
    assert Attempt.objects.get(pk=attempt.pk).position == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"option": ["29"]},
        {"option": ["-1"]},
        {"option": ["99999999999999999999"]},
        {"option": ["0", "0"]},
        {"option": ["a"]},
        {"option": ["٣"]},
        {"version": "x"},
        {"version": ""},
        {"seconds": "-5"},
        {"move": "sideways"},
        {"flag": "maybe"},
        {"strike": "99999999"},
    ],
)
def test_fields_that_no_page_sends_are_refused_and_nothing_changes(
    guest: Guest, attempt: Attempt, fields: dict[str, Any]
) -> None:
    before = Response.objects.filter(attempt=attempt).order_by("position").values()
    before = list(before)
    data = guest.room.data() | {"move": "stay"} | fields
    answer = guest.client.post(address(attempt), data)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert list(Response.objects.filter(attempt=attempt).order_by("position").values()) == before


def test_one_more_tick_than_asked_is_refused_kindly(guest: Guest, attempt: Attempt) -> None:
    for _ in range(5):
        if row(attempt, int(guest.path.rstrip("/").rsplit("/", 1)[1])).choose == 1:
            break
        guest.press("move", "next")
    answer = guest.client.post(guest.path, guest.room.data(ticks=guest.tick(0, 1)) | {"move": "next"})
    assert answer.status_code == 400
    assert "takes 1 answer" in answer.content.decode()


def test_in_the_grace_a_save_is_kept_and_a_move_leads_to_the_finish_page(guest: Guest, attempt: Attempt) -> None:
    tick = guest.tick(0)
    with after_the_deadline(attempt, seconds=3):
        guest.press("move", "next", ticks=tick)
        assert row(attempt).ticked == 1 << int(tick[0])
        assert guest.path == reverse("finish", args=[attempt.uuid])
        assert "Time is up" in guest.html
        guest.press("finish", "yes")
    attempt.refresh_from_db()
    assert (attempt.submitted_at, attempt.closed_by) == (attempt.deadline, "time")


def test_after_the_grace_a_save_is_refused_with_a_sentence_and_the_exam_is_closed(
    guest: Guest, attempt: Attempt
) -> None:
    form, tick = guest.room, guest.tick(0)
    with after_the_deadline(attempt, seconds=11):
        answer = guest.client.post(form.action, form.data(form.button("move", "next"), ticks=tick))
    assert answer.status_code == 409
    assert "came too late" in answer.content.decode()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by, row(attempt).ticked) == ("submitted", "time", 0)


def test_a_page_view_alone_closes_an_exam_whose_time_is_over(guest: Guest, attempt: Attempt) -> None:
    with after_the_deadline(attempt, seconds=60):
        guest.get(address(attempt))
    assert guest.path == reverse("report", args=[attempt.uuid])
    assert "Handed in" in guest.html


def test_finishing_takes_two_steps_and_names_what_is_unanswered(guest: Guest, attempt: Attempt) -> None:
    guest.press("finish", "ask", ticks=guest.tick(0))
    assert "unanswered" in guest.html
    attempt.refresh_from_db()
    assert attempt.status == "open"
    guest.press("finish", "yes")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == ("submitted", "candidate")
    assert guest.path == reverse("report", args=[attempt.uuid])


def test_ending_without_a_score_takes_two_steps_and_frees_the_candidate(guest: Guest, attempt: Attempt) -> None:
    guest.get(reverse("finish", args=[attempt.uuid]) + "?end=without-score")
    guest.press("end", "without-score")
    attempt.refresh_from_db()
    assert attempt.status == "abandoned"
    assert "Ended without a score" in guest.html
    guest.get(reverse("history"))
    assert "ended without a score" in guest.html
    assert Guest.start(guest.client, attempt.form.blueprint).path != guest.path


def test_the_summary_filters_and_leads_to_a_question(guest: Guest, attempt: Attempt) -> None:
    guest.press("flag", "on")
    guest.press("move", "summary", ticks=guest.answer())
    assert "1 of 5 answered" in guest.html
    guest.get(reverse("summary", args=[attempt.uuid]) + "?show=flagged")
    assert [button.value for button in guest.room.buttons if button.name == "go"][:1] == ["1"]
    guest.get(reverse("summary", args=[attempt.uuid]) + "?show=unanswered")
    guest.press("go", "4")
    assert guest.path == address(attempt, 4)


def test_no_page_before_the_end_tells_key_rationale_or_scored(guest: Guest, attempt: Attempt) -> None:
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


def test_a_scored_and_an_unscored_question_have_the_same_pages_to_the_byte(client: Client) -> None:
    """All that differs from one question to the next is its text, its number and the order of its options."""
    Guest.start(client, factories.small_blueprint(30, 10, minutes=30))
    attempt = Attempt.objects.get()
    pages: dict[bool, set[str]] = {True: set(), False: set()}
    for response in attempt.responses.filter(choose=1, position__gt=1, position__lt=40):
        answer = client.get(address(attempt, response.position))
        html = re.sub(
            r"Option [a-d] of tiny|csrfmiddlewaretoken[^>]*>| aria-current=\"step\"", "", answer.content.decode()
        )
        headers = sorted(name for name, _ in answer.headers.items())
        pages[response.scored].add(re.sub(r"\d+", "", html) + str(headers))
    assert len(pages[True]) == 1
    assert pages[True] == pages[False]


def test_strangers_and_other_candidates_get_the_same_404_as_for_what_does_not_exist(
    guest: Guest, attempt: Attempt
) -> None:
    other = Client()
    Guest.start(other, factories.small_blueprint(code="OTHER"))
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


def test_pages_of_an_attempt_are_never_stored_by_the_browser(guest: Guest, attempt: Attempt) -> None:
    for name in ("attempt", "summary", "finish"):
        assert "no-store" in guest.client.get(reverse(name, args=[attempt.uuid]))["Cache-Control"]
    assert "no-store" in guest.client.get(address(attempt))["Cache-Control"]


class TestWithHtmx:
    HEADERS = {"HX-Request": "true"}

    def test_a_save_by_script_gets_the_status_fragment_with_the_version(self, guest: Guest, attempt: Attempt) -> None:
        data = guest.room.data(ticks=guest.tick(0)) | {"move": "stay"}
        answer = guest.client.post(address(attempt), data, headers=self.HEADERS)
        assert answer.status_code == 200
        assert 'data-version="1"' in answer.content.decode()
        assert len(answer.content) < 600

    def test_a_move_answers_with_the_next_question_and_its_address(self, guest: Guest, attempt: Attempt) -> None:
        data = guest.room.data() | {"move": "next"}
        answer = guest.client.post(address(attempt), data, headers=self.HEADERS)
        html = answer.content.decode()
        assert answer["HX-Push-Url"] == address(attempt, 2)
        assert html.lstrip().startswith("<form")
        assert "Question 2" in html

    def test_an_outdated_save_answers_409_with_the_current_state(self, guest: Guest, attempt: Attempt) -> None:
        stale = guest.room
        guest.press("move", "stay", ticks=guest.tick(0))
        answer = guest.client.post(address(attempt), stale.data(ticks=[]) | {"move": "stay"}, headers=self.HEADERS)
        assert answer.status_code == 409
        assert answer["HX-Retarget"] == "#room"
        assert "checked" in answer.content.decode()


class TestQueries:
    """What one request costs, whatever the length of the exam. BEGIN and COMMIT do not count."""

    @pytest.fixture(params=[(4, 1), (30, 10)])
    def seated(self, request: pytest.FixtureRequest, client: Client, settings: Any) -> Iterator[Guest]:
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # with Redis it is one query less
        scored, unscored = request.param
        with time_machine.travel(NOW, tick=False):  # the first click of a new day renews the session
            yield Guest.start(client, factories.small_blueprint(scored, unscored, minutes=30))

    def count(self, work: Any) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as captured:
            work()
        silent = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return len([q for q in captured.captured_queries if not q["sql"].startswith(silent)])

    def test_a_page_takes_four(self, seated: Guest) -> None:
        assert self.count(lambda: seated.client.get(seated.path)) == 4

    def test_a_save_takes_two(self, seated: Guest) -> None:
        data = seated.room.data(ticks=seated.tick(0)) | {"move": "stay"}
        headers = {"HX-Request": "true"}
        assert self.count(lambda: seated.client.post(seated.path, data, headers=headers)) == 2

    def test_a_move_takes_six(self, seated: Guest) -> None:
        data = seated.room.data(ticks=seated.tick(0)) | {"move": "next"}
        headers = {"HX-Request": "true"}
        assert self.count(lambda: seated.client.post(seated.path, data, headers=headers)) == 6

    def test_a_start_takes_at_most_nine(self, seated: Guest, django_assert_max_num_queries: Any) -> None:
        from tests.html_forms import forms

        blueprint = Attempt.objects.get().form.blueprint
        seated.press("finish", "ask")
        seated.press("finish", "yes")
        for client in (Client(), seated.client):
            page = client.get(reverse("exam", args=[blueprint.code]))
            (rules,) = [form for form in forms(page).values() if "pair" in dict(form.fields)]
            assert self.count(lambda client=client, rules=rules: client.post(rules.action, rules.data())) <= 9
