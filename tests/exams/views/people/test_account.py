"""Test the account page: open exams of the account and of a guest that waits to be merged."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Response
from exams.services.attempt import attempts
from tests.accounts import first_question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_both_open_exams_are_listed_and_continue(client: Client, two_open_exams: tuple[Attempt, Attempt]) -> None:
    page = client.get(reverse("account")).text
    assert "Two of your exams are running. Both clocks keep running." in page
    for attempt in two_open_exams:
        assert reverse("attempt", args=[attempt.uuid]) in page
        assert client.get(first_question(attempt)).status_code == 200
        client.post(first_question(attempt), {"option": "0", "version": "0", "move": "next"})
        assert Response.objects.get(attempt=attempt, position=1).ticked == 1


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
    assert attempts.finish(guests, guests.deadline + timedelta(minutes=1))
    client.post(first_question(own_attempt), {"option": "0", "version": "0", "move": "next"})
    guests.refresh_from_db()
    assert guests.candidate == own_attempt.candidate
