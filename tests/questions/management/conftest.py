"""The small bank: edits of its files, and its rows as of the day before an import."""

import datetime
from pathlib import Path

import pytest

from questions.bank_files.load import load
from tests.authoring import NOW
from tests.questions.management.bank_questions import Edit


@pytest.fixture
def edit(bank: Path) -> Edit:
    """Replaces a part of a file, which must be there."""

    def replace(name: str, old: str, new: str) -> None:
        text = (bank / name).read_text()
        assert old in text
        (bank / name).write_text(text.replace(old, new, 1))

    return replace


@pytest.fixture
def loaded_bank(db: None, bank: Path) -> None:
    load(bank, now=NOW - datetime.timedelta(days=1))
