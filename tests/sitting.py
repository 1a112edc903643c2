"""A candidate without JavaScript: follows links and submits the forms that the pages show, nothing else."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from exams import access
from exams.models import Candidate
from questions.models import Blueprint


@dataclass
class Button:
    name: str
    value: str
    text: str = ""


@dataclass
class Form:
    """One form of a page: its fields as a browser would send them, and its buttons."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    options: list[tuple[str, bool]] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def data(self, button: Button | None = None, ticks: list[str] | None = None) -> dict[str, Any]:
        data: dict[str, Any] = dict(self.fields)
        data["option"] = [value for value, checked in self.options if checked] if ticks is None else ticks
        if button:
            data[button.name] = button.value
        return data

    def button(self, name: str, value: str | None = None) -> Button:
        return next(b for b in self.buttons if b.name == name and value in (None, b.value))


class Forms(HTMLParser):
    """Collects the forms of a page; fields elsewhere that name a form by `form=` belong to it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.open: Form | None = None
        self.texts: Button | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = self.forms.setdefault(a.get("id") or f"form-{len(self.forms)}", Form(""))
            self.open.action = a.get("action", "")
        form = self.forms.setdefault(a["form"], Form("")) if "form" in a else self.open
        if tag == "form" or form is None:
            return
        if tag == "input" and a.get("name") == "option":
            form.options.append((a["value"], "checked" in a))
        elif tag == "input" and a.get("type") in ("radio", "checkbox") and "checked" not in a:
            return
        elif tag == "input" and a.get("name"):
            form.fields.append((a["name"], a.get("value", "")))
        elif tag == "button" and a.get("type") != "button":
            self.texts = Button(a.get("name", ""), a.get("value", ""))
            form.buttons.append(self.texts)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        if tag == "button":
            self.texts = None


def browser(candidate: Candidate) -> Client:
    """A browser in which this candidate sits."""
    client = Client()
    session = client.session
    session[access.CANDIDATE_KEY], session[access.EPOCH_KEY] = candidate.pk, candidate.epoch
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def forms(response: HttpResponse) -> dict[str, Form]:
    found = Forms(response.content.decode()).forms
    return found


@dataclass
class Guest:
    """Somebody with a browser at the page `response`."""

    client: Client
    response: Any

    @classmethod
    def start(cls, client: Client, blueprint: Blueprint) -> "Guest":
        address = reverse("exam", args=[blueprint.code])
        (rules,) = [form for form in forms(client.get(address)).values() if ("pair" in dict(form.fields))]
        return cls(client, client.post(rules.action, rules.data(), follow=True))

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
        """Presses a button of the room form, with these options ticked (None: as the page shows them)."""
        form = self.room
        self.response = self.client.post(
            form.action or self.path, form.data(form.button(name, value), ticks), follow=True
        )
        return self.response

    def tick(self, *places: int) -> list[str]:
        """The values of the options at these places of the page, from 0."""
        return [self.room.options[place][0] for place in places]

    def answer(self) -> list[str]:
        """The values of as many options as the question takes: which questions an exam has is left to chance."""
        choose = re.search(r'data-choose="(\d+)"', self.html)
        return self.tick(*range(int(choose[1]) if choose else 1))
