"""A candidate without JavaScript, who follows links and submits the forms of the pages."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams import access
from exams.models import Attempt, Candidate
from questions.models import Blueprint
from tests import factories
from tests.html_forms import Form, forms


def browser(candidate: Candidate) -> Client:
    """Return a client whose session belongs to this candidate."""
    client = Client()
    _remember(client, candidate)
    return client


def _remember(client: Client, candidate: Candidate) -> None:
    session = client.session
    session[access.CANDIDATE_KEY], session[access.EPOCH_KEY] = candidate.pk, candidate.epoch
    session.save()
    client.cookies["sessionid"] = session.session_key


def seat(client: Client, blueprint: Blueprint) -> Attempt:
    """Start an exam of a new guest now, and let the client sit it: the quick way, without the page of the rules."""
    attempt = factories.attempt(blueprint=blueprint, now=timezone.now(), seed=secrets.token_hex(8))
    _remember(client, attempt.candidate)
    return attempt


@dataclass
class Guest:
    """A guest whose browser shows the page `response`."""

    client: Client
    response: Any

    @classmethod
    def start(cls, client: Client, blueprint: Blueprint) -> "Guest":
        """Start an exam from the page of its rules."""
        address = reverse("exam", args=[blueprint.code])
        (rules,) = [form for form in forms(client.get(address)).values() if ("pair" in dict(form.fields))]
        return cls(client, client.post(rules.action, rules.data(), follow=True))

    @classmethod
    def seated(cls, client: Client, blueprint: Blueprint) -> "Guest":
        """Return a guest at the first question, without the pages before it."""
        attempt = seat(client, blueprint)
        return cls(client, client.get(reverse("question", args=[attempt.uuid, 1])))

    @property
    def path(self) -> str:
        return str(self.response.request["PATH_INFO"])

    @property
    def room(self) -> Form:
        return forms(self.response)["room"]

    @property
    def html(self) -> str:
        return self.response.content.decode()

    @property
    def ticked(self) -> list[str]:
        return [value for value, checked in self.room.options if checked]

    def get(self, path: str) -> Any:
        self.response = self.client.get(path, follow=True)
        return self.response

    def press(self, name: str, value: str | None = None, *, ticks: list[str] | None = None) -> Any:
        """Press a button of the room form, with these options ticked (None: as on the page)."""
        form = self.room
        self.response = self.client.post(
            form.action or self.path, form.data(form.button(name, value), ticks), follow=True
        )
        return self.response

    def tick(self, *places: int) -> list[str]:
        """Return the values of the options at these indexes of the page, from 0."""
        return [self.room.options[place][0] for place in places]

    def answer(self) -> list[str]:
        """Return the values of as many options as the question takes."""
        choose = re.search(r'data-choose="(\d+)"', self.html)
        return self.tick(*range(int(choose[1]) if choose else 1))
