"""Join a class exam by the pages, as a browser without JavaScript does."""

from typing import Any

from django.test import Client
from django.urls import reverse

from exams.models import Sitting
from tests.html_forms import forms


def page_of(sitting: Sitting) -> str:
    return reverse("join_sitting", args=[sitting.code])


def press(client: Client, path: str, action: str | None = None, **fields: str) -> Any:
    """Submit the form of a page that posts to `action`, by default to the page."""
    (form,) = [form for form in forms(client.get(path)).values() if form.action == (action or path)]
    return client.post(form.action, form.data() | fields, follow=True)


def join(client: Client, sitting: Sitting, name: str = "Ana") -> Any:
    return press(client, page_of(sitting), name=name)
