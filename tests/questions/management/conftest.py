"""Edits of the files of the small bank."""

from pathlib import Path

import pytest

from tests.questions.management.bank_questions import Edit


@pytest.fixture
def edit(bank: Path) -> Edit:
    """Replaces a part of a file, which must be there."""

    def replace(name: str, old: str, new: str) -> None:
        text = (bank / name).read_text()
        assert old in text
        (bank / name).write_text(text.replace(old, new, 1))

    return replace
