"""Test the board of a class in the admin: who is where, the acts with their reasons, and who may see it."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.admin.classes import board as board_page
from exams.models import Attempt, Sitting
from exams.services.attempt import ending
from exams.services.classes import joining, rosters
from exams.services.upkeep.person_erasure import erase_person
from questions.models import User
from tests import authoring, factories
from tests.factories import NOW
from tests.html_forms import forms, text

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW + 5 * MINUTE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sitting(ines: User) -> Sitting:
    """Ana is writing, Ben has handed in, Cleo has joined."""
    sitting = factories.sitting(owner=ines)
    factories.class_attempt(sitting, "Ana")
    ending.finish(factories.class_attempt(sitting, "Ben"), NOW + 2 * MINUTE)
    factories.joined(sitting, "Cleo")
    return sitting


def url(name: str, sitting: Sitting) -> str:
    return reverse(f"admin:exams_sitting_{name}", args=[sitting.pk])


def key(sitting: Sitting, name: str) -> int:
    return sitting.participants.get(name=name).pk


def act(desk: Client, name: str, sitting: Sitting, people: dict[str, Any], **typed: Any) -> Any:
    """Choose people on the board, and submit the form that asks for the reason."""
    form = forms(desk.get(url(name, sitting), people))["make"]
    return desk.post(url(name, sitting), form.values | typed, follow=True)


@pytest.mark.slow
def test_the_board_shows_where_everybody_is(desk: Client, sitting: Sitting) -> None:
    page = desk.get(url("board", sitting))
    words = text(page)
    assert "All 3 Not started 1 Writing 1 Handed in 1 Removed 0" in words
    assert "Ana writing 1 0 of 5 –" in words
    assert "Ben handed in – 0 of 5" in words
    assert "Cleo joined, not started" in words
    assert 'hx-trigger="every 10s"' in page.content.decode()
    assert f'href="{url("board", sitting)}">Reload</a>' in page.content.decode()
    writing = text(desk.get(url("board", sitting), {"stage": "writing"}))
    assert "Ana writing" in writing
    assert "Ben handed in" not in writing


@pytest.mark.slow
def test_board_results_and_links_have_people_in_the_order_of_their_last_names(desk: Client, ines: User) -> None:
    roster = rosters.create(ines, "2b", rosters.read("Anna Zander\nBert Ahlers\nÖz, Can\ncleo baum"))
    sitting = factories.sitting(owner=ines, roster=roster, who=Sitting.Who.ROSTER)
    first = sorted(sitting.participants.all(), key=lambda person: "BcÖA".index(person.name[0]))
    for name in ("board", "results", "change", "sheet", "results_csv", "links_csv"):
        content = desk.get(url(name, sitting)).content.decode()
        places = [content.index(str(person)) for person in first]
        assert places == sorted(places), name


@pytest.mark.slow
def test_extra_time_needs_a_reason_and_is_given_once(desk: Client, sitting: Sitting) -> None:
    ana = {"person": key(sitting, "Ana")}
    refused = act(desk, "time", sitting, ana, minutes="10", reason="")
    assert refused.status_code == 422
    form = forms(desk.get(url("time", sitting), ana))["make"].values | {"minutes": "10", "reason": "Cable"}
    assert "10 minutes given to 1 exam." in text(desk.post(url("time", sitting), form, follow=True))
    again = text(desk.post(url("time", sitting), form, follow=True))
    assert "after you opened this form" in again
    assert "Ana : Extra time, 10 minutes, Cable (ines)" in again
    assert Attempt.objects.get(status="open").deadline == NOW + 40 * MINUTE


@pytest.mark.slow
def test_time_for_all_and_the_end_for_all(desk: Client, sitting: Sitting) -> None:
    factories.class_attempt(sitting, "Dan")
    assert "20 minutes given to 2 exams." in text(
        act(desk, "time", sitting, {"who": "all"}, minutes="20", reason="Fire alarm")
    )
    assert "2 exams were ended." in text(act(desk, "end", sitting, {"who": "all"}, reason="Fire"))
    assert not Attempt.objects.open().exists()
    assert set(Attempt.objects.values_list("closed_by", flat=True)) == {"candidate", "staff"}


@pytest.mark.slow
def test_one_exam_is_paused_and_goes_on_with_the_time_it_had_left(desk: Client, sitting: Sitting, clock: Any) -> None:
    factories.class_attempt(sitting, "Dan")
    ana = Attempt.objects.open().order_by("pk")[0]
    deadline = ana.deadline
    assert "1 exam was paused." in text(act(desk, "pause", sitting, {"person": key(sitting, "Ana")}, reason="Fire"))
    assert list(Attempt.objects.exclude(paused_at=None)) == [ana]
    clock.shift(10 * MINUTE)
    assert "1 exam goes on." in text(act(desk, "go-on", sitting, {"person": key(sitting, "Ana")}, reason="Out"))
    ana.refresh_from_db()
    assert (ana.paused_at, ana.deadline) == (None, deadline + 10 * MINUTE)


@pytest.mark.slow
def test_the_class_is_paused_as_a_whole_by_the_buttons_of_the_board(desk: Client, sitting: Sitting) -> None:
    factories.class_attempt(sitting, "Dan")
    board = desk.get(url("board", sitting)).text
    for name, sentence, paused in (("pause", "2 exams were paused.", 2), ("go-on", "2 exams go on.", 0)):
        assert f'href="{url(name, sitting)}?who=all"' in board
        assert sentence in text(act(desk, name, sitting, {"who": "all"}, reason="Fire alarm"))
        assert Attempt.objects.exclude(paused_at=None).count() == paused
    assert "0 exams" in text(act(desk, "go-on", sitting, {"who": "all"}, reason="Again"))


@pytest.mark.slow
def test_another_attempt(desk: Client, sitting: Sitting) -> None:
    ben = {"person": key(sitting, "Ben")}
    assert "Ben has one more attempt." in text(act(desk, "attempt", sitting, ben, reason="Computer broke"))
    assert "Ben has an attempt left." in text(act(desk, "attempt", sitting, ben, reason="Computer broke"))
    assert sitting.participants.get(name="Ben").extra_attempts == 1


def test_a_place_used_and_erased_is_marked_with_the_act_that_frees_it(desk: Client, sitting: Sitting) -> None:
    ben = sitting.participants.get(name="Ben")
    assert ben.candidate
    erase_person(None, [ben.candidate], NOW + 3 * MINUTE)
    note = "Deleted Place used and erased. 'Allow another attempt' frees it."
    assert note in text(desk.get(url("board", sitting)))
    act(desk, "attempt", sitting, {"person": ben.pk}, reason="By mistake")
    assert note not in text(desk.get(url("board", sitting)))


@pytest.mark.slow
def test_a_stranger_is_removed_and_let_in_again(desk: Client, sitting: Sitting) -> None:
    ana = {"person": key(sitting, "Ana")}
    removed = text(act(desk, "remove", sitting, ana, reason="Not of this class"))
    assert "Removed from this exam: &#x27;Ana&#x27;." in removed or "Removed from this exam: 'Ana'." in removed
    assert "Anybody with the code can join again. You can close the joining below." in removed
    assert "Ana : Removed from the exam of the class, Not of this class (ines)" in removed
    assert "All 2 Not started 1 Writing 0 Handed in 1 Removed 1" in removed
    under_removed = desk.get(url("board", sitting), {"stage": "removed"})
    assert "(Not of this class): handed in, ended by staff" in text(under_removed)
    assert "Without 1 person who was removed" in text(desk.get(url("results", sitting)))
    assert "Ana" not in desk.get(url("results_csv", sitting)).content.decode()
    attempt = Attempt.objects.get(candidate__participations__name="Ana")
    paper = text(desk.get(reverse("admin:exams_sitting_result_paper", args=[sitting.pk, attempt.pk])))
    assert "The results leave this exam out." in paper
    assert "'Ana'" in text(desk.get(url("history", sitting))) or "Ana" in text(desk.get(url("history", sitting)))
    assert "Let in again" in text(act(desk, "let-in", sitting, ana, reason="By mistake"))
    assert "Ana" in desk.get(url("results_csv", sitting)).content.decode()


@pytest.mark.slow
def test_an_act_concerns_only_those_it_can_be_done_to(desk: Client, sitting: Sitting, ines: User) -> None:
    other = factories.class_attempt(factories.sitting(owner=ines), "Zoe")
    zoe = other.candidate.participations.get().pk
    ids = {"person": [key(sitting, "Ben"), key(sitting, "Cleo"), zoe, "x"]}
    assert "None of the people selected is writing." in text(desk.get(url("time", sitting), ids))
    assert "None of the people selected has handed in." in text(desk.get(url("attempt", sitting)))
    desk.post(url("end", sitting), {**ids, "reason": "x"})
    other.refresh_from_db()
    assert other.status == "open"


@pytest.mark.slow
def test_the_window_is_moved_with_the_running_exams(desk: Client, sitting: Sitting) -> None:
    page = desk.get(url("window", sitting))
    assert "1 person is writing" in text(page)
    form = forms(page)["make"].values
    early = desk.post(url("window", sitting), form | {"closes_at": "2026-04-01T09:09", "reason": "Fire"})
    assert early.status_code == 422
    assert "Choose a time at least 5 minutes from now" in text(early)
    assert "This field is required." in text(desk.post(url("window", sitting), form))
    moved = desk.post(url("window", sitting), form | {"closes_at": "2026-04-01T09:20", "reason": "Fire"}, follow=True)
    assert "The window was moved. Of 1 person writing, 1 has another end now." in text(moved)
    assert Attempt.objects.get(status="open").deadline == NOW + 20 * MINUTE
    history = text(desk.get(reverse("admin:exams_sitting_history", args=[sitting.pk])))
    assert "Window moved: Fire" in history


@pytest.mark.slow
def test_seconds_of_stored_times_are_no_change(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines, opens_at=NOW + timedelta(seconds=7, microseconds=5))
    factories.class_attempt(sitting, now=NOW + MINUTE)
    form = forms(desk.get(url("edit", sitting)))["make"].values
    assert "The exam was changed." in text(desk.post(url("edit", sitting), form | {"name": "8c"}, follow=True))
    window = forms(desk.get(url("window", sitting)))["make"].values
    moved = desk.post(url("window", sitting), window | {"closes_at": "2026-04-01T11:00", "reason": "x"}, follow=True)
    assert "The window was moved" in text(moved)


@pytest.mark.slow
def test_the_board_of_another_instructor_is_not_found(desk: Client) -> None:
    other = factories.sitting(owner=authoring.account("ivan", "Instructor"))
    attempt = factories.class_attempt(other, "Ana")
    people = {"person": key(other, "Ana"), "reason": "x", "minutes": "5", "made": NOW.isoformat()}
    for name in ("board", "window", "time", "end", "attempt"):
        assert desk.get(url(name, other)).status_code == 404
        if name != "board":
            assert desk.post(url(name, other), people).status_code == 404
    attempt.refresh_from_db()
    assert (attempt.status, attempt.deadline) == ("open", NOW + 30 * MINUTE)
    administrator = Client()
    administrator.force_login(authoring.account("ada", "Administrator"))
    assert "Ana writing" in text(administrator.get(url("board", other)))


@pytest.mark.slow
def test_the_board_takes_the_same_queries_for_one_person_and_many(
    desk: Client, ines: User, django_assert_num_queries: Any
) -> None:
    sitting = factories.sitting(owner=ines)
    for names in (["Ana"], ["Ben", "Cleo", "Dan"]):
        for name in names:
            factories.class_attempt(sitting, name)
        desk.get(url("board", sitting))
        with django_assert_num_queries(14):
            desk.get(url("board", sitting))


@pytest.mark.slow
def test_a_hundred_people_are_on_a_page(desk: Client, sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    assert board_page.PEOPLE_ON_A_PAGE == 100
    monkeypatch.setattr(board_page, "PEOPLE_ON_A_PAGE", 2)
    first = text(desk.get(url("board", sitting)))
    assert "Page 1 of 2" in first
    assert "Cleo" not in first
    assert "Cleo joined" in text(desk.get(url("board", sitting), {"page": "2"}))


@pytest.mark.slow
def test_the_form_of_extra_time_says_who_has_how_many_minutes_left(desk: Client, sitting: Sitting, clock: Any) -> None:
    ana = {"person": key(sitting, "Ana")}
    assert "Ana (25 min left)" in text(desk.get(url("time", sitting), ana))
    act(desk, "pause", sitting, ana, reason="Alarm")
    clock.move_to(NOW + 9 * MINUTE)
    assert "Ana (25 min left)" in text(desk.get(url("time", sitting), ana)), "a pause takes none"
    ben = {"person": key(sitting, "Ben")}
    assert "min left" not in text(desk.get(url("attempt", sitting), ben))


def test_minutes_of_the_class_page_are_on_the_board_where_they_count(desk: Client, sitting: Sitting) -> None:
    ana, cleo = key(sitting, "Ana"), key(sitting, "Cleo")
    saved = desk.post(url("people", sitting), {f"extra-{ana}": "10", f"extra-{cleo}": "15"}, follow=True)
    assert "The running exam keeps its end: Ana. Give extra time for it on the board." in text(saved)
    assert "+10" not in text(desk.get(url("board", sitting))), "it is not on the clock of Ana"
    joining.start(sitting.participants.get(name="Cleo"), NOW + 5 * MINUTE)
    act(desk, "time", sitting, {"person": cleo}, minutes="5", reason="Cable")
    assert "+20 min" in text(desk.get(url("board", sitting)))


def test_links_of_the_class_page_are_on_the_board(desk: Client, sitting: Sitting) -> None:
    ana, cleo = key(sitting, "Ana"), key(sitting, "Cleo")
    desk.post(url("people", sitting), {f"extra-{cleo}": "15"})
    desk.post(url("people", sitting), {"renew": cleo})
    words = unescape(text(desk.get(url("board", sitting))))
    assert "Cleo joined, not started – – – – +15 min" in words
    for line in ("15 extra minutes for 'Cleo'. (ines)", "New link for 'Cleo'. (ines)"):
        assert line in words
    act(desk, "remove", sitting, {"person": ana}, reason="A stranger")
    words = unescape(text(desk.get(url("board", sitting))))
    assert words.count("A stranger") == 2, "ended and removed"
    assert "Removed from this exam: 'Ana'." not in words, "the reason is told already"
    act(desk, "remove", sitting, {"person": cleo}, reason="A stranger")
    assert "Removed from this exam: 'Cleo'." in unescape(text(desk.get(url("board", sitting))))


def test_the_joining_is_closed_and_opened_again_on_the_board(desk: Client, sitting: Sitting) -> None:
    def press(value: str) -> str:
        (form,) = [form for form in forms(desk.get(url("board", sitting))).values() if "joining" in form.action]
        return text(desk.post(form.action, form.data(form.button("joining", value)), follow=True))

    assert "3 of at most 60 people have joined." in text(desk.get(url("board", sitting)))
    assert "Nobody else can join since" in press("closed")
    page = Client().get(reverse("join_sitting", args=[sitting.code]))
    assert "Joining is closed: your instructor admits nobody else to this exam." in text(page)
    assert "Start exam" not in text(page)
    assert "Joining closed." in text(desk.get(url("history", sitting)))
    assert "Close the joining" in press("open")
    assert "Start exam" in text(Client().get(reverse("join_sitting", args=[sitting.code])))


def test_a_window_that_moves_after_scores_were_seen_comes_with_a_warning(
    desk: Client, sitting: Sitting, clock: Any
) -> None:
    assert "scores may have been seen" not in text(desk.get(url("window", sitting)))
    Sitting.objects.update(review_opens_at=NOW + 300 * MINUTE)
    clock.move_to(NOW + 65 * MINUTE)
    assert "scores may have been seen" in text(desk.get(url("window", sitting)))


@pytest.mark.slow
def test_staff_see_the_user_name_of_who_has_chosen_another_name(desk: Client, ines: User) -> None:
    """Anybody who signs up can call himself like somebody of the class."""
    sitting = factories.sitting(owner=ines, who="account")
    clara, mallory = factories.user("clara"), factories.user("mallory", display_name="Clara\u200b Real\u202egnittes")
    for account in (clara, mallory):
        client = Client()
        client.force_login(account)
        (form,) = [
            form
            for form in forms(client.get(reverse("join_sitting", args=[sitting.code]))).values()
            if "pair" in dict(form.fields)
        ]
        assert client.post(form.action, form.data()).status_code == 303
    assert set(sitting.participants.values_list("name", flat=True)) == {"clara", "Clara Realgnittes"}
    for name in ("board", "change", "results"):
        page = text(desk.get(url(name, sitting)))
        assert "Clara Realgnittes mallory" in page, name
        assert "clara clara" not in page, name
    paper = Attempt.objects.get(candidate__user=mallory).pk
    page = desk.get(reverse("admin:exams_sitting_result_paper", args=[sitting.pk, paper]))
    assert "Clara Realgnittes (mallory)" in text(page)


def test_who_ends_the_exam_for_all_can_close_the_joining_in_the_same_step(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    attempt = factories.class_attempt(sitting)
    page = desk.get(url("end", sitting), {"who": "all"})
    for words in ("Reason (required)", "Close the joining as well", "Joining stays open otherwise"):
        assert words in text(page)
    form = forms(page)["make"]
    answer = desk.post(url("end", sitting), form.values | {"reason": "Alarm.", "close_joining": "on"}, follow=True)
    assert "1 exam was ended." in text(answer)
    attempt.refresh_from_db()
    sitting.refresh_from_db()
    assert attempt.status != "open"
    assert sitting.joining_closed_at is not None
    assert "Close the joining as well" not in text(desk.get(url("end", sitting), {"who": "all"}))
