"""The questions of an open attempt: their rows and addresses, and the time after its end."""

from datetime import timedelta
from typing import Any

import time_machine
from django.urls import reverse

from exams.models import Attempt, Response


def row(attempt: Attempt, position: int = 1) -> Response:
    return attempt.responses.get(position=position)


def address(attempt: Attempt, position: int = 1) -> str:
    return reverse("question", args=[attempt.uuid, position])


def after_the_start(attempt: Attempt, minutes: float) -> Any:
    """Inside this block, the clock shows `minutes` after the start: no question was seen for longer."""
    return time_machine.travel(attempt.started_at + timedelta(minutes=minutes), tick=False)


def after_the_deadline(attempt: Attempt, seconds: float) -> Any:
    """Inside this block, the clock shows `seconds` after the deadline, however slow the machine is."""
    return time_machine.travel(attempt.deadline + timedelta(seconds=seconds), tick=False)
