"""Test what the room sends to its script: acknowledgements, the next question, and the one ahead."""

import re
from datetime import datetime

import pytest
from django.utils import timezone

from exams.models import Attempt
from tests.exams.views.attempt.open_questions import address, after_the_deadline
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


class TestWithHtmx:
    HEADERS = {"HX-Request": "true"}

    def test_a_save_by_script_returns_the_status_fragment_with_the_version(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        data = guest.room.data(ticks=guest.tick(0)) | {"move": "stay"}
        answer = guest.client.post(address(attempt), data, headers=self.HEADERS)
        assert answer.status_code == 200
        assert 'data-version="1"' in answer.content.decode()
        assert len(answer.content) < 600

    def test_a_move_returns_the_next_question_and_its_url(self, guest: Guest, attempt: Attempt) -> None:
        data = guest.room.data() | {"move": "next"}
        answer = guest.client.post(address(attempt), data, headers=self.HEADERS)
        html = answer.content.decode()
        assert answer["HX-Push-Url"] == address(attempt, 2)
        assert html.lstrip().startswith("<form")
        assert "Question 2" in html

    def question_ahead(self, guest: Guest, attempt: Attempt, position: int, **fields: str) -> str:
        """Leave a question for the next one; return the HTML of the one after that."""
        data = {"version": "0", "seconds": "0", "move": "next"} | fields
        page = guest.client.post(address(attempt, position), data, headers=self.HEADERS).content.decode()
        return page.partition('<template class="question-ahead">')[2].partition("</template>")[0]

    def shown_already(self, guest: Guest, attempt: Attempt, since: datetime) -> tuple[str, str]:
        """Leave question 1 for a page that shows question 2; return the HTML for it, and that of the one ahead."""
        data = {"version": "0", "seconds": "0", "move": "next", "option": guest.answer()}
        data["shown"] = str(round(since.timestamp() * 1000))
        page = guest.client.post(address(attempt), data, headers=self.HEADERS).content.decode()
        rest, _, ahead = page.partition('<template class="question-ahead">')
        return rest, ahead

    def test_a_page_that_shows_the_question_already_gets_the_changed_cells_and_the_question_after_it(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        data = {"version": "0", "seconds": "0", "move": "stay", "flag": "on"}
        guest.client.post(address(attempt, 4), data, headers=self.HEADERS)
        since = timezone.now()
        guest.client.post(address(attempt, 5), data, headers=self.HEADERS)
        rest, ahead = self.shown_already(guest, attempt, since)
        assert 'data-position="2"' in rest
        assert re.findall('aria-label="(.+?)"', rest) == ["Question 1, answered", "Question 5, unanswered, flagged"]
        assert 'name="option"' not in rest
        assert 'data-position="3"' in ahead
        assert 'name="option"' in ahead

    def test_an_impossible_time_of_the_page_gets_the_whole_question(self, guest: Guest, attempt: Attempt) -> None:
        data = {"version": "0", "seconds": "0", "move": "next", "shown": "9" * 15}
        page = guest.client.post(address(attempt), data, headers=self.HEADERS)
        assert page.status_code == 200
        assert 'name="option"' in page.content.decode().partition("<template")[0]

    def test_a_question_that_another_window_has_changed_is_sent_again(self, guest: Guest, attempt: Attempt) -> None:
        data = {"version": "0", "seconds": "0", "move": "stay", "note": "why?", "note_version": "0"}
        guest.client.post(address(attempt, 2), data, headers=self.HEADERS)
        page, _ = self.shown_already(guest, attempt, timezone.now())
        assert 'name="option"' in page
        assert "why?" in page

    def test_a_question_with_a_note_is_not_sent_ahead(self, guest: Guest, attempt: Attempt) -> None:
        guest.client.post(address(attempt, 3), {"version": "0", "move": "stay", "note": "why?", "note_version": "0"})
        assert not self.question_ahead(guest, attempt, 1)

    @pytest.mark.parametrize(
        ("unsent", "message"),
        [("1", "1 answer came too late and was not"), ("3", "3 answers came too late"), ("many", "arrived too late")],
    )
    def test_after_the_grace_period_the_answers_kept_in_the_browser_are_counted(
        self, guest: Guest, attempt: Attempt, unsent: str, message: str
    ) -> None:
        data = {"version": "0", "move": "stay", "option": guest.tick(0), "unsent": unsent}
        with after_the_deadline(attempt, seconds=11):
            answer = guest.client.post(address(attempt), data, headers=self.HEADERS)
        assert answer.status_code == 409
        assert message in re.sub(r"\s+", " ", answer.content.decode())

    def test_an_outdated_save_returns_409_with_the_current_state(self, guest: Guest, attempt: Attempt) -> None:
        stale = guest.room
        guest.press("move", "stay", ticks=guest.tick(0))
        answer = guest.client.post(address(attempt), stale.data(ticks=[]) | {"move": "stay"}, headers=self.HEADERS)
        assert answer.status_code == 409
        assert answer["HX-Retarget"] == "#room"
        assert "checked" in answer.content.decode()
