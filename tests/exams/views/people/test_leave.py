"""Test the leave page: two steps, with the guest code shown once more."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from tests import factories
from tests.accounts import code_of, first_question, type_code
from tests.class_browsers import start_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_leaving_takes_two_steps_and_shows_the_code_again(client: Client, open_attempt: Attempt) -> None:
    page = client.get(reverse("leave")).text
    assert code_of(open_attempt) in page
    assert "The clock does not stop" in page
    assert client.get(first_question(open_attempt)).status_code == 200
    client.post(reverse("leave"))
    assert client.get(first_question(open_attempt)).status_code == 404
    type_code(client, code_of(open_attempt))
    assert client.get(first_question(open_attempt)).status_code == 200


def test_leaving_says_that_nothing_is_deleted_and_for_how_long(
    client: Client, open_attempt: Attempt, settings: Any
) -> None:
    page = " ".join(client.get(reverse("leave")).text.split())
    assert "Nothing is deleted: your exams stay on this server." in page
    assert "The guest is erased 400 days after the last exam, practice or mark on a topic." in page
    settings.GUEST_DAYS = 0
    assert "They are kept until the operator erases them." in client.get(reverse("leave")).text
    page = client.post(reverse("leave"), follow=True).text
    assert "They stay on the server, and your guest code opens them." in page
    assert Attempt.objects.filter(pk=open_attempt.pk).exists()


def test_the_next_person_cannot_return_through_the_rules_page(client: Client) -> None:
    rules = reverse("exam", args=[factories.small_blueprint().code])
    data = {"pair": start_form(client, rules).values["pair"]}
    client.post(rules, data)
    client.post(reverse("leave"))
    assert client.post(rules, data).status_code == 400
    assert client.get(first_question(Attempt.objects.get())).status_code == 404


def test_a_visitor_without_an_exam_has_nothing_to_leave(client: Client) -> None:
    assert "Nothing to forget" in client.get(reverse("leave")).text
    assert not Session.objects.exists()
