"""Start practice and answer its questions in the room, as a candidate does."""

import re
from typing import Any

from django.urls import reverse

from exams.models import Attempt, Candidate
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW
from tests.sitting import Guest, browser


def start(blueprint: Blueprint, candidate: Candidate | None = None, n: int = 5, **options: Any) -> Attempt:
    options = {"kind": "quiz", "feedback": "each", "timed": False, "now": NOW} | options
    questions = options.pop("questions", None) or list(practice_pool(blueprint).items)[:n]
    kind = options.pop("kind")
    return practice.start(candidate or factories.candidate(), blueprint, kind, questions, **options).attempt


def enter(attempt: Attempt, position: int = 1) -> Guest:
    client = browser(attempt.candidate)
    return Guest(client, client.get(reverse("question", args=[attempt.uuid, position]), follow=True))


def words(guest: Guest) -> str:
    """Return the text of the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", guest.html).split())


def key_of(attempt: Attempt, position: int = 1) -> list[str]:
    key = attempt.responses.get(position=position).key
    return [str(bit) for bit in range(key.bit_length()) if key >> bit & 1]


def check(guest: Guest, ticks: list[str], sure: str = "3") -> None:
    guest.press("move", "check", ticks=ticks)
    guest.press("sure", sure, ticks=ticks)
