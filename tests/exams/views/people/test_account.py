"""Test the account page: open exams of the account and of a guest that waits to be merged."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Candidate, Response
from exams.services.attempt import ending
from exams.services.classes import joining
from exams.services.people import candidates
from questions.models import User
from tests import factories
from tests.accounts import first_question, log_in, sign_up
from tests.factories import PASSWORD, handed_in, scored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.mark.slow
def test_both_open_exams_are_listed_and_continue(client: Client, two_open_exams: tuple[Attempt, Attempt]) -> None:
    page = client.get(reverse("account")).text
    assert "Two of your exams are running. Both clocks keep running." in page
    for attempt in two_open_exams:
        assert reverse("attempt", args=[attempt.uuid]) in page
        assert client.get(first_question(attempt)).status_code == 200
        client.post(first_question(attempt), {"option": "0", "version": "0", "move": "next"})
        assert Response.objects.get(attempt=attempt, position=1).ticked == 1


@pytest.mark.slow
def test_both_open_exams_come_first_on_the_front_page(client: Client, two_open_exams: tuple[Attempt, Attempt]) -> None:
    page = client.get(reverse("front")).text
    for attempt in two_open_exams:
        assert reverse("attempt", args=[attempt.uuid]) in page


@pytest.mark.slow
def test_the_guests_exam_moves_to_the_account_when_it_is_finished(
    client: Client, two_open_exams: tuple[Attempt, Attempt]
) -> None:
    guests, own_attempt = two_open_exams
    client.post(reverse("finish", args=[guests.uuid]), {"finish": "yes"})
    guests.refresh_from_db()
    assert guests.candidate == own_attempt.candidate
    assert list(Candidate.objects.all()) == [own_attempt.candidate]
    assert client.get(reverse("history")).text.count("/attempts/") == 2
    assert "Two of your exams" not in client.get(reverse("account")).text


def test_the_guests_exam_moves_after_it_was_closed_by_time(
    client: Client, two_open_exams: tuple[Attempt, Attempt]
) -> None:
    guests, own_attempt = two_open_exams
    assert ending.finish(guests, guests.deadline + timedelta(minutes=1))
    client.post(first_question(own_attempt), {"option": "0", "version": "0", "move": "next"})
    guests.refresh_from_db()
    assert guests.candidate == own_attempt.candidate


def test_the_account_page_has_name_email_password_sign_out_and_data_in_one_place(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    user = factories.user(email="alice@example.org", display_name="Alice Liddell")
    attempt = scored(handed_in(1, factories.candidate(user), factories.small_blueprint()))
    client = Client()
    client.force_login(user)
    page = client.get(reverse("account")).text
    assert "<h1>Your account</h1>" in page
    for words in ("alice", "Alice Liddell", "alice@example.org"):
        assert words in page
    for name in ("account_change_password", "account_logout", "sign_out_everywhere"):
        assert reverse(name) in page
    assert reverse("export", args=[attempt.uuid]) in page


def test_a_new_email_takes_the_current_password_and_a_new_name_does_not(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    client = Client()
    sign_up(client, email="old@example.org")
    changes = {"display_name": "Alice Liddell", "email": "new@example.org"}
    refused = client.post(reverse("account"), changes | {"password": "wrong"})
    assert refused.status_code == 400
    assert "This is not your current password." in refused.text
    assert 'value="new@example.org"' in refused.text
    assert User.objects.get().email == "old@example.org"
    assert client.post(reverse("account"), {"display_name": "Al", "email": "old@example.org"}).status_code == 303
    assert User.objects.get().display_name == "Al"
    assert client.post(reverse("account"), changes | {"password": PASSWORD}).status_code == 303
    user = User.objects.get()
    assert (user.display_name, user.email) == ("Alice Liddell", "new@example.org")
    assert [row.email for row in EmailAddress.objects.all()] == ["new@example.org"]  # the old one resets no password
    assert client.get(reverse("account")).status_code == 200


def test_without_a_mail_server_there_is_no_word_of_email() -> None:
    client = Client()
    client.force_login(factories.user())
    page = client.get(reverse("account")).text
    assert "<h2>Name</h2>" in page
    assert "mail" not in page.partition("<main")[2]


def test_without_a_mail_server_the_email_is_left_as_it_is() -> None:
    user = factories.user(email="alice@example.org")
    client = Client()
    client.force_login(user)
    changes = {"display_name": "Alice", "email": "other@example.org", "password": PASSWORD}
    client.post(reverse("account"), changes)
    user.refresh_from_db()
    assert (user.display_name, user.email) == ("Alice", "alice@example.org")


def test_a_guest_cannot_post_to_the_account_page(client: Client, open_attempt: Attempt) -> None:
    response = client.post(reverse("account"), {"display_name": "Alice"})
    assert (response.status_code, response["Location"]) == (302, reverse("account_login"))


@pytest.mark.slow
def test_an_account_is_told_that_exams_with_a_class_stay_with_the_guest(client: Client, open_attempt: Attempt) -> None:
    sitting = factories.sitting(name="Class 8c")
    factories.joined(sitting, "Ana", open_attempt.candidate)
    ending.finish(open_attempt, open_attempt.started_at)
    factories.candidate(factories.user())
    log_in(client)
    page = " ".join(client.get(reverse("account")).text.split())
    assert "Exams with a class stay with the guest who joined" in page
    assert f'href="{reverse("join_sitting", args=[sitting.code])}">Class 8c</a> as Ana.' in page
    assert candidates.guest_code(open_attempt.candidate) in page
    other = Client()
    log_in(other)
    assert "Exams with a class" not in other.get(reverse("account")).text


def test_a_running_exam_with_a_class_is_said_not_to_move(client: Client, open_attempt: Attempt) -> None:
    ending.finish(open_attempt, open_attempt.started_at)
    now = timezone.now()
    sitting = factories.sitting(opens_at=now, closes_at=now + timedelta(hours=1))
    running = joining.start(factories.joined(sitting, "Ana", open_attempt.candidate), now).attempt
    factories.candidate(factories.user())
    log_in(client)
    page = client.get(reverse("account")).text
    assert "Two of your exams are running" not in page
    assert "An exam is running." in page
    assert reverse("attempt", args=[running.uuid]) in page


def test_a_display_name_has_no_characters_that_nobody_sees(client: Client) -> None:
    sign_up(client)
    client.post(reverse("account"), {"display_name": " Clara\u200b  Real\u202e "})
    assert User.objects.get().display_name == "Clara Real"
    client.post(reverse("account"), {"display_name": "\u200b\u3164\u2800."})
    assert str(User.objects.get()) == "alice"
