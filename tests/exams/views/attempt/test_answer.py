"""Test the buttons of the room: saves, moves and refusals."""

from itertools import product
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Note, Response
from exams.services.attempt import annotations, answering
from exams.services.attempt.answering import Sitter
from tests.exams.views.attempt.open_questions import address, after_the_deadline, row
from tests.html_forms import text
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "button", [("move", "next"), ("flag", "on"), ("move", "summary"), ("finish", "ask"), ("go", "3")]
)
def test_every_button_of_the_room_submits_the_ticks(guest: Guest, attempt: Attempt, button: tuple[str, str]) -> None:
    tick = guest.tick(0)
    guest.press(*button, ticks=tick)
    assert row(attempt).ticked == 1 << int(tick[0])


def test_enter_submits_a_hidden_button_that_saves_and_stays(guest: Guest, attempt: Attempt) -> None:
    first = guest.room.buttons[0]
    assert (first.name, first.value) == ("move", "stay")
    guest.press("move", "stay", ticks=guest.tick(1))
    assert guest.path == address(attempt)
    assert guest.ticked == [str(row(attempt).ticked.bit_length() - 1)]


@pytest.mark.slow
def test_moves_lead_forward_back_and_from_the_last_question_to_the_summary(guest: Guest, attempt: Attempt) -> None:
    for position in (2, 3, 4, 5):
        guest.press("move", "next")
        assert guest.path == address(attempt, position)
    guest.press("move", "previous")
    assert guest.path == address(attempt, 4)
    guest.press("go", "5")
    guest.press("move", "summary")
    assert guest.path == reverse("summary", args=[attempt.uuid])


@pytest.mark.slow
@pytest.mark.parametrize(("button", "page"), [(("move", "summary"), "summary"), (("finish", "ask"), "finish")])
def test_the_way_back_leads_to_the_question_that_the_candidate_comes_from(
    guest: Guest, attempt: Attempt, button: tuple[str, str], page: str
) -> None:
    guest.get(address(attempt, 4))
    guest.press(*button)
    assert guest.path == reverse(page, args=[attempt.uuid])
    assert "Back to question 4" in text(guest.response)


class TestFilter:
    """Next and Previous lead to the questions that match the filter of the answer sheet. No JavaScript is used."""

    @pytest.fixture
    def flagged(self, guest: Guest, attempt: Attempt) -> Guest:
        attempt.responses.filter(position__in=(2, 4)).update(flagged=True)
        guest.get(address(attempt) + "?show=flagged")
        return guest

    @pytest.mark.slow
    def test_next_and_previous_obey_it_and_keep_it(self, flagged: Guest, attempt: Attempt) -> None:
        for move, position in [("next", 2), ("next", 4), ("previous", 2), ("previous", 1)]:
            flagged.press("move", move)
            assert flagged.path == address(attempt, position)
            assert flagged.room.values["show"] == "flagged"

    @pytest.mark.slow
    def test_after_the_last_match_next_leads_to_the_summary_of_the_filter(
        self, flagged: Guest, attempt: Attempt
    ) -> None:
        flagged.press("go", "4")
        flagged.press("move", "next")
        assert flagged.path == reverse("summary", args=[attempt.uuid])
        assert [button.value for button in flagged.room.buttons] == ["2", "4", "4"]
        assert "No question after question 4 matches this filter." in " ".join(flagged.html.split())
        flagged.press("go", "2")
        assert flagged.room.values["show"] == "flagged"

    def test_an_unknown_filter_shows_all(self, guest: Guest, attempt: Attempt) -> None:
        guest.get(address(attempt) + "?show=nonsense")
        assert guest.room.values["show"] == "all"


@pytest.mark.slow
def test_clearing_unticks_a_radio_button(guest: Guest, attempt: Attempt) -> None:
    guest.press("move", "stay", ticks=guest.tick(0))
    guest.press("clear")
    assert guest.ticked == []
    assert row(attempt).ticked == 0


@pytest.mark.slow
def test_flags_and_strike_outs_are_stored_and_shown(guest: Guest, attempt: Attempt) -> None:
    guest.press("flag", "on")
    struck = [button for button in guest.room.buttons if button.name == "strike"][1]
    guest.press("strike", struck.value)
    assert row(attempt).flagged
    assert row(attempt).struck.bit_count() == 1
    assert 'class="option struck"' in guest.html
    guest.press("flag", "off")
    assert not row(attempt).flagged


@pytest.mark.slow
def test_ticking_an_option_takes_its_strike_out_away(guest: Guest, attempt: Attempt) -> None:
    for place in (0, 1):
        guest.press("strike", [button for button in guest.room.buttons if button.name == "strike"][place].value)
    struck = row(attempt).struck
    tick = guest.tick(0)
    guest.press("move", "stay", ticks=tick)
    assert row(attempt).struck == struck & ~(1 << int(tick[0]))
    again = guest.room.button("strike").value
    guest.press("strike", again)  # on purpose: stays while the tick does not change
    guest.press("flag", "on")
    assert row(attempt).struck == struck


