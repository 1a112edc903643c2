"""Makes many questions that are no near copies of each other: each sequence of words holds a name of its own."""

from dataclasses import replace
from typing import Any

from questions.content.schema import QuestionContent
from questions.models import Question, User
from tests import authoring

_SYLLABLES = ["ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du"]


def draft(n: int, **changed: Any) -> QuestionContent:
    """The n-th question (from 0 to 999), fit for review."""
    name = "".join(_SYLLABLES[int(digit)] for digit in f"{n:03}")
    options = tuple(
        replace(each, text=f"{verb} {name} rows with {name} on a {name} {day}.")
        for each, verb, day in zip(
            authoring.DRAFT.options, ("Read", "Copy", "Sort", "Count"), ("Monday", "Tuesday", "Friday", "Sunday"),
            strict=True,
        )
    )  # fmt: skip
    stem = f"The {name} mill weighs {name} loaves for {name} shops.\n\nWhich {name} step is {name} right?"
    return replace(authoring.DRAFT, stem=stem, options=options, **changed)


def questions(author: User, count: int, **changed: Any) -> list[Question]:
    """Drafts own-000, own-001, ... with all that submitting asks for."""
    return [authoring.question(author, f"own-{n:03}", draft(n, **changed)) for n in range(count)]
