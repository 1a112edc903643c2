"""Test the front page: without a bank, with an open exam, and when time is up."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from questions.models import Blueprint
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


def address(blueprint: Blueprint) -> str:
    return reverse("exam", args=[blueprint.code])


def test_the_retirement_of_the_exam_is_mentioned_before_the_start(client: Client, blueprint: Blueprint) -> None:
    for page in (client.get("/"), client.get(address(blueprint))):
        html = page.content.decode()
        notice = html.index("AWS retired this exam on 31 March 2026. You can no longer book it.")
        assert notice < html.index("Start")
    assert "MLA-C01" in html
    assert "AIP-C01" in html


def test_an_installation_without_a_bank_gets_a_message(client: Client, settings: Any) -> None:
    settings.FRONT_EXAM = "NONE-C99"
    assert client.get("/").status_code == 503


def test_an_open_exam_is_offered_instead_of_a_second_start(client: Client, blueprint: Blueprint) -> None:
    guest = Guest.start(client, blueprint)
    guest.press("move", "next")
    for path in ("/", address(blueprint)):
        html = client.get(path).content.decode()
        assert "Back to question 2" in html
        assert "Start exam" not in html


def test_an_overdue_exam_is_closed_by_the_front_page(client: Client, blueprint: Blueprint) -> None:
    Guest.start(client, blueprint)
    day = timedelta(days=1)
    attempt = Attempt.objects.get()
    Attempt.objects.update(started_at=attempt.started_at - day, deadline=attempt.deadline - day)
    assert "An exam is running" not in client.get("/").content.decode()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == ("submitted", "time")
