"""Test who sits there: one browser writes an exam of a class, another one asks before it takes over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Sitting
from exams.services.attempt import annotations, ending, seats
from exams.services.classes import board, participants
from exams.services.people import candidates
from tests import factories
from tests.accounts import log_in, sign_up
from tests.class_browsers import (
    DOORS,
    HOME,
    QUESTION,
    SCHOOL,
    by_guest_code,
    by_personal_link,
    continue_here,
    kinds,
    log,
    open_room,
    start,
    start_form,
    the_attempt,
    ticked,
)
from tests.exams.views.attempt.syncing import answer, event, post, single
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import Guest, browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

REFUSAL = "Your last change here was not saved. Nothing more is saved from here."


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def sitting(db: None) -> Sitting:
    return factories.sitting(factories.small_blueprint(exams=3))


@pytest.fixture
def ana(sitting: Sitting) -> Guest:
    """Return Ana in the room, in the browser in which she has started."""
    return start(sitting, Client(REMOTE_ADDR=SCHOOL))


@pytest.mark.slow
@DOORS
def test_another_browser_is_asked_takes_over_and_goes_on_at_the_same_question(
    ana: Guest, door: Callable[[Attempt], Client]
) -> None:
    ana.press("move", "next")
    other = continue_here(door(the_attempt()))
    assert other.path.endswith("/questions/2/")
    other.press("move", "stay", ticks=other.answer())
    assert ticked(2)
    assert kinds() == ["taken_over"]


@pytest.mark.slow
def test_so_is_another_browser_of_an_account(sitting: Sitting) -> None:
    first, second = Client(), Client(REMOTE_ADDR=HOME)
    sign_up(first)
    form = start_form(first, reverse("join_sitting", args=[sitting.code]))
    assert first.post(form.action, form.data(), follow=True).status_code == 200
    log_in(second)
    continue_here(second).press("move", "next")
    assert kinds() == ["taken_over"]


@pytest.mark.slow
def test_until_it_takes_over_it_neither_reads_nor_writes_nor_ends_the_exam(ana: Guest) -> None:
    attempt, other = the_attempt(), by_guest_code(the_attempt())
    stem = attempt.responses.get(position=1).revision.stem
    for name, position in (("question", [1]), ("summary", []), ("finish", []), ("question_report", [1])):
        page = other.get(reverse(name, args=[attempt.uuid, *position]), follow=True)
        assert QUESTION in text(page)
        assert stem not in page.content.decode()
    answer = {"option": "0", "version": "0", "note": "mine", "note_was": "-", "note_version": "0"}
    for name, position, data in (
        ("question", [1], answer | {"move": "stay"}),
        ("question", [1], answer | {"flag": "on"}),
        ("question", [1], {"unchanged": "", "version": "0", "move": "next"}),
        ("question", [1], {"option": "99", "version": "0"}),
        ("summary", [], {"go": "3"}),
        ("finish", [], {"finish": "yes"}),
        ("finish", [], {"end": "without-score"}),
    ):
        refused = other.post(reverse(name, args=[attempt.uuid, *position]), data)
        assert (refused.status_code, REFUSAL in text(refused)) == (409, True)
    row = the_attempt()
    assert (row.status, row.position, ticked(), kinds()) == ("open", 1, 0, [])
    assert not annotations.read(row, None).contents
    assert not row.responses.get(position=1).flagged


@pytest.mark.slow
def test_the_browser_before_sends_once_more_what_it_had_not_sent(ana: Guest) -> None:
    other = continue_here(by_guest_code(the_attempt()))
    last = ana.press("move", "next", ticks=ana.answer())
    assert last.status_code == 409
    assert "What you had not sent from here is saved. Nothing more is saved from here." in text(last)
    assert ticked()
    assert the_attempt().position == 1, "the browser that writes decides where the exam is"
    seat = the_attempt().events.get(kind="started").data["seat"]
    data = {"position": 1, "seat": seat, "saved": True, "address": "192.0.2.x", "answers": [1]}
    assert log()[1:] == [("last_request", data)]
    other.press("move", "next")
    assert kinds() == ["taken_over", "last_request"]


@pytest.mark.slow
def test_whose_session_a_renewed_link_has_ended_starts_nothing_and_has_no_last_request(sitting: Sitting) -> None:
    person = factories.joined(sitting)
    assert person.candidate
    thief = browser(person.candidate)
    page = start_form(thief, reverse("join_sitting", args=[sitting.code]))
    participants.renew_link(person)
    vera, link = Client(), reverse("join_link", args=[participants.link_token(person)])
    form = start_form(vera, link)
    assert vera.post(form.action, form.data()).status_code == 303

    refused = thief.post(page.action, page.data())
    assert (refused.status_code, Attempt.objects.exists()) == (401, False)
    form = start_form(vera, page.action)
    assert vera.post(form.action, form.data()).status_code == 303
    last = post(thief, the_attempt(), *(answer(position, 0) for position in range(1, 6)))
    assert last.status_code == 401
    assert not the_attempt().responses.exclude(ticked=0).exists()


@pytest.mark.slow
def test_on_a_shared_computer_somebody_else_joins_where_a_session_has_ended(sitting: Sitting) -> None:
    shared = Client(REMOTE_ADDR=SCHOOL)
    start(sitting, shared, "Ana")
    by_personal_link(the_attempt())
    refused = start(sitting, shared, "ana").response
    assert (refused.status_code, Attempt.objects.count()) == (401, 1)
    assert start(sitting, shared, "Ben").response.status_code == 200
    assert Attempt.objects.count() == 2


@pytest.mark.slow
def test_everything_after_it_is_refused_with_the_sentence(ana: Guest) -> None:
    continue_here(by_guest_code(the_attempt()))
    address, room = ana.path, ana.room
    ana.client.post(address, room.data(ticks=ana.tick(0)) | {"move": "stay"})
    before, answer = ticked(), room.data(ticks=ana.tick(1)) | {"version": "1"}
    for values in ({"move": "stay"}, {"move": "next"}, {"flag": "on"}, {"finish": "ask"}):
        refused = ana.client.post(address, answer | values)
        assert (refused.status_code, REFUSAL in text(refused)) == (409, True)
    assert ticked() == before
    assert kinds() == ["taken_over", "last_request"]


@pytest.mark.slow
def test_the_last_request_overwrites_nothing_and_is_marked(ana: Guest) -> None:
    address, data = ana.path, ana.room.data(ticks=ana.tick(0)) | {"move": "stay"}
    other = continue_here(by_guest_code(the_attempt()))
    other.press("move", "stay", ticks=other.tick(1))
    before = ticked()
    late = ana.client.post(address, data)
    assert late.status_code == 409
    assert "not saved, because the question was answered in the other browser" in text(late)
    assert ticked() == before
    assert log()[-1][1]["saved"] is False


def test_the_first_batch_of_the_script_after_the_take_over_is_taken_once(ana: Guest) -> None:
    attempt, other = the_attempt(), continue_here(by_guest_code(the_attempt()))
    at = single(attempt)
    batch = event("visit", 2, seconds=3), answer(at, 1), event("note", at, text="why?", version=0)
    replies = [post(ana.client, attempt, *batch) for _turn in range(2)]
    assert [(reply.status_code, reply.json()["seat"]) for reply in replies] == [(409, "stored"), (409, "taken")]
    assert "What you had not sent from here is saved." in replies[0].json()["message"]
    assert (ticked(at), the_attempt().position) == (0b10, 1), "the browser that writes decides where the exam is"
    assert annotations.read(attempt, None).at(at).text == "why?"
    assert kinds() == ["taken_over", "last_request"]
    assert post(other.client, attempt, event("flag", at, on=True)).status_code == 200


def test_a_last_batch_of_the_script_overwrites_nothing_and_is_marked(ana: Guest) -> None:
    attempt, other = the_attempt(), continue_here(by_guest_code(the_attempt()))
    first, second = single(attempt), single(attempt, 1)
    post(other.client, attempt, answer(first, 0))
    late = post(ana.client, attempt, answer(first, 1), answer(second, 1))
    assert (late.status_code, late.json()["seat"]) == (409, "outdated")
    assert (ticked(first), ticked(second)) == (0b1, 0b10)
    assert log()[-1][1]["saved"] is False


def test_the_script_of_another_browser_neither_reads_nor_writes(ana: Guest) -> None:
    attempt, other = the_attempt(), by_guest_code(the_attempt())
    events = answer(1, 0), event("flag", 1, on=True), event("note", 1, text="mine", version=0)
    refused = post(other, attempt, *events)
    assert (refused.status_code, refused.json()["seat"]) == (409, "taken")
    page = other.get(reverse("paper", args=[attempt.uuid]))
    assert (page.status_code, set(page.json())) == (409, {"seat", "message"})
    row = the_attempt().responses.get(position=1)
    assert (row.ticked, row.flagged, kinds()) == (0, False, [])
    assert not annotations.read(attempt, None).contents


def test_a_batch_in_a_class_takes_as_many_queries_as_outside(
    ana: Guest, django_assert_max_num_queries: Any, settings: Any
) -> None:
    attempt = the_attempt()
    batch = answer(single(attempt), 0)
    with django_assert_max_num_queries(2):  # the session, and the write
        assert post(ana.client, attempt, batch).status_code == 200


@pytest.mark.slow
def test_a_new_personal_link_ends_the_session_before_but_not_its_last_request(ana: Guest, clock: Any) -> None:
    continue_here(by_personal_link(the_attempt()))
    clock.shift(seats.AFTER_THE_SESSION)
    last = ana.press("move", "stay", ticks=ana.answer())
    assert "What you had not sent from here is saved." in text(last)
    assert ticked()
    again = ana.client.post(reverse("question", args=[the_attempt().uuid, 2]), {"option": "0", "version": "0"})
    assert again.status_code == 401


@pytest.mark.parametrize("later", [timedelta(0), seats.AFTER_THE_SESSION + timedelta(seconds=1)])
def test_whose_session_a_new_personal_link_has_ended_replaces_no_answer(
    ana: Guest, clock: Any, later: timedelta
) -> None:
    """A link is renewed because somebody else has used it, who must not undo the exam when it is nearly over."""
    attempt, data = the_attempt(), ana.room.data(ticks=ana.tick(0)) | {"move": "stay"}
    mine = [single(attempt, n) for n in range(2)]
    other = continue_here(by_personal_link(attempt))
    assert post(other.client, attempt, *(answer(place, 1) for place in mine)).status_code == 200
    clock.shift(later)
    guessed = (answer(place, 0, version=version) for place in mine for version in range(3))
    assert post(ana.client, attempt, *guessed).status_code == (401 if later else 409)
    assert ana.client.post(ana.path, data).status_code == 401
    assert [ticked(place) for place in mine] == [0b10, 0b10]
    assert kinds() == (["taken_over"] if later else ["taken_over", "last_request"])


def test_the_last_batch_replaces_no_answer_given_since_however_well_its_version_is_guessed(ana: Guest) -> None:
    attempt = the_attempt()
    old, new, open_ = (single(attempt, n) for n in range(3))
    assert post(ana.client, attempt, answer(old, 0)).status_code == 200
    other = continue_here(by_guest_code(attempt))
    assert post(other.client, attempt, answer(new, 1)).status_code == 200
    guessed = [answer(place, 0, version=version) for place in (new, open_) for version in range(3)]
    late = post(ana.client, attempt, *guessed, answer(old, 1, version=1), event("flag", new, on=True))
    assert (late.status_code, late.json()["seat"]) == (409, "outdated")
    assert [ticked(place) for place in (old, new, open_)] == [0b10, 0b10, 0b1]
    assert attempt.responses.get(position=new).flagged
    assert log()[-1][1]["answers"] == sorted([old, open_])


def test_the_last_batch_of_a_copied_session_shows_its_network_in_the_log_and_on_the_board(ana: Guest) -> None:
    attempt, copy = the_attempt(), Client(REMOTE_ADDR="198.51.100.7")
    copy.cookies["sessionid"] = ana.client.cookies["sessionid"].value
    continue_here(by_guest_code(attempt))
    assert post(copy, attempt, answer(single(attempt), 0)).json()["seat"] == "stored"
    assert [(kind, data["address"]) for kind, data in log()] == [
        ("taken_over", "2001:db8:1::x"), ("other_network", "198.51.100.x"), ("last_request", "198.51.100.x"),
    ]  # fmt: skip
    (place,) = board.places(attempt.sitting, list(board.people(attempt.sitting)))
    assert [browser.address for browser in place.browsers] == ["192.0.2.x", "2001:db8:1::x", "198.51.100.x"]


@pytest.mark.slow
def test_a_session_of_an_account_that_has_ended_sends_nothing_any_more(sitting: Sitting) -> None:
    first, second = Client(), Client()
    sign_up(first)
    form = start_form(first, reverse("join_sitting", args=[sitting.code]))
    room = Guest(first, first.post(form.action, form.data(), follow=True))
    data = room.room.data(ticks=room.tick(0)) | {"move": "stay"}
    log_in(second)
    continue_here(second)
    candidates.end_sessions(the_attempt().candidate.user)
    assert first.post(room.path, data).status_code == 401
    assert ticked() == 0


@pytest.mark.slow
def test_the_first_browser_takes_the_seat_back(ana: Guest) -> None:
    other = continue_here(by_guest_code(the_attempt()))
    ana = continue_here(ana.client)
    ana.press("move", "stay", ticks=ana.answer())
    assert ticked()
    last = other.press("move", "stay")
    assert "was answered in the other browser" in text(last)
    assert REFUSAL in text(other.client.post(reverse("question", args=[the_attempt().uuid, 1]), {"version": "0"}))
    assert kinds() == ["taken_over", "taken_over", "last_request"]


@pytest.mark.slow
def test_a_double_click_takes_over_once(ana: Guest) -> None:
    client = by_guest_code(the_attempt())
    page = open_room(client)
    (form,) = [form for form in forms(page).values() if form.action.endswith("/seat/")]
    assert [client.post(form.action, form.data()).status_code for _click in range(2)] == [303, 302]
    assert kinds() == ["taken_over"]
    assert ana.press("move", "stay", ticks=ana.answer()).status_code == 409
    assert ticked()


@pytest.mark.parametrize(
    "forged",
    [
        lambda seat: {"data": {"seat": seat}},
        lambda seat: {"query": f"?seat={seat}"},
        lambda seat: {"cookie": seat},
        lambda seat: {"headers": {"X-Seat": seat, "Seat": seat}},
    ],
)
def test_a_forged_seat_is_no_seat(ana: Guest, forged: Callable[[str], dict[str, Any]]) -> None:
    attempt = the_attempt()
    parts, other = forged(attempt.seat), by_guest_code(attempt)
    if cookie := parts.get("cookie"):
        other.cookies["seat"] = cookie
    address = reverse("question", args=[attempt.uuid, 1]) + parts.get("query", "")
    data = {"option": "0", "version": "0", "move": "stay"} | parts.get("data", {})
    refused = other.post(address, data, headers=parts.get("headers", {}))
    assert (refused.status_code, ticked()) == (409, 0)
    assert the_attempt().seat == attempt.seat


def test_the_uuid_of_an_attempt_does_not_tell_its_seat(ana: Guest) -> None:
    attempt = the_attempt()
    assert len(attempt.seat) == 16
    assert attempt.seat not in attempt.uuid.hex
    for page in (ana.response, open_room(by_guest_code(attempt))):
        assert attempt.seat not in page.content.decode()


@pytest.mark.slow
def test_a_browser_of_somebody_else_takes_no_seat(ana: Guest, sitting: Sitting) -> None:
    attempt, ben = the_attempt(), start(sitting, Client(), "Ben")
    address = reverse("seat", args=[attempt.uuid])
    assert [ben.client.get(address).status_code, ben.client.post(address).status_code] == [404, 404]
    assert Client().post(address).status_code == 404
    assert Attempt.objects.get(pk=attempt.pk).seat == attempt.seat


def test_a_form_of_another_site_takes_no_seat(ana: Guest) -> None:
    attempt, other = the_attempt(), by_guest_code(the_attempt())
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = other.cookies
    assert strict.post(reverse("seat", args=[attempt.uuid])).status_code == 403
    assert the_attempt().seat == attempt.seat


@pytest.mark.slow
def test_whoever_gives_up_the_browser_gives_up_the_seat(ana: Guest) -> None:
    """On a shared computer, the next person is asked too."""
    code = candidates.guest_code(the_attempt().candidate)
    ana.client.post(reverse("leave"))
    ana.client.post(reverse("guest_code"), {"code": code})
    continue_here(ana.client)
    assert kinds() == ["taken_over"]


def test_a_finish_that_meets_a_take_over_ends_nothing(ana: Guest) -> None:
    read_before, also_before = the_attempt(), the_attempt()
    continue_here(by_guest_code(read_before))
    assert not ending.finish(read_before, NOW + timedelta(minutes=2))
    assert not ending.abandon(also_before, NOW + timedelta(minutes=2))
    assert the_attempt().status == "open"


@pytest.mark.slow
def test_time_ends_the_exam_whoever_has_the_seat(ana: Guest, clock: Any) -> None:
    stale = the_attempt()
    continue_here(by_guest_code(stale))
    clock.move_to(stale.deadline + timedelta(minutes=1))
    late = ana.client.get(reverse("attempt", args=[stale.uuid]), follow=True)
    assert the_attempt().closed_by == "time"
    assert late.redirect_chain[-1][0] == reverse("report", args=[stale.uuid])


def test_outside_of_a_class_two_browsers_go_on(client: Client) -> None:
    guest = Guest.start(client, factories.small_blueprint(exams=3))
    other = Guest(client := by_guest_code(the_attempt()), open_room(client))
    other.press("move", "next", ticks=other.answer())
    guest.press("move", "next")
    assert ticked()
    assert the_attempt().seat == ""


@pytest.mark.slow
def test_an_exam_from_before_the_upgrade_goes_on_in_any_browser(ana: Guest) -> None:
    Attempt.objects.update(seat="")
    other = Guest(client := by_guest_code(the_attempt()), open_room(client))
    other.press("move", "stay")
    ana.press("move", "next")
    assert (the_attempt().position, the_attempt().seat) == (2, "")


def test_the_log_and_the_board_show_time_and_short_address(ana: Guest, clock: Any) -> None:
    clock.shift(timedelta(minutes=5))
    attempt = the_attempt()
    continue_here(by_guest_code(attempt))
    assert attempt.sitting is not None
    (place,) = board.places(attempt.sitting, list(board.people(attempt.sitting)))
    assert [(browser.since, browser.address) for browser in place.browsers] == [
        (NOW + timedelta(minutes=1), "192.0.2.x"),
        (NOW + timedelta(minutes=6), "2001:db8:1::x"),
    ]
    assert [data["address"] for _kind, data in log()] == ["2001:db8:1::x"]


def test_a_seat_only_in_a_class_is_an_invariant_of_the_database(client: Client) -> None:
    from django.db import IntegrityError, transaction

    Guest.start(client, factories.small_blueprint())
    with pytest.raises(IntegrityError, match="attempt_seat_of_a_class"), transaction.atomic():
        Attempt.objects.update(seat="x")