def test_a_stale_page_overwrites_nothing_and_gets_a_message(guest: Guest, attempt: Attempt) -> None:
    stale = guest.room
    guest.press("move", "stay", ticks=guest.tick(0))
    stored = row(attempt).ticked
    answer = guest.client.post(stale.action, stale.data(stale.button("move", "next"), ticks=[]))
    assert answer.status_code == 409
    assert "answered in another window" in answer.content.decode()
    assert row(attempt).ticked == stored
    assert Attempt.objects.get(pk=attempt.pk).position == 1


def test_refused_ticks_stay_on_the_page_behind_a_button_that_stores_them(guest: Guest, attempt: Attempt) -> None:
    stale = guest.room
    first, second = guest.tick(0), guest.tick(1)
    guest.press("move", "stay", ticks=first)
    guest.response = guest.client.post(stale.action, stale.data(stale.button("move", "next"), ticks=second))
    assert "Saved there: A. Not saved, selected here: B." in text(guest.response)
    assert guest.ticked == first, "the stored answer is the current one"
    guest.press("use")
    assert row(attempt).ticked == 1 << int(second[0])


@pytest.mark.slow
def test_a_refused_answer_stays_on_the_page_and_one_click_uses_it(guest: Guest, attempt: Attempt) -> None:
    stale, mine = guest.room, guest.tick(1)
    guest.press("move", "stay", ticks=guest.tick(0))
    guest.response = guest.client.post(stale.action, stale.data(ticks=mine) | {"move": "next"})
    assert "Saved there: A." in guest.html
    assert "Not saved, selected here: B." in guest.html
    assert guest.ticked == [str(row(attempt).ticked.bit_length() - 1)]
    guest.press("use")
    assert row(attempt).ticked == 1 << int(mine[0])
    assert guest.ticked == mine
    assert 'name="use"' not in guest.html


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
        {"use": "99999999"},
        {"use": "x"},
    ],
)
def test_malformed_fields_are_refused_and_change_nothing(
    guest: Guest, attempt: Attempt, fields: dict[str, Any]
) -> None:
    before = Response.objects.filter(attempt=attempt).order_by("position").values()
    before = list(before)
    data = guest.room.data() | {"move": "stay"} | fields
    answer = guest.client.post(address(attempt), data)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert list(Response.objects.filter(attempt=attempt).order_by("position").values()) == before


def test_one_tick_too_many_is_refused_with_a_message(guest: Guest, attempt: Attempt) -> None:
    for _ in range(5):
        if row(attempt, int(guest.path.rstrip("/").rsplit("/", 1)[1])).choose == 1:
            break
        guest.press("move", "next")
    answer = guest.client.post(guest.path, guest.room.data(ticks=guest.tick(0, 1)) | {"move": "next"})
    assert answer.status_code == 400
    assert "Choose 1 option." in answer.content.decode()


def test_in_the_grace_period_a_save_is_stored_and_a_move_leads_to_the_finish_page(
    guest: Guest, attempt: Attempt
) -> None:
    tick = guest.tick(0)
    with after_the_deadline(attempt, seconds=3):
        guest.press("move", "next", ticks=tick)
        assert row(attempt).ticked == 1 << int(tick[0])
        assert guest.path == reverse("finish", args=[attempt.uuid])
        assert "Time is up" in guest.html
        guest.press("finish", "yes")
    attempt.refresh_from_db()
    assert (attempt.submitted_at, attempt.closed_by) == (attempt.deadline, "time")


def test_after_the_grace_period_a_save_is_refused_and_the_exam_is_closed(guest: Guest, attempt: Attempt) -> None:
    form, tick = guest.room, guest.tick(0)
    with after_the_deadline(attempt, seconds=11):
        answer = guest.client.post(form.action, form.data(form.button("move", "next"), ticks=tick))
    assert answer.status_code == 409
    assert "arrived too late" in answer.content.decode()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by, row(attempt).ticked) == ("submitted", "time", 0)


@pytest.mark.parametrize("field", [{"note": "x" * 4001}, {"pad_version": "x"}])
@pytest.mark.parametrize("move", ["stay", "next"])
def test_an_answer_beside_what_cannot_be_stored_is_saved(
    guest: Guest, attempt: Attempt, field: dict[str, str], move: str
) -> None:
    data = guest.room.data(ticks=guest.tick(0)) | {"move": move, "pad": "x"} | field
    response = guest.client.post(address(attempt), data)
    assert response.status_code == 400
    assert "not saved" in response.content.decode()
    assert attempt.responses.get(position=1).ticked == 1 << int(guest.tick(0)[0])


NOWHERE = [0, 6, 1000, 32_768, 99_999_999, 10**20]  # the exam has 5 questions


