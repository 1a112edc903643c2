"""Test how people join a class exam in the pages: codes, names, personal links, shared computers."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Participant, Sitting
from exams.services.attempt import ending, extra_time
from exams.services.classes import board, participants, sittings
from exams.services.people import candidates
from exams.services.results import question_reports
from tests import factories
from tests.accounts import log_in, sign_up
from tests.exams.views.classes.join_pages import join, page_of, press
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import Guest, browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def same_browser(client: Client) -> Client:
    """Return a client with the same cookies: its session is the one of somebody who has noted them."""
    noted = Client()
    noted.cookies.load({name: cookie.value for name, cookie in client.cookies.items()})
    return noted


@pytest.mark.slow
def test_who_has_noted_the_cookies_of_a_shared_computer_is_not_in_the_session_of_the_next_person(
    client: Client, sitting: Sitting
) -> None:
    Guest.start(client, factories.small_blueprint(code="OWN", exams=3))
    client.post(reverse("delete_data"))
    assert client.cookies["sessionid"].value, "a session without a person"
    mallory = same_browser(client)
    assert "Question 1" in text(join(client, sitting, "Ana"))
    attempt = Attempt.objects.get(sitting=sitting)
    assert client.get(reverse("question", args=[attempt.uuid, 1])).status_code == 200
    assert mallory.get(reverse("question", args=[attempt.uuid, 1])).status_code in (404, 410)


@pytest.mark.slow
def test_a_code_leads_to_the_rules_and_a_name_to_the_first_question(client: Client, sitting: Sitting) -> None:
    typed = f" {sitting.code[:3].lower()}-{sitting.code[3:].lower()}"
    rules = client.post(reverse("join"), {"code": typed}, follow=True)
    assert rules.request["PATH_INFO"] == page_of(sitting)
    for sentence in ("Class 7b", "5, one a page", "30 min", "Ends for all", "You see your score as soon as nobody can"):
        assert sentence in text(rules)
    assert not Candidate.objects.exists()

    room = join(client, sitting)
    attempt = Attempt.objects.get()
    assert room.request["PATH_INFO"] == reverse("question", args=[attempt.uuid, 1])
    assert (attempt.sitting, attempt.form) == (sitting, sitting.form)
    assert "practice exam" not in text(room)
    assert Participant.objects.get().name == "Ana"
    again = client.get(page_of(sitting))
    assert "You are here as Ana" in text(again)
    assert "Back to question 1" in text(again)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("BCDFGH", "No exam has this code. Check each letter"),
        ("BCD", "A code has 6 letters, a personal code 12. You entered 3."),
        ("BCDFGHJKMNPQ", "No exam has this code."),
    ],
)
def test_an_unknown_code_is_a_sentence(client: Client, typed: str, sentence: str) -> None:
    response = client.post(reverse("join"), {"code": typed})
    assert response.status_code == 422
    assert sentence in text(response)
    assert f'value="{typed}"' in response.content.decode()
    assert client.get(f"/join/{typed.lower()}/").status_code == 404


@pytest.mark.slow
def test_who_comes_early_joins_and_starts_when_it_opens(client: Client, sitting: Sitting, clock: Any) -> None:
    clock.move_to(NOW - 10 * MINUTE)
    page = join(client, sitting)
    assert "You have joined: keep this page open" in text(page)
    assert 'hx-trigger="every 20s"' in page.content.decode()
    assert not Attempt.objects.exists()
    clock.move_to(NOW + MINUTE)
    assert "Question 1" in text(press(client, page_of(sitting)))


def test_who_starts_late_is_told_the_time(client: Client, clock: Any) -> None:
    blueprint = factories.small_blueprint(minutes=180)
    sitting = factories.sitting(blueprint, closes_at=NOW + timedelta(hours=3))
    clock.move_to(NOW + 40 * MINUTE)
    assert "You start late: 2 h 20 min instead of 3 h." in text(client.get(page_of(sitting)))


@pytest.mark.parametrize(
    ("terms", "minute", "sentence"),
    [
        ({}, 60, "This exam is closed."),
        ({"last_start_at": NOW + 10 * MINUTE}, 10, "You can no longer start. The last start was"),
    ],
)
def test_a_closed_exam_says_so(
    client: Client, sitting: Sitting, clock: Any, terms: dict[str, Any], minute: int, sentence: str
) -> None:
    sittings.change(sitting, sittings.terms_of(sitting, **terms), NOW)
    page = client.get(page_of(sitting))
    clock.move_to(NOW + minute * MINUTE)
    assert sentence in text(client.get(page_of(sitting)))
    (form,) = [form for form in forms(page).values() if form.action == page_of(sitting)]
    refused = client.post(page_of(sitting), form.data() | {"name": "Ana"})
    assert refused.status_code == 409
    assert sentence.split(".")[0] in text(refused)
    assert not Candidate.objects.exists()


@pytest.mark.slow
def test_two_people_of_one_name(sitting: Sitting) -> None:
    join(Client(), sitting)
    refused = join(Client(), sitting, "ana")
    assert refused.status_code == 409
    assert "Somebody has joined as ana already." in text(refused)
    assert 'value="ana"' in refused.content.decode()
    assert Candidate.objects.count() == 1


@pytest.mark.slow
def test_a_double_click_starts_one_exam(sitting: Sitting) -> None:
    client = Client()
    (form,) = [form for form in forms(client.get(page_of(sitting))).values() if form.action == page_of(sitting)]
    other_request = Client()
    other_request.cookies.load({name: cookie.value for name, cookie in client.cookies.items()})
    for request in (client, other_request):
        assert request.post(page_of(sitting), form.data() | {"name": "Ana"}).status_code == 303
    assert (Attempt.objects.count(), Participant.objects.count(), Candidate.objects.count()) == (1, 1, 1)


@pytest.mark.slow
def test_on_a_shared_computer_somebody_else_makes_the_browser_forget(client: Client, sitting: Sitting) -> None:
    join(client, sitting)
    assert "Continue as Ana?" in text(client.get(reverse("join")))
    page = press(client, page_of(sitting), reverse("somebody_else"))
    assert page.request["PATH_INFO"] == page_of(sitting)
    assert "Ana" not in text(page)
    join(client, sitting, "Ben")
    assert set(Participant.objects.values_list("name", flat=True)) == {"Ana", "Ben"}
    assert Attempt.objects.values("candidate").distinct().count() == 2


@pytest.mark.slow
def test_the_same_person_goes_on_in_the_next_exam_with_one_click(client: Client, sitting: Sitting) -> None:
    join(client, sitting)
    second = factories.sitting(sitting.blueprint, name="Class 7b, again")
    assert "Continue as Ana and start" in text(client.get(page_of(second)))
    press(client, page_of(second))
    assert set(Participant.objects.values_list("name", "candidate")) == {("Ana", Candidate.objects.get().pk)}


@pytest.mark.slow
def test_a_private_exam_of_the_same_blueprint_keeps_nobody_out(client: Client, sitting: Sitting) -> None:
    Guest.start(client, sitting.blueprint)
    assert "An exam of your own is running too: question 1" in text(client.get(page_of(sitting)))
    join(client, sitting)
    assert set(Attempt.objects.values_list("sitting", flat=True)) == {None, sitting.pk}


@pytest.mark.slow
def test_accounts_join_by_their_name(client: Client, settings: Any) -> None:
    sitting = factories.sitting(who="account")
    page = client.get(page_of(sitting))
    assert f"/accounts/login/?next={page_of(sitting)}" in page.content.decode()
    (form,) = [form for form in forms(client.get(page_of(factories.sitting()))).values() if "pair" in form.values]
    assert client.post(page_of(sitting), form.data() | {"name": "Ana"}).status_code == 409
    factories.user("alice", display_name="Alice A.")
    log_in(client, "alice")
    assert "Continue as Alice A. and start" in text(client.get(page_of(sitting)))
    press(client, page_of(sitting))
    participant = Participant.objects.get()
    assert (participant.name, participant.candidate.user.username) == ("Alice A.", "alice")


@pytest.mark.slow
def test_without_guests_the_code_needs_an_account_but_a_personal_link_works(
    client: Client, settings: Any, sitting: Sitting, roster_sitting: Sitting
) -> None:
    settings.GUESTS = False
    assert "This exam is for people with an account." in text(client.get(page_of(sitting)))
    path = link_of(roster_sitting, "Ana")
    press(client, path)
    assert "Question 1" in text(press(client, page_of(roster_sitting)))


def link_of(sitting: Sitting, name: str) -> str:
    return reverse("join_link", args=[participants.link_token(sitting.participants.get(name=name))])


@pytest.mark.slow
def test_a_personal_link_shows_a_button_and_binds_by_a_post(client: Client, roster_sitting: Sitting) -> None:
    path = link_of(roster_sitting, "Ana")
    assert "Continue as Ana" in text(client.get(path))
    assert Participant.objects.filter(joined_at=None).count() == 2  # a scanner of mail may open it
    assert not Candidate.objects.exists()
    page = press(client, path)
    assert page.request["PATH_INFO"] == page_of(roster_sitting)
    assert "30 min of it are extra time set for you" in text(page)
    assert "Your personal link does not work a second time" in text(page), "beside the button that forgets Ana"
    press(client, page_of(roster_sitting))
    assert Attempt.objects.get().deadline == NOW + 60 * MINUTE

    again = press(client, path)
    assert "Back to question 1" in text(again)
    refused = press(Client(), path)
    assert refused.status_code == 409
    assert "This link has been used in another browser." in text(refused)
    assert Candidate.objects.count() == 1


@pytest.mark.slow
def test_a_renewed_link_goes_on_in_another_browser(client: Client, roster_sitting: Sitting) -> None:
    press(client, link_of(roster_sitting, "Ana"))
    press(client, page_of(roster_sitting))
    old, attempt = link_of(roster_sitting, "Ana"), Attempt.objects.get()
    participants.renew_link(roster_sitting.participants.get(name="Ana"))
    other = Client()
    gone = other.get(old)
    assert gone.status_code == 404
    assert "This link is not valid any more." in text(gone)
    press(other, link_of(roster_sitting, "Ana"))
    assert other.get(reverse("attempt", args=[attempt.uuid]), follow=True).status_code == 200
    assert client.get(reverse("attempt", args=[attempt.uuid])).status_code == 401


@pytest.mark.slow
def test_the_guest_code_that_the_browser_before_has_read_leads_nowhere_after_a_renewal(
    client: Client, roster_sitting: Sitting
) -> None:
    press(client, link_of(roster_sitting, "Ana"))
    (read,) = re.findall(r"\b(?:\w{4}-){2}\w{4}\b", text(client.get(reverse("account"))))
    press(client, page_of(roster_sitting))
    guest, attempt = Candidate.objects.get(), Attempt.objects.get()
    report = question_reports.send(attempt, 1, "This is wrong.", NOW)
    participants.renew_link(roster_sitting.participants.get(name="Ana"))
    ana, thief = Client(), Client()
    press(ana, link_of(roster_sitting, "Ana"))
    refused = thief.post(reverse("guest_code"), {"code": read})
    assert (refused.status_code, "No guest has this code." in text(refused)) == (422, True)
    assert thief.get(reverse("attempt", args=[attempt.uuid])).status_code == 404

    assert client.get(reverse("attempt", args=[attempt.uuid])).status_code == 401
    ending.finish(attempt, NOW)
    (new,) = re.findall(r"\b(?:\w{4}-){2}\w{4}\b", text(ana.get(reverse("account"))))
    assert new != read
    phone = Client()
    assert phone.post(reverse("guest_code"), {"code": new}).status_code == 303, "her own code is a new one"
    assert report
    report.refresh_from_db()
    guest.refresh_from_db()
    assert report.candidate_uuid == guest.uuid, "her reports stay hers"


@pytest.mark.slow
def test_a_renewed_link_hands_over_nothing_else_of_the_guest_who_used_it_before(
    client: Client, roster_sitting: Sitting
) -> None:
    Guest.start(client, factories.small_blueprint(code="OWN", exams=3))
    own = Attempt.objects.get()
    (code,) = re.findall(r"\b(?:\w{4}-){2}\w{4}\b", text(client.get(reverse("account"))))
    press(client, link_of(roster_sitting, "Ana"))  # the cards were swapped
    press(client, page_of(roster_sitting))
    attempt = Attempt.objects.get(sitting=roster_sitting)
    participants.renew_link(roster_sitting.participants.get(name="Ana"))
    ana = Client()
    press(ana, link_of(roster_sitting, "Ana"))
    assert "Continue here?" in text(ana.get(reverse("attempt", args=[attempt.uuid]), follow=True))
    assert ana.get(reverse("attempt", args=[own.uuid])).status_code == 404
    assert client.get(reverse("attempt", args=[own.uuid]), follow=True).status_code == 200
    assert client.get(reverse("attempt", args=[attempt.uuid])).status_code == 404
    assert Client().post(reverse("guest_code"), {"code": code}).status_code == 303, "her code leads to her exam"


@pytest.mark.slow
def test_an_account_that_opens_a_renewed_link_goes_on_as_itself(client: Client, roster_sitting: Sitting) -> None:
    press(client, link_of(roster_sitting, "Ana"))
    press(client, page_of(roster_sitting))
    participants.renew_link(roster_sitting.participants.get(name="Ana"))
    ana = Client()
    sign_up(ana, "ana")
    press(ana, link_of(roster_sitting, "Ana"))
    assert Attempt.objects.get().candidate.user.username == "ana"
    other = factories.sitting(who="account")
    press(ana, page_of(other))
    assert [str(row.candidate.user) for row in other.participants.select_related("candidate__user")] == ["ana"]


@pytest.mark.slow
def test_who_opens_somebody_elses_link_first_and_signs_up_does_not_keep_the_place(
    client: Client, roster_sitting: Sitting
) -> None:
    press(client, link_of(roster_sitting, "Ana"))
    sign_up(client, "mallory")
    (page,) = [form for form in forms(client.get(page_of(roster_sitting))).values() if "pair" in form.data()]
    participants.renew_link(roster_sitting.participants.get(name="Ana"))
    refused = client.post(page.action, page.data())
    assert (refused.status_code, "Open your personal link" in text(refused)) == (409, True)
    ana = Client()
    press(ana, link_of(roster_sitting, "Ana"))
    assert "Question 1" in text(press(ana, page_of(roster_sitting)))
    assert Attempt.objects.get().candidate.user is None
    assert client.post(page.action, page.data()).status_code == 409


def test_the_letters_of_a_personal_link_can_be_typed(client: Client, roster_sitting: Sitting) -> None:
    token = participants.link_token(roster_sitting.participants.get(name="Ben"))
    page = client.post(reverse("join"), {"code": f"{token[:4]} {token[4:8]} {token[8:]}".lower()}, follow=True)
    assert "Continue as Ben" in text(page)


@pytest.mark.slow
def test_a_browser_of_one_person_does_not_become_another(client: Client, roster_sitting: Sitting) -> None:
    press(client, link_of(roster_sitting, "Ana"))
    path = link_of(roster_sitting, "Ben")
    refused = press(client, path)
    assert "This browser belongs to somebody else in this exam." in text(refused)
    page = press(client, path, reverse("somebody_else"))
    assert page.request["PATH_INFO"] == path
    press(client, path)
    assert Participant.objects.filter(joined_at__isnull=False).count() == 2


def test_without_a_link_nobody_takes_a_name_of_the_class(client: Client, roster_sitting: Sitting) -> None:
    page = client.get(page_of(roster_sitting))
    assert "Open your personal link" in text(page)
    assert 'name="name"' not in page.content.decode()


@pytest.mark.slow
def test_a_class_exam_stays_open_to_who_signs_in(client: Client, sitting: Sitting) -> None:
    sign_up(Client(), "alice")
    other = Client()
    log_in(other, "alice")
    Guest.start(other, sitting.blueprint)  # alice has a candidate and an open exam
    join(client, sitting)
    attempt = Attempt.objects.get(sitting=sitting)
    log_in(client, "alice")
    assert client.get(reverse("attempt", args=[attempt.uuid]), follow=True).status_code == 200
    assert "Back to question 1" in text(client.get(page_of(sitting)))
    client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})
    assert client.get(reverse("report", args=[attempt.uuid])).status_code == 200


def test_whoever_was_removed_is_told_so(client: Client, sitting: Sitting) -> None:
    press(client, page_of(sitting), name="Mickey")
    board.remove(sitting.participants.get(), "Not of this class", factories.user("ines"), NOW)
    page = client.get(page_of(sitting))
    assert "Your instructor has removed you from this exam." in text(page)
    assert "Not of this class" not in text(page), "the reason is for staff"
    assert "Start exam" not in text(page)


@pytest.mark.slow
def test_extra_time_is_chosen_only_where_the_class_allows_it(client: Client, sitting: Sitting) -> None:
    assert 'name="extra"' not in client.get(page_of(sitting)).content.decode()
    sittings.change(sitting, sittings.terms_of(sitting, self_allowance=True), NOW)
    assert 'name="extra"' in client.get(page_of(sitting)).content.decode()
    choice = extra_time.extra_time_choices(sitting.blueprint)[0]
    press(client, page_of(sitting), name="Ana", extra=choice.code)
    assert Attempt.objects.get().deadline == NOW + (30 + choice.minutes) * MINUTE


@pytest.mark.slow
def test_chosen_extra_time_includes_what_staff_set_for_the_account(client: Client, sitting: Sitting) -> None:
    sittings.change(sitting, sittings.terms_of(sitting, self_allowance=True), NOW)
    ana = factories.user("ana")
    extra_time.set_standing_extra_time(candidates.get_or_create_candidate(ana, uuid4(), NOW), 0, 20)
    client.force_login(ana)
    page = client.get(page_of(sitting)).content.decode()
    assert "20 minutes, set for you, 50 in total" in " ".join(page.split())
    press(client, page_of(sitting), extra="esl")
    assert Attempt.objects.get().deadline == NOW + (30 + 30) * MINUTE


def test_a_time_of_the_release_that_has_passed_is_not_promised(client: Client, clock: Any) -> None:
    terms = {"last_start_at": NOW + 5 * MINUTE, "closes_at": None, "review_opens_at": NOW + 120 * MINUTE}
    sitting = factories.sitting(factories.small_blueprint(exams=3), **terms)
    assert "The answers open 1 April 2026" in text(client.get(page_of(sitting)))
    attempt = factories.class_attempt(sitting)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=NOW + 150 * MINUTE)
    clock.move_to(NOW + 121 * MINUTE)
    page = text(client.get(page_of(sitting)))
    assert "The answers open when the last person has finished." in page
    assert "The answers open 1 April" not in page
    ending.finish(Attempt.objects.get(), NOW + 122 * MINUTE)
    factories.scored(attempt, NOW + 122 * MINUTE)
    clock.move_to(NOW + 123 * MINUTE)
    page = text(client.get(page_of(sitting)))
    assert "Results and answers are open." in page
    assert "The answers open" not in page


def test_a_release_by_hand_is_not_promised_again(client: Client, sitting: Sitting, clock: Any) -> None:
    clock.move_to(NOW + MINUTE)
    sittings.release(sitting, NOW)
    page = text(client.get(page_of(sitting)))
    assert "Results and answers are open." in page
    assert "You see no result at once" not in page


@pytest.mark.slow
def test_a_finished_exam_is_linked_and_the_score_alone_is_shown(client: Client, clock: Any) -> None:
    terms = {"last_start_at": NOW + 5 * MINUTE, "closes_at": None, "review_opens_at": NOW + 120 * MINUTE}
    sitting = factories.sitting(factories.small_blueprint(exams=3), one_paper=False, **terms)
    join(client, sitting)
    attempt = Attempt.objects.get()
    ending.finish(attempt, NOW + MINUTE)
    factories.scored(attempt)
    page = text(client.get(page_of(sitting)))
    assert "You have handed in this exam. You have no attempt left." in page
    assert "You have sat this exam. Your report" in page, "instead of how to start it"
    assert "The clock starts when you start" not in page
    clock.move_to(NOW + 10 * MINUTE)
    report = text(browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])))
    assert "Not passed: 100. 750 was needed." in report
    assert "The report and the answers open" in report
