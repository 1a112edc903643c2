"""Test the reminders of the account page: the calendar's address, the mails, and the links in them."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from exams.models import Candidate, Reminders
from tests import authoring, factories
from tests.factories import PASSWORD
from tests.html_forms import text
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(settings: Any) -> Candidate:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.opened(factories.bank())
    return factories.candidate(factories.user("ana", email="ana@example.org"))


@pytest.fixture
def client(candidate: Candidate) -> Client:
    found = Client()
    assert candidate.user
    found.force_login(candidate.user)
    found.cookies["zone"] = "Europe%2FBerlin"
    return found


def press(client: Client, action: str, **fields: str) -> str:
    """Press a button of the reminders and return the text of the account page after it."""
    answer = client.post(reverse("reminders"), {"action": action, **fields})
    assert (answer.status_code, answer["Location"]) == (303, "/account/#reminders")
    return text(client.get(reverse("account")))


def feed_path(client: Client) -> str:
    [path] = re.findall(r'value="http://testserver(/calendar/[^"]+\.ics)"', client.get(reverse("account")).text)
    return str(path)


def test_a_calendar_is_made_replaced_and_revoked(client: Client) -> None:
    assert "/calendar/" not in client.get(reverse("account")).text
    assert "Your calendar has an address." in press(client, "feed")
    path, stranger = feed_path(client), Client()
    answer = stranger.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.content.startswith(b"BEGIN:VCALENDAR")
    assert "no-store" in answer["Cache-Control"]
    press(client, "feed")
    assert stranger.get(path).status_code == 404, "the former address leads nowhere"
    newest = feed_path(client)
    assert stranger.get(newest).status_code == 200
    assert "The calendar is revoked" in press(client, "end_feed")
    assert stranger.get(newest).status_code == 404
    assert stranger.get("/calendar/guessed.ics").status_code == 404


@pytest.mark.usefixtures("empty_cache")
def test_a_calendar_that_is_asked_for_again_and_again_is_computed_once_and_then_refused(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    press(client, "feed")
    path, stranger = feed_path(client), Client()
    first = stranger.get(path).content
    with django_assert_max_num_queries(1):
        assert stranger.get(path).content == first
    press(client, "time", hour="7")
    assert stranger.get(path).content != first, "another hour is seen at once"
    assert [stranger.get(path).status_code for _ in range(8)] == [200] * 7 + [429]
    press(client, "feed")
    assert stranger.get(path).status_code == 404
    assert stranger.get(feed_path(client)).status_code == 200


def test_a_guest_has_a_calendar_and_no_mails(candidate: Candidate) -> None:
    guest = browser(factories.candidate())
    press(guest, "feed")
    page = guest.get(reverse("account")).text
    assert "/calendar/" in page
    assert "Remind me by mail" not in page
    press(guest, "mails")
    assert mail.outbox == []


def test_mails_begin_when_the_link_in_a_mail_was_opened_and_confirmed(client: Client, candidate: Candidate) -> None:
    assert "A mail was sent to ana@example.org." in press(client, "mails")
    assert not Reminders.objects.filter(mail_at__isnull=False).exists()
    [path] = re.findall(r"http://testserver(/reminders/confirm/\S+)", str(mail.outbox[0].body))
    elsewhere = Client()
    assert "A mail each day to ana@example.org, until you stop it?" in text(elsewhere.get(path))
    assert not Reminders.objects.filter(mail_at__isnull=False).exists(), "a preview begins nothing"
    assert "Reminders begin" in text(elsewhere.post(path))
    row = Reminders.objects.get(candidate=candidate)
    assert (row.email, row.zone, bool(row.mail_at)) == ("ana@example.org", "Europe/Berlin", True)
    assert "A mail goes to ana@example.org" in text(client.get(reverse("account")))
    press(client, "stop_mails")
    mail.outbox.clear()
    assert "You get a mail on each day" in press(client, "mails"), "the address stays confirmed"
    assert mail.outbox == []


def test_an_old_or_guessed_link_gets_a_sentence(client: Client) -> None:
    for page in ("confirm_reminders", "stop_reminders"):
        for answer in (client.get(reverse(page, args=["x"])), client.post(reverse(page, args=["x"]))):
            assert answer.status_code == 410
            assert "on the page of your account" in text(answer)


def test_an_account_without_an_address_is_told_where_to_enter_it(client: Client, candidate: Candidate) -> None:
    assert candidate.user
    candidate.user.email = ""
    candidate.user.save()
    assert "Enter an email address first" in press(client, "mails")


@pytest.mark.usefixtures("empty_cache")
def test_an_address_gets_three_mails_of_confirmation_an_hour(client: Client) -> None:
    for _ in range(3):
        press(client, "mails")
    assert "Too many mails were sent" in press(client, "mails")
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("empty_cache", "candidate")
def test_many_accounts_do_not_fill_the_mailbox_of_a_stranger() -> None:
    def ask(name: str, email: str) -> str:
        browser = Client()
        browser.force_login(factories.candidate(factories.user(name, email=email)).user)  # type: ignore[arg-type]
        return press(browser, "mails")

    spellings = ["victim@example.org", "Victim@Example.org", "victim+1@example.org"]
    for number, email in enumerate(spellings):
        assert "A mail was sent" in ask(f"bomb{number}", email)
    for number, email in enumerate(spellings):
        assert "Too many mails were sent" in ask(f"more{number}", email)
    assert len(mail.outbox) == 3
    for number in range(17):
        assert "A mail was sent" in ask(f"spray{number}", f"victim{number}@example.org")
    assert "Too many mails were sent" in ask("last", "last@example.org"), "20 from a network in a minute"


def test_signing_out_everywhere_revokes_the_calendar(client: Client, candidate: Candidate) -> None:
    assert candidate.user
    candidate.user.set_password(PASSWORD)
    candidate.user.save()
    client.force_login(candidate.user)
    press(client, "feed")
    path = feed_path(client)
    assert client.post(reverse("sign_out_everywhere"), {"password": PASSWORD}).status_code == 302
    assert Client().get(path).status_code == 404


def test_the_hour_is_chosen_from_the_list(client: Client, candidate: Candidate) -> None:
    press(client, "time", hour="7")
    assert "Choose an hour of the list." in press(client, "time", hour="3")
    assert "Choose an hour of the list." in press(client, "time", hour="x")
    assert Reminders.objects.get(candidate=candidate).hour == 7


def test_a_server_without_mail_offers_the_calendar_alone(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = ""
    page = text(client.get(reverse("account")))
    assert "Make a calendar" in page
    assert "Remind me by mail" not in page


def test_a_reviewer_ticks_what_the_mails_are_about_though_she_has_never_practiced(candidate: Candidate) -> None:
    client = Client()
    client.force_login(authoring.account("rob", "Reviewer", email="rob@example.org"))
    page = client.get(reverse("account")).text
    assert re.search(r'value="practice" checked', page)
    assert re.search(r'value="reviews">', page), "off until it is ticked"
    assert "Tick what the mails should be about." in press(client, "mails")
    client.post(reverse("reminders"), {"action": "mails", "about": ["reviews"]})
    [path] = re.findall(r"http://testserver(/reminders/confirm/\S+)", str(mail.outbox[0].body))
    assert "Reminders begin" in text(client.post(path))
    row = Reminders.objects.get(email="rob@example.org")
    assert (row.practice, row.reviews, bool(row.mail_at)) == (False, True, True)
    page = client.get(reverse("account")).text
    assert re.search(r'value="practice">', page)
    assert re.search(r'value="reviews" checked', page)


def test_nobody_but_a_reviewer_is_offered_mails_about_reviews(client: Client, candidate: Candidate) -> None:
    assert 'value="reviews"' not in client.get(reverse("account")).text
    client.post(reverse("reminders"), {"action": "mails", "about": ["reviews"]})
    assert not Reminders.objects.filter(reviews=True).exists()
    author = Client()
    author.force_login(authoring.account("ada", "Author"))
    assert 'value="reviews"' not in author.get(reverse("account")).text
