"""Make many questions that are not near duplicates: each sequence of words contains a unique name."""

from dataclasses import replace
from typing import Any

from questions.content.schema import QuestionContent
from questions.models import Question, User
from questions.services import revisions
from tests import authoring

_SYLLABLES = ["ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du"]


def content(n: int, **changes: Any) -> QuestionContent:
    """Return the n-th question (from 0 to 999), ready for review."""
    name = "".join(_SYLLABLES[int(digit)] for digit in f"{n:03}")
    options = tuple(
        replace(option, text=f"{verb} {name} rows with {name} on a {name} {day}.")
        for option, verb, day in zip(
            authoring.CONTENT.options,
            ("Read", "Copy", "Sort", "Count"),
            ("Monday", "Tuesday", "Friday", "Sunday"),
            strict=True,
        )
    )
    stem = f"The {name} mill weighs {name} loaves for {name} shops.\n\nWhich {name} step is {name} right?"
    return replace(authoring.CONTENT, stem=stem, options=options, **changes)


def questions(author: User, count: int, **changes: Any) -> list[Question]:
    """Make the drafts own-000, own-001, ... ready for review."""
    return [authoring.question(author, f"own-{n:03}", content(n, **changes)) for n in range(count)]


def spoil(bare: Question, wrong: Question, author: User) -> None:
    """Remove the references of own-001, a warning, and let the stem of own-002 ask for two keys, an error."""
    stem = "The mill weighs loaves for shops of a town.\n\nWhich steps are right? (Select TWO.)"
    for row, spoiled in ((bare, content(1, references=())), (wrong, replace(content(2), stem=stem))):
        revisions.rewrite(revisions.revision_in_work(row), replace(spoiled, id=row.code), now=authoring.NOW, by=author)
