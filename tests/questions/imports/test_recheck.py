"""Test that questions imported from Markdown are listed, and those that differ from the file."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from questions.imports import steps
from questions.models import Question, Revision
from questions.services import revisions, wordings
from tests.questions.imports.importing import NOW, confirmed_batch, received_batch, reloaded, work_on

pytestmark = pytest.mark.django_db
OPTIONS = "- [ ] {0} one\n- [x] {0} two\n- [ ] {0} three\n"
FILE = f"1. Use Python 3.12. Which?\n\n{OPTIONS.format('A')}\n2. It has no number. Which?\n\n{OPTIONS.format('B')}"


def run(*args: object) -> str:
    out = StringIO()
    call_command("recheck_imports", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.fixture
def imported() -> Question:
    """Return a question whose stem lacks the number that its file has."""
    batch = received_batch(FILE.encode(), "list.md")
    work_on(batch)
    steps.confirm(reloaded(batch), good_only=False, now=NOW)
    work_on(batch)
    revision = Revision.objects.get(stem__contains="Python")
    content = wordings.content_of(revision)
    revisions.rewrite(revision, replace(content, stem="Use Python 12. Which?"), now=NOW, by=None)
    return revision.question


def test_all_questions_imported_from_markdown_are_listed(imported: Question) -> None:
    confirmed_batch()
    lines = run().splitlines()
    assert f"{imported.code}: Use Python 12. Which?" in lines
    assert len(lines) == 2, "boats came from JSON"


def test_with_the_file_only_those_that_differ_are_listed(imported: Question, tmp_path: Path) -> None:
    file = tmp_path / "list.md"
    file.write_text(FILE)
    assert run(file).splitlines() == [
        f"{imported.code}: Use Python 12. Which?",
        "  the file says: Use Python 3.12. Which?",
    ]


def test_without_such_questions_it_says_so() -> None:
    assert run() == "No question needs to be checked.\n"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Cannot read"):
        run(tmp_path / "missing.md")
