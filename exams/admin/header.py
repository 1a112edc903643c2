"""What the head of every page of the admin leads to, for who is signed in; read only by pages that have that head."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from questions.models import Question

RUN = "questions.change_user"  # whoever runs the accounts is an administrator


@dataclass(frozen=True, slots=True)
class Header:
    """`see` questions and what waits for review (`waiting`), `add` some, `run` the place: all tables."""

    see: bool
    add: bool
    run: bool
    waiting: int


def header(request: HttpRequest) -> dict[str, Any]:
    """A context processor. Lazy: pages of candidates, and fragments, ask the database nothing for it."""
    return {"bank_header": SimpleLazyObject(lambda: _read(request))}


def _read(request: HttpRequest) -> Header:
    user = request.user
    see = user.is_staff and user.has_perm("questions.view_question")
    return Header(
        see=see,
        add=see and user.has_perm("questions.add_question"),
        run=user.is_staff and user.has_perm(RUN),
        waiting=Question.objects.in_review().count() if see else 0,
    )