@pytest.mark.parametrize("position", NOWHERE)
def test_nothing_is_stored_at_a_position_that_no_question_has(guest: Guest, attempt: Attempt, position: int) -> None:
    fields = {"version": "0", "note": "x" * 4000, "note_was": "", "flag": "on"}
    path = f"/attempts/{attempt.uuid}/questions/{position}/"
    for move, answer in product(("stay", "next", "summary"), ({"unchanged": "1"}, {})):
        response = guest.client.post(path, fields | answer | {"move": move})
        assert response.status_code == 404, (move, answer)
    assert not Note.objects.exists()
    attempt.refresh_from_db()
    assert attempt.position == 1


@pytest.mark.parametrize("position", NOWHERE)
def test_no_position_without_a_question_becomes_the_current_one(guest: Guest, attempt: Attempt, position: int) -> None:
    path = f"/attempts/{attempt.uuid}/questions/{position}/"
    assert guest.client.post(path, {"unchanged": "1", "version": "0", "move": "summary"}).status_code == 404
    assert guest.client.get(path).status_code == 404
    attempt.refresh_from_db()
    assert attempt.position == 1


@pytest.mark.parametrize(("position", "is_there"), [(0, False), (2, True), (6, False), (1000, False)])
def test_the_current_question_is_one_of_the_attempt(attempt: Attempt, position: int, is_there: bool) -> None:
    sitter = Sitter(attempt.candidate_id, attempt.candidate.epoch)
    assert answering.set_position(attempt.uuid, sitter, position, timezone.now()) == is_there
    attempt.refresh_from_db()
    assert attempt.position == (position if is_there else 1)


def test_a_page_reads_the_notes_on_its_own_question_alone(guest: Guest, attempt: Attempt) -> None:
    notes = [
        Note(attempt=attempt, position=place, text=f"note {place}", highlights={"stem": [[0, place + 1]]}, version=1)
        for place in (0, 1, 3, 4)
    ]
    Note.objects.bulk_create([*notes, Note(attempt=attempt, position=2, highlights={"stem": [[0, 1]]}, version=1)])
    read = annotations.read(attempt, (3, 0, 5))
    assert {place: note.text for place, note in read.contents.items()} == {0: "note 0", 3: "note 3"}
    assert read.at(3).highlights == {"stem": [[0, 4]]}
    assert read.at(5) == annotations.NoteContent()
    assert read.noted == {1, 3, 4}
    assert read.positions == {0, 1, 2, 3, 4}
    assert len(annotations.read(attempt, None).contents) == 5
    page = guest.get(address(attempt, 3)).content.decode()
    assert "note 3</textarea>" in page
    assert "note 0</textarea>" in page
    assert page.count(", with a note") == 3


@pytest.mark.parametrize("why", ["outdated", "too many"])
def test_a_flag_that_comes_with_a_refused_answer_is_kept(guest: Guest, attempt: Attempt, why: str) -> None:
    response = attempt.responses.get(position=1)
    if why == "outdated":
        attempt.responses.filter(position=1).update(ticked=1, version=3)
    options = [str(bit) for bit in sorted(response.bits)[1 : 2 if why == "outdated" else None]]
    data = {"option": options, "version": "0", "seconds": "0", "flag": "on"}
    refused = guest.client.post(reverse("question", args=[attempt.uuid, 1]), data)
    assert refused.status_code == (409 if why == "outdated" else 400)
    stored = attempt.responses.get(position=1)
    assert (stored.flagged, stored.ticked) == (True, 1 if why == "outdated" else 0)


@pytest.mark.parametrize("why", ["outdated", "too many"])
def test_a_note_that_comes_with_a_refused_answer_is_kept(guest: Guest, attempt: Attempt, why: str) -> None:
    ticks = guest.tick(0, 1, 2) if why == "too many" else guest.tick(0)
    data = guest.room.data(ticks=ticks) | {"note": "Shards again", "move": "next"}
    if why == "outdated":
        attempt.responses.filter(position=1).update(ticked=1 << int(guest.tick(1)[0]), version=3)
    guest.response = guest.client.post(address(attempt), data)
    assert guest.response.status_code == (409 if why == "outdated" else 400)
    assert attempt.notes.get(position=1).text == "Shards again"
    assert "Shards again</textarea>" in guest.html


@pytest.mark.slow
def test_ticks_that_are_too_many_stay_on_the_page_to_be_corrected(guest: Guest, attempt: Attempt) -> None:
    choose = row(attempt).choose
    guest.press("move", "stay", ticks=guest.tick(*range(choose)))
    stored = row(attempt).ticked
    posted = guest.tick(*range(choose + 1))
    guest.press("move", "next", ticks=posted)
    assert guest.response.status_code == 400
    assert f"You selected {choose + 1}. Saved so far: {'A, B' if choose == 2 else 'A'}." in text(guest.response)
    assert guest.ticked == posted
    assert row(attempt).ticked == stored
    corrected = posted[1:]
    guest.press("move", "stay", ticks=corrected)
    assert guest.ticked == corrected
    assert row(attempt).ticked == sum(1 << int(bit) for bit in corrected)
