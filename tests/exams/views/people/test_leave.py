"""Test the leave page: two steps, with the guest code shown once more."""

import uuid as uuids
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.people import candidates

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clear_rate_limits")]


def address(name: str, uuid: uuids.UUID) -> str:
    return reverse(name, args=[uuid, 1] if name.startswith("question") else [uuid])


def code_of(attempt: Attempt) -> str:
    return candidates.guest_code(attempt.candidate)


def type_code(client: Client, code: str) -> Any:
    return client.post(reverse("guest_code"), {"code": code})


def test_leaving_takes_two_steps_and_shows_the_code_again(client: Client, open_attempt: Attempt) -> None:
    page = client.get(reverse("leave")).text
    assert code_of(open_attempt) in page
    assert "The clock does not stop" in page
    assert client.get(address("question", open_attempt.uuid)).status_code == 200
    client.post(reverse("leave"))
    assert client.get(address("question", open_attempt.uuid)).status_code == 404
    type_code(client, code_of(open_attempt))
    assert client.get(address("question", open_attempt.uuid)).status_code == 200


def test_a_visitor_without_an_exam_has_nothing_to_leave(client: Client) -> None:
    assert "Nothing to leave" in client.get(reverse("leave")).text
    assert not Session.objects.exists()
