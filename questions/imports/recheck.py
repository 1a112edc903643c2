"""Questions imported from Markdown whose stem may have lost a number.

Before version 1, the reader removed the first `N.` or `N)` of a stem wherever it stood: `Python 3.12` became
`Python 12`. The uploaded files are not kept, so only a copy of the file tells which numbers are missing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from questions.content.fingerprint import normalized
from questions.content.schema import QuestionContent
from questions.formats import checkbox_markdown
from questions.services import stored_bank


@dataclass(frozen=True, slots=True)
class ImportedStem:
    """A question imported from Markdown; `in_file` is its stem in the given file, empty without a file."""

    code: str
    stem: str
    in_file: str = ""


def markdown_imports() -> list[ImportedStem]:
    """Return all questions that were imported from Markdown, by code."""
    rows = stored_bank.questions(Q(batch__format=checkbox_markdown.FORMAT))
    return [ImportedStem(row.content.id, row.content.stem) for row in rows]


def changed_stems(contents: Iterable[QuestionContent]) -> Iterator[ImportedStem]:
    """Yield the questions imported from Markdown that have the options of one of these contents and another stem."""
    by_options = {_options(content): content for content in contents}
    for row in stored_bank.questions(Q(batch__format=checkbox_markdown.FORMAT)):
        theirs = by_options.get(_options(row.content))
        if theirs and normalized(theirs.stem) != normalized(row.content.stem):
            yield ImportedStem(row.content.id, row.content.stem, theirs.stem)


def _options(content: QuestionContent) -> frozenset[str]:
    return frozenset(normalized(option.text) for option in content.options)
