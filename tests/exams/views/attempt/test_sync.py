"""Test the endpoint of the room's script: every outcome, repetitions, bad input, and the number of queries."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Response
from exams.services.attempt import annotations, ending
from exams.services.people import candidates
from tests import factories
from tests.exams.views.attempt.open_questions import after_the_deadline, after_the_start, row
from tests.exams.views.attempt.syncing import answer, event, outcomes, paper, post, question, single
from tests.factories import NOW
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db


def stored(attempt: Attempt) -> Any:
    """Return all that the database has of the answers and notes of an attempt."""
    attempt.refresh_from_db()
    notes = attempt.notes.order_by("position").values_list("position", "text", "highlights", "version")
    return list(attempt.responses.values()), list(notes), attempt.position, attempt.candidate.preferences


class TestOneOfEachKind:
    def test_an_answer_is_stored_with_its_seconds_and_the_steps_in_between(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        at = single(attempt)
        with after_the_start(attempt, minutes=1):
            reply = post(guest.client, attempt, answer(at, 2, seconds=30, steps=[[1, 10], [2, 20]])).json()
        assert reply["status"] == "open"
        assert (reply["events"][0]["outcome"], reply["events"][0]["version"]) == ("saved", 1)
        found = row(attempt, at)
        assert (found.ticked, found.version, found.seconds, found.trail) == (0b100, 1, 30, "1@10;2@20;4@30;")
        assert found.first_shown
        assert found.saved_at

    def test_an_answer_that_came_back_to_the_stored_one_still_tells_its_steps(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        at = single(attempt)
        post(guest.client, attempt, answer(at, 0))
        again = answer(at, 0, version=1, seconds=20, steps=[[2, 15], [1, 20]])
        for _ in range(2):
            assert post(guest.client, attempt, again).json()["events"][0]["version"] == 2
        assert row(attempt, at).trail == "1@5;2@15;1@20;"

    def test_unticking_is_stored(self, guest: Guest, attempt: Attempt) -> None:
        at = single(attempt)
        post(guest.client, attempt, answer(at, 0))
        assert outcomes(post(guest.client, attempt, answer(at, version=1))) == ["saved"]
        assert row(attempt, at).ticked == 0

    def test_a_flag_and_strike_outs_are_stored(self, guest: Guest, attempt: Attempt) -> None:
        events = event("flag", 2, on=True), event("strike", 2, struck=[0, 2])
        assert outcomes(post(guest.client, attempt, *events)) == ["saved", "saved"]
        found = row(attempt, 2)
        assert (found.flagged, found.struck, found.version) == (True, 0b101, 0)
        post(guest.client, attempt, event("flag", 2, on=False), event("strike", 2, struck=[]))
        assert (row(attempt, 2).flagged, row(attempt, 2).struck) == (False, 0)

    def test_a_ticked_option_is_no_longer_struck_out_unless_it_is_struck_out_later(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        at = single(attempt)
        post(guest.client, attempt, event("strike", at, struck=[0, 1]), answer(at, 0))
        assert row(attempt, at).struck == 0b10
        post(guest.client, attempt, answer(at, 1, version=1), event("strike", at, struck=[1]))
        assert (row(attempt, at).struck, row(attempt, at).ticked) == (0b10, 0b10)

    def test_a_visit_says_where_the_exam_is_and_that_the_question_was_shown(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        events = event("visit", 3, seconds=7), event("visit", 4, seconds=0)
        with after_the_start(attempt, minutes=1):
            assert outcomes(post(guest.client, attempt, *events)) == ["saved", "saved"]
        assert (row(attempt, 3).seconds, row(attempt, 4).seconds) == (7, 0)
        assert row(attempt, 3).first_shown
        assert not row(attempt, 2).first_shown
        attempt.refresh_from_db()
        assert attempt.position == 4

    def test_seconds_never_decrease(self, guest: Guest, attempt: Attempt) -> None:
        with after_the_start(attempt, minutes=1):
            post(guest.client, attempt, event("visit", 1, seconds=20), event("visit", 1, seconds=7))
        assert row(attempt).seconds == 20

    def test_notes_highlights_and_the_scratchpad_are_stored_with_versions(self, guest: Guest, attempt: Attempt) -> None:
        events = (
            event("note", 1, text="why?\r\n", version=0),
            event("highlight", 1, marks={"stem": [[0, 5]]}, version=0),
            event("scratchpad", None, text="later", version=0),
        )
        reply = post(guest.client, attempt, *events).json()["events"]
        assert [(result["outcome"], result["version"]) for result in reply] == [("saved", 1)] * 3
        notes = annotations.read(attempt, None)
        assert (notes.at(1).text, notes.at(1).highlights) == ("why?\n", {"stem": [[0, 5]]})
        assert notes.at(0).text == "later"

    def test_highlights_in_options_that_the_question_lacks_are_left_out(self, guest: Guest, attempt: Attempt) -> None:
        beyond = max(row(attempt).bits) + 1
        marks = {str(beyond): [[0, 1]], "29": [[0, 1]], "0": [], "stem": [[0, 4]]}
        assert outcomes(post(guest.client, attempt, event("highlight", 1, marks=marks, version=0))) == ["saved"]
        assert attempt.notes.get().highlights == {"stem": [[0, 4]]}

    def test_forty_highlights_are_taken_in_each_part(self, guest: Guest, attempt: Attempt) -> None:
        marks = {part: [[2 * n, 2 * n + 1] for n in range(40)] for part in ("stem", "0", "1")}
        assert outcomes(post(guest.client, attempt, event("highlight", 1, marks=marks, version=0))) == ["saved"]
        assert attempt.notes.get().highlights == marks

    def test_preferences_are_stored_for_the_candidate(self, guest: Guest, attempt: Attempt) -> None:
        events = (
            event("preference", None, name="size", value=3),
            event("preference", None, name="theme", value="dark"),
            event("preference", None, name="keys", value=False),
        )
        response = post(guest.client, attempt, *events)
        assert outcomes(response) == ["saved"] * 3
        assert Candidate.objects.get().preferences == {"size": 3, "theme": "dark", "keys": False}
        assert response.cookies["theme"].value == "dark"

    @pytest.mark.parametrize("value", [True, 0, 4, "2", None])
    def test_another_text_size_is_not_stored(self, guest: Guest, attempt: Attempt, value: object) -> None:
        post(guest.client, attempt, event("preference", None, name="size", value=value))
        assert Candidate.objects.get().preferences == {}

    def test_an_empty_batch_tells_the_time_and_the_deadline(self, guest: Guest, attempt: Attempt) -> None:
        with time_machine.travel(attempt.started_at + timedelta(minutes=1), tick=False):
            reply = post(guest.client, attempt).json()
        assert reply["deadline"] - reply["now"] == 29 * 60_000
        assert (reply["status"], reply["events"], reply["changed"]) == ("open", [], [])


class TestRepetition:
    def test_a_batch_that_is_sent_again_changes_nothing(self, guest: Guest, attempt: Attempt) -> None:
        first, second = single(attempt), single(attempt, 1)
        batch = (
            event("visit", first, seconds=3),
            answer(first, 1, steps=[[1, 2], [2, 4]]),
            event("flag", second, on=True),
            event("strike", second, struck=[0]),
            event("note", second, text="why?", version=0),
            event("highlight", second, marks={"0": [[1, 2]]}, version=0),
            event("scratchpad", None, text="later", version=0),
            event("preference", None, name="size", value=2),
        )
        with time_machine.travel(attempt.started_at + timedelta(minutes=1), tick=False):
            once = post(guest.client, attempt, *batch)
            before = stored(attempt)
            again = post(guest.client, attempt, *batch)
        assert once.json() == again.json()
        assert outcomes(again) == ["saved"] * len(batch)
        assert stored(attempt) == before

    def test_two_answers_to_one_question_are_stored_one_after_the_other(self, guest: Guest, attempt: Attempt) -> None:
        at = single(attempt)
        response = post(guest.client, attempt, answer(at, 0), answer(at, 1, version=1), event("flag", at, on=True))
        assert outcomes(response) == ["saved"] * 3
        assert (row(attempt, at).ticked, row(attempt, at).version, row(attempt, at).flagged) == (0b10, 2, True)

    def test_fifty_answers_to_one_question_are_stored_and_more_are_refused(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        """Each is a statement in a transaction for which all others wait."""
        at = single(attempt)
        answers = [answer(at, n % 2, version=n) for n in range(60)]
        response = post(guest.client, attempt, *answers, event("flag", at + 1, on=True))
        assert outcomes(response) == ["saved"] * 50 + ["refused"] * 10 + ["saved"]
        assert row(attempt, at).version == 50


class TestTheTimeOfTheTrail:
    @pytest.mark.parametrize(
        ("ago", "shown"),
        [(60_000, 240), (0, 300), (0.5, 299.9995), (-5, 300), (10**9, 0), (10**30, 300), ("x", 300), (True, 300)],
    )
    def test_ago_dates_what_was_shown_and_is_clamped_to_the_exam(
        self, guest: Guest, attempt: Attempt, ago: Any, shown: float
    ) -> None:
        with time_machine.travel(attempt.started_at + timedelta(minutes=5), tick=False):
            assert outcomes(post(guest.client, attempt, event("visit", 2, seconds=1) | {"ago": ago})) == ["saved"]
        first_shown = row(attempt, 2).first_shown
        assert first_shown
        assert (first_shown - attempt.started_at).total_seconds() == shown

    def test_in_the_grace_period_nothing_is_dated_after_the_deadline(self, guest: Guest, attempt: Attempt) -> None:
        with after_the_deadline(attempt, seconds=5):
            assert outcomes(post(guest.client, attempt, answer(single(attempt), 0))) == ["saved"]
        assert row(attempt, single(attempt)).first_shown == attempt.deadline


class TestRefusals:
    def test_an_outdated_answer_gets_the_stored_one_and_overwrites_nothing(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        first, second = single(attempt), single(attempt, 1)
        post(guest.client, attempt, answer(first, 0), event("flag", first, on=True))
        response = post(guest.client, attempt, answer(first, 1), answer(second, 2))
        assert outcomes(response) == ["outdated", "saved"]
        late = response.json()["events"][0]
        assert (late["ticked"], late["version"]) == ([0], 1)
        assert "another window" in late["message"]
        (changed,) = response.json()["changed"]
        assert (changed["position"], changed["ticked"], changed["flagged"]) == (first, [0], True)
        assert row(attempt, first).ticked == 1

    def test_what_stands_beside_an_outdated_answer_is_stored(self, guest: Guest, attempt: Attempt) -> None:
        at = single(attempt)
        post(guest.client, attempt, answer(at, 0))
        events = answer(at, 1), event("flag", at, on=True), event("strike", at, struck=[3])
        assert outcomes(post(guest.client, attempt, *events)) == ["outdated", "saved", "saved"]
        assert (row(attempt, at).ticked, row(attempt, at).flagged, row(attempt, at).struck) == (1, True, 0b1000)

    def test_a_version_from_the_future_is_outdated(self, guest: Guest, attempt: Attempt) -> None:
        at = single(attempt)
        response = post(guest.client, attempt, answer(at, 0, version=7))
        assert outcomes(response) == ["outdated"]
        assert response.json()["events"][0]["version"] == 0
        assert row(attempt, at).ticked == 0

    def test_an_outdated_note_is_appended_and_outdated_highlights_are_dropped(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        post(guest.client, attempt, event("note", 1, text="first", version=0))
        events = event("note", 1, text="second", version=0), event("highlight", 1, marks={"stem": [[0, 1]]}, version=0)
        response = post(guest.client, attempt, *events)
        assert outcomes(response) == ["outdated", "outdated"]
        note, highlight = response.json()["events"]
        assert (note["text"], note["version"], note["marks"]) == ("first\n\nsecond", 2, {})
        assert (highlight["version"], highlight.keys() & {"text", "marks"}) == (2, set())
        (changed,) = response.json()["changed"]
        assert changed["note"] == {"text": "first\n\nsecond", "version": 2}
        assert "html" not in changed

    def test_a_note_goes_on_from_what_was_stored_when_the_reply_was_lost(self, guest: Guest, attempt: Attempt) -> None:
        post(guest.client, attempt, event("note", 1, text="ask about", version=0))
        (note,) = post(guest.client, attempt, event("note", 1, text="ask about recall", version=0)).json()["events"]
        assert (note["outcome"], note["version"]) == ("saved", 2)
        assert annotations.read(attempt, None).at(1).text == "ask about recall"

    def test_a_repeated_edit_of_a_note_gets_what_another_window_has_changed_since(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        edit = event("highlight", 1, marks={"stem": [[0, 3]]}, version=0)
        alone = post(guest.client, attempt, edit).json()["events"]
        assert alone == [{"id": alone[0]["id"], "version": 1, "outcome": "saved"}]
        post(guest.client, attempt, event("note", 1, text="written there", version=1))
        (again,) = post(guest.client, attempt, edit).json()["events"]
        assert (again["outcome"], again["version"], again["text"]) == ("saved", 2, "written there")

    def test_the_stored_text_is_returned_once_for_all_outdated_edits_of_a_note(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        post(guest.client, attempt, event("note", 1, text="x" * 4000, version=0))
        late = [event("note", 1, text="y", version=0) for _ in range(500)]
        response = post(guest.client, attempt, *late)
        assert outcomes(response) == ["outdated"] * 500
        first, *others = response.json()["events"]
        assert first["text"] == "x" * 4000
        assert not any("text" in reply or "marks" in reply for reply in others)
        assert response.content.count(b"x" * 4000) == 2  # in the event, and in what another window has changed

    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            ({"ticked": [30]}, "does not belong to this question"),
            ({"ticked": [20]}, "does not belong to this question"),
            ({"ticked": [-1]}, "does not belong to this question"),
            ({"ticked": [2**40]}, "does not belong to this question"),
            ({"ticked": ["0"]}, "does not belong to this question"),
            ({"ticked": [True]}, "does not belong to this question"),
            ({"ticked": [1, 1]}, "selected twice"),
            ({"ticked": [0, 1]}, "Choose 1 option. You selected 2."),
            ({"steps": [[3, 1]]}, "Choose 1 option. You selected 2."),
            ({"steps": [[2**20, 1]]}, "does not belong to this question"),
            ({"steps": [[2**31, 1]]}, "does not belong to this question"),
            ({"steps": "1"}, "could not be read"),
            ({"steps": [[1]]}, "could not be read"),
            ({"ticked": None}, "could not be read"),
            ({"version": -1}, "could not be read"),
            ({"version": 2**31}, "could not be read"),
            ({"version": 1.5}, "could not be read"),
            ({"version": None}, "could not be read"),
            ({"seconds": 2**31}, "could not be read"),
            ({"seconds": -1}, "could not be read"),
            ({"position": 0}, "could not be read"),
            ({"position": "1"}, "could not be read"),
            ({"position": 99}, "no question with that number"),
            ({"position": 10**30}, "could not be read"),
            ({"kind": "finish"}, "could not be read"),
            ({"kind": ["answer"]}, "could not be read"),
            ({"kind": None}, "could not be read"),
        ],
    )
    def test_one_faulty_event_is_refused_with_a_sentence_and_the_others_are_stored(
        self, guest: Guest, attempt: Attempt, fault: dict[str, Any], sentence: str
    ) -> None:
        first, second = single(attempt), single(attempt, 1)
        before = Response.objects.filter(attempt=attempt, position=first).values().get()
        response = post(guest.client, attempt, answer(first, 0) | fault, answer(second, 1))
        assert outcomes(response) == ["refused", "saved"]
        assert sentence in response.json()["events"][0]["message"]
        assert Response.objects.filter(attempt=attempt, position=first).values().get() == before
        assert row(attempt, second).ticked == 0b10

    @pytest.mark.parametrize(
        ("faulty", "sentence"),
        [
            (event("flag", 1, on="yes"), "could not be read"),
            (event("strike", 1, struck=[30]), "does not belong"),
            (event("strike", 1, struck=[20]), "does not belong"),
            (event("visit", 99, seconds=1), "no question with that number"),
            (event("visit", 1, seconds="1"), "could not be read"),
            (event("note", 1, text="x" * 4001, version=0), "at most 4000 characters"),
            (event("note", 1, text=None, version=0), "could not be read"),
            (event("note", 1, text="a\0b", version=0), "cannot be stored"),
            (event("note", 1, text="\ud800", version=0), "cannot be stored"),
            (event("note", 99, text="x", version=0), "no question with that number"),
            (event("note", None, text="x", version=0), "could not be read"),
            (event("scratchpad", None, text="x"), "could not be read"),
            (event("highlight", 1, marks={"stem": [[5, 1]]}, version=0), "highlights were not saved"),
            (event("highlight", 1, marks={"99": []}, version=0), "highlights were not saved"),
            (event("highlight", 1, marks=[], version=0), "highlights were not saved"),
            (event("highlight", 1, marks={"stem": [[n, n + 1] for n in range(41)]}, version=0), "at most 40"),
            (event("preference", None, name="exam", value="X"), "could not be read"),
            (event("preference", None, name="size", value=9), "not possible"),
            (event("preference", None, name=["size"], value=1), "could not be read"),
            (event("check", 1, ticked=[0], version=0, sure=4), "could not be read"),
            (event("check", 1, ticked=[0], version=0), "could not be read"),
            ("flag", "could not be read"),
            (None, "could not be read"),
        ],
    )
    def test_so_are_faulty_events_of_the_other_kinds(
        self, guest: Guest, attempt: Attempt, faulty: Any, sentence: str
    ) -> None:
        before, at = stored(attempt), single(attempt, 1)
        response = post(guest.client, attempt, faulty, answer(at, 1))
        assert outcomes(response) == ["refused", "saved"]
        assert sentence in response.json()["events"][0]["message"]
        assert row(attempt, at).ticked == 0b10
        Response.objects.filter(attempt=attempt, position=at).update(
            **{name: value for name, value in before[0][at - 1].items() if name not in ("id", "correct")}
        )
        after = stored(attempt)
        shown = [values.pop("first_shown") and values.pop("saved_at") for values in after[0]]
        assert len(shown) == 5
        assert [{k: v for k, v in row.items() if k in after[0][0]} for row in before[0]] == after[0]
        assert after[1:] == before[1:]

    def test_the_id_only_names_an_event_in_the_reply(self, guest: Guest, attempt: Attempt) -> None:
        ids = ["x", 7, None, [1], "x", "\ud800"]
        response = post(guest.client, attempt, *(event("flag", 1, on=True) | {"id": name} for name in ids))
        assert outcomes(response) == ["saved"] * len(ids)
        assert [result["id"] for result in response.json()["events"]] == ["x", 7, None, None, "x", "\ud800"]


class TestTwoWindows:
    def test_a_note_that_goes_on_takes_the_place_of_its_beginning_beside_that_of_another_window(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        def write(text: str, version: int) -> Any:
            return post(guest.client, attempt, event("note", 1, text=text, version=version)).json()["events"][0]

        assert write("one", 0)["outcome"] == "saved"
        second = write("two", 0)
        assert (second["outcome"], second["text"]) == ("outdated", "one\n\ntwo")
        assert second["message"] == "Your note was merged with that of another window or device."
        assert write("one, more", 1)["text"] == "one, more\n\ntwo"
        assert write("one, more\n\ntwo, more\n\nthree", 1)["outcome"] == "saved"
        assert write("other", 1)["text"] == "one, more\n\ntwo, more\n\nthree\n\nother"

    def test_a_visit_of_a_question_that_another_window_has_answered_gets_the_answer(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        post(guest.client, attempt, answer(1, 0))
        [shown] = post(guest.client, attempt, event("visit", 1, seconds=1, version=0)).json()["changed"]
        assert (shown["position"], shown["version"]) == (1, 1)
        assert post(guest.client, attempt, event("visit", 1, seconds=1, version=1)).json()["changed"] == []
        assert post(guest.client, attempt, event("visit", 1, seconds=1)).json()["changed"] == []


class TestTheEnd:
    def test_what_arrives_in_the_grace_period_counts(self, guest: Guest, attempt: Attempt) -> None:
        with after_the_deadline(attempt, seconds=9):
            response = post(guest.client, attempt, answer(1, 0), event("note", 1, text="x", version=0))
        assert outcomes(response) == ["saved", "saved"]
        assert response.json()["status"] == "open"

    @pytest.mark.parametrize("moment", ["before anybody closes it", "after it was closed"])
    def test_what_arrives_after_it_is_late_and_changes_nothing(
        self, guest: Guest, attempt: Attempt, moment: str
    ) -> None:
        with after_the_deadline(attempt, seconds=11):
            if moment == "after it was closed":
                ending.close_if_overdue(Attempt.objects.get(pk=attempt.pk), attempt.deadline + timedelta(seconds=11))
            before = stored(attempt)
            events = answer(1, 0), event("visit", 2, seconds=1), event("note", 1, text="x", version=0)
            response = post(guest.client, attempt, *events)
        assert outcomes(response) == ["late"] * 3
        assert "too late" in response.json()["events"][0]["message"]
        assert response.json()["status"] == "submitted", "an overdue exam is closed"
        assert stored(attempt) == before

    def test_what_arrives_after_the_candidate_has_finished_finds_it_closed(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        ending.finish(attempt, attempt.started_at + timedelta(minutes=1))
        before = stored(attempt)
        response = post(guest.client, attempt, answer(1, 0), event("note", 1, text="x", version=0))
        assert outcomes(response) == ["closed", "closed"]
        assert response.json()["status"] == "submitted"
        assert stored(attempt) == before

    def test_the_page_says_how_many_changes_of_which_questions_came_after_it_and_shows_the_note(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        ending.finish(attempt, attempt.started_at + timedelta(minutes=1))
        events = answer(3, 0), event("visit", 2, seconds=1), event("note", 1, text="a <b> note", version=0)
        page = " ".join(post(guest.client, attempt, *events).json()["page"].split())
        assert "2 changes arrived after that and do not count." in page
        assert "What was changed: questions 1, 3." in page
        assert "Your note on question 1, which was not saved" in page
        assert "a &lt;b&gt; note</textarea>" in page

    def test_time_that_staff_add_is_in_the_reply(self, guest: Guest, attempt: Attempt) -> None:
        before = post(guest.client, attempt, answer(1, 0)).json()["deadline"]
        Attempt.objects.filter(pk=attempt.pk).update(deadline=attempt.deadline + timedelta(minutes=5))
        assert post(guest.client, attempt, event("flag", 1, on=True)).json()["deadline"] - before == 5 * 60_000

    def test_a_clock_of_the_server_that_was_set_back_shows_no_more_than_the_limit(
        self, guest: Guest, attempt: Attempt
    ) -> None:
        with time_machine.travel(attempt.started_at - timedelta(hours=1), tick=False):
            reply = post(guest.client, attempt, answer(single(attempt), 0)).json()
        assert reply["deadline"] - reply["now"] == 30 * 60_000
        assert row(attempt, single(attempt)).first_shown == attempt.started_at


class TestBatches:
    def raw(self, client: Client, attempt: Attempt, body: Any, content_type: str = "application/json") -> Any:
        return client.post(reverse("sync", args=[attempt.uuid]), body, content_type=content_type)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (" ", 400),
            ("{", 400),
            ("[]", 400),
            ("null", 400),
            ('{"protocol": 1}', 400),
            ('{"protocol": 1, "events": {}}', 400),
            ('{"protocol": 1, "events": [NaN]}', 400),
            ('{"protocol": 1, "events": [' + "9" * 5000 + "]}", 400),
            (b'{"protocol": 1, "events": ["\xff"]}', 400),
            ("[" * 30_000, 400),
            ('{"protocol": 2, "events": []}', 409),
            ('{"protocol": 0, "events": []}', 409),
            ('{"protocol": [], "events": []}', 409),
            ('{"events": []}', 409),
            (json.dumps({"protocol": 1, "events": [None] * 501}), 413),
            (json.dumps({"protocol": 1, "events": ["x" * 64 * 1024]}), 413),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_a_sentence(
        self, guest: Guest, attempt: Attempt, body: str, status: int
    ) -> None:
        before = stored(attempt)
        response = self.raw(guest.client, attempt, body)
        assert response.status_code == status
        assert response.json()["message"].endswith(".")
        assert stored(attempt) == before

    def test_an_old_room_is_told_to_reload(self, guest: Guest, attempt: Attempt) -> None:
        response = post(guest.client, attempt, answer(1, 0), protocol=0)
        assert (response.status_code, "Reload to go on" in response.json()["message"]) == (409, True)

    def test_only_json_is_read(self, guest: Guest, attempt: Attempt) -> None:
        assert guest.client.post(reverse("sync", args=[attempt.uuid]), {"events": "[]"}).status_code == 415
        assert self.raw(guest.client, attempt, '{"protocol": 1, "events": []}', "text/plain").status_code == 415

    def test_five_hundred_events_are_taken(self, guest: Guest, attempt: Attempt) -> None:
        events = [{"id": n, "kind": "flag", "position": n % 5 + 1, "on": True} for n in range(500)]
        assert outcomes(post(guest.client, attempt, *events)) == ["saved"] * 500

    def test_the_reply_is_stored_nowhere_and_a_get_is_not_allowed(self, guest: Guest, attempt: Attempt) -> None:
        assert "no-store" in post(guest.client, attempt)["Cache-Control"]
        assert guest.client.get(reverse("sync", args=[attempt.uuid])).status_code == 405


class TestWhoMaySend:
    def test_others_get_the_404_of_a_missing_attempt_whatever_they_send(self, guest: Guest, attempt: Attempt) -> None:
        other, nobody = browser(factories.candidate()), Client()
        before = stored(attempt)
        for client in (other, nobody):
            for body in ({}, {"protocol": 1, "events": []}, {"protocol": 1, "events": [answer(1, 0)]}):
                for uuid in (attempt.uuid, "11111111-1111-4111-8111-111111111111"):
                    address = reverse("sync", args=[uuid])
                    assert client.post(address, json.dumps(body), content_type="application/json").status_code == 404
        assert stored(attempt) == before

    def test_a_session_that_has_ended_gets_401(self, guest: Guest, attempt: Attempt) -> None:
        Candidate.objects.update(epoch=7)
        assert post(guest.client, attempt, answer(1, 0)).status_code == 401
        assert row(attempt).ticked == 0

    def test_a_session_that_has_ended_changes_no_preferences(self, guest: Guest, attempt: Attempt) -> None:
        Candidate.objects.update(epoch=7)
        events = event("preference", None, name="size", value=3), event("preference", None, name="theme", value="dark")
        response = post(guest.client, attempt, *events)
        assert response.status_code == 401
        assert "theme" not in response.cookies
        assert Candidate.objects.get().preferences == {}

    def test_nor_does_a_guest_who_was_merged_into_another_elsewhere(self, client: Client) -> None:
        guest = Guest.start(client, factories.small_blueprint(minutes=30))
        attempt = Attempt.objects.get()
        merged, owner = attempt.candidate, factories.candidate()
        assert candidates.claim(owner, merged).candidate == owner
        assert not Candidate.objects.filter(pk=merged.pk).exists()
        response = post(guest.client, attempt, event("preference", None, name="size", value=3))
        assert response.status_code == 401
        owner.refresh_from_db()
        assert owner.preferences == {"exam": "TINY"}, "not the size"

    def test_a_stale_csrf_token_gets_a_403_that_names_nothing(self, guest: Guest, attempt: Attempt) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = guest.client.cookies
        refused = post(strict, attempt, answer(1, 0))
        assert refused.status_code == 403
        assert list(refused.json()) == ["message"]
        assert str(attempt.uuid) not in refused.content.decode()
        assert "no-store" in refused["Cache-Control"]
        assert row(attempt).ticked == 0

    def test_with_the_token_of_the_cookie_it_is_taken(self, guest: Guest, attempt: Attempt) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = guest.client.cookies
        strict.get(reverse("question", args=[attempt.uuid, 1]))
        token = strict.cookies["csrftoken"].value
        body = json.dumps({"protocol": 1, "events": [answer(single(attempt), 0)]})
        address = reverse("sync", args=[attempt.uuid])
        taken = strict.post(address, body, content_type="application/json", headers={"X-CSRFToken": token})
        assert outcomes(taken) == ["saved"]


class TestQueries:
    @pytest.fixture(params=[(4, 1), (30, 10)])
    def long_or_short(self, request: pytest.FixtureRequest, client: Client, _sessions_in_the_database: None) -> Any:
        with time_machine.travel(NOW, tick=False):  # the first POST of a new day renews the session
            guest = Guest.start(client, factories.small_blueprint(*request.param, minutes=30))
            yield guest, Attempt.objects.get()

    def everywhere(self, attempt: Attempt, kind: str, **fields: Any) -> list[dict[str, Any]]:
        return [event(kind, position, **fields) for position in attempt.responses.values_list("position", flat=True)]

    @pytest.mark.parametrize("n", [1, 20])
    def test_answers_flags_and_strike_outs_take_one_statement_beside_the_session(
        self, long_or_short: Any, django_assert_num_queries: Any, n: int
    ) -> None:
        guest, attempt = long_or_short
        events = self.everywhere(attempt, "answer", ticked=[0], version=0, seconds=3, steps=[])
        events += self.everywhere(attempt, "flag", on=True) + self.everywhere(attempt, "strike", struck=[2])
        with django_assert_num_queries(2):  # not even BEGIN and COMMIT: the statement is the transaction
            assert outcomes(post(guest.client, attempt, *events[: n * 3])) == ["saved"] * len(events[: n * 3])

    @pytest.mark.parametrize("n", [1, 20])
    def test_with_visits_the_position_is_stored_by_the_same_statement_or_on_sqlite_by_a_second_one(
        self, long_or_short: Any, django_assert_num_queries: Any, n: int
    ) -> None:
        guest, attempt = long_or_short
        events = self.everywhere(attempt, "visit", seconds=3)[:n]
        events += self.everywhere(attempt, "answer", ticked=[1], version=0, seconds=3, steps=[])[:n]
        with django_assert_num_queries(2 if connection.vendor == "postgresql" else 3):  # the session is one of them
            assert outcomes(post(guest.client, attempt, *events)) == ["saved"] * len(events)

    @pytest.mark.parametrize("n", [1, 20])
    def test_notes_take_four_statements(self, long_or_short: Any, django_assert_num_queries: Any, n: int) -> None:
        guest, attempt = long_or_short
        events = self.everywhere(attempt, "note", text="why?", version=0)[:n]
        events += self.everywhere(attempt, "highlight", marks={"stem": [[0, 3]]}, version=0)[:n]
        with django_assert_num_queries(8):  # the session, BEGIN, four, COMMIT, the state of the attempt
            assert outcomes(post(guest.client, attempt, *events)) == ["saved"] * len(events)

    @pytest.mark.parametrize("n", [1, 500])
    def test_checks_in_an_exam_take_as_many_for_one_as_for_five_hundred(
        self, long_or_short: Any, django_assert_num_queries: Any, n: int
    ) -> None:
        guest, attempt = long_or_short
        at = single(attempt)
        checks = [event("check", at, ticked=[0], version=0, seconds=second, sure=3) for second in range(n)]
        # The session, BEGIN, the write, whether it is study mode, COMMIT; attempt, notes, responses, stems, options.
        with django_assert_num_queries(10):
            assert outcomes(post(guest.client, attempt, *checks)) == ["refused"] * n
        assert (row(attempt, at).ticked, row(attempt, at).version) == (1, 1)
        assert row(attempt, at).trail == "1@0;"

    def test_outdated_answers_take_as_many_for_one_as_for_all(
        self, long_or_short: Any, django_assert_num_queries: Any
    ) -> None:
        guest, attempt = long_or_short
        events = self.everywhere(attempt, "answer", ticked=[1], version=0, seconds=3, steps=[])
        post(guest.client, attempt, *events)
        late = self.everywhere(attempt, "answer", ticked=[0], version=0, seconds=3, steps=[])
        with django_assert_num_queries(7):  # the session, the write; attempt, notes, responses, stems, options
            response = post(guest.client, attempt, *late)
        assert outcomes(response) == ["outdated"] * len(late)
        assert len(response.json()["changed"]) == len(late)
        assert paper(guest.client, attempt)["questions"][0]["ticked"] == [1]
        assert question(guest.client, attempt, 1)["version"] == 1
