"""Sign up, sign in, and enter guest codes through the pages of the site."""

from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.people import candidates, sign_in_links
from questions.models import User
from tests.factories import PASSWORD


def sign_up(client: Client, name: str = "alice", **fields: str) -> Any:
    return client.post(reverse("account_signup"), {"username": name, "password1": PASSWORD, **fields})


def log_in(client: Client, name: str = "alice", password: str = PASSWORD, **fields: str) -> Any:
    return client.post(reverse("account_login"), {"login": name, "password": password, **fields})


def sign_in_path(user: User) -> str:
    """Return the path of a sign-in link."""
    return urlsplit(sign_in_links.sign_in_link(user, "http://testserver/")).path


def code_of(attempt: Attempt) -> str:
    return candidates.guest_code(attempt.candidate)


def type_code(client: Client, code: str) -> Any:
    return client.post(reverse("guest_code"), {"code": code})


def first_question(attempt: Attempt) -> str:
    """Return the path of the first question of an attempt."""
    return reverse("question", args=[attempt.uuid, 1])


def is_signed_in(browser: Client, attempt: Attempt) -> bool:
    shown = browser.get(first_question(attempt)).status_code
    saved = browser.post(first_question(attempt), {"option": "0", "version": "0", "move": "stay"}).status_code
    assert (shown == 200) == (saved == 303), (shown, saved)
    return shown == 200
