"""Browsers of one person in an exam of a class: they start it, open it elsewhere, and take over."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Sitting
from exams.services.classes import participants
from exams.services.people import candidates
from tests.html_forms import Form, forms, text
from tests.sitting import Guest

SCHOOL, HOME = "192.0.2.17", "2001:db8:1:2::3"
QUESTION = "Continue here? The other browser stops."


def start_form(client: Client, address: str) -> Form:
    """Return the form of this page that starts something, or joins."""
    (form,) = [form for form in forms(client.get(address)).values() if "pair" in dict(form.fields)]
    return form


def start(sitting: Sitting, client: Client, name: str = "Ana") -> Guest:
    """Join by the code, and start."""
    form = start_form(client, reverse("join_sitting", args=[sitting.code]))
    return Guest(client, client.post(form.action, form.data() | {"name": name}, follow=True))


def by_guest_code(attempt: Attempt) -> Client:
    client = Client(REMOTE_ADDR=HOME)
    response = client.post(reverse("guest_code"), {"code": candidates.guest_code(attempt.candidate)})
    assert response.status_code == 303
    return client


def by_personal_link(attempt: Attempt) -> Client:
    assert attempt.sitting is not None
    client, person = Client(REMOTE_ADDR=HOME), attempt.sitting.participants.get()
    address = reverse("join_link", args=[participants.renew_link(person)])
    form = start_form(client, address)
    assert client.post(form.action, form.data()).status_code == 303
    return client


DOORS = pytest.mark.parametrize("door", [by_guest_code, by_personal_link])


def the_attempt() -> Attempt:
    """Return the exam that was started first."""
    return Attempt.objects.select_related("sitting", "candidate").earliest("pk")


def open_room(client: Client) -> Any:
    return client.get(reverse("attempt", args=[the_attempt().uuid]), follow=True)


def continue_here(client: Client) -> Guest:
    page = open_room(client)
    assert QUESTION in text(page)
    (form,) = [form for form in forms(page).values() if form.action.endswith("/seat/")]
    return Guest(client, client.post(form.action, form.data(), follow=True))


def log() -> list[tuple[str, dict[str, Any]]]:
    return [(event.kind, event.data) for event in the_attempt().events.exclude(kind="started")]


def kinds() -> list[str]:
    return [kind for kind, _data in log()]


def ticked(position: int = 1) -> int:
    return int(the_attempt().responses.get(position=position).ticked)
