"""Accounts, and a small bank of files with the shipped syllabus, so that tests need no shipped questions."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from questions.bank_files import question_yaml
from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.models import User
from tests.authoring import account

OPTIONS = (
    OptionContent("a", True, "Profile the full data set.", "Without a setting, a profile job reads 20,000 rows."),
    OptionContent("b", False, "Attach a ruleset to the job.", "A ruleset judges the same rows."),
    OptionContent("c", False, "Add a statistic to the job.", "The statistic is there already."),
    OptionContent("d", False, "Sample the project at random.", "The sample of a project is for its grid."),
)
STEM = "An analyst at a blood bank profiles 3.2 million donations and sees no duplicates.\n\nWhich change is needed?"
PLACES = {
    "blood-bank-profile": ("1.3", "glue-databrew", ("g027", "g028")),
    "validation-below-training": ("3.4", "dropout-and-early-stopping", ("g156", "3.3.2")),
    "random-search-one-wave": ("3.4", "tuning-search-strategies", ("g136",)),
}


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Return a bank directory of three live questions that may be edited."""
    directory = tmp_path / "mls-c01"
    directory.mkdir()
    shutil.copy(settings.BANK_DIR / "syllabus.yaml", directory)
    for code, (task, topic, points) in PLACES.items():
        content = QuestionContent(
            id=code, status="live", task=task, topic=topic, points=points, rating=85, as_of="2026-11-25",
            license="CC-BY-SA-4.0", stem=STEM, options=OPTIONS, explanation="It reads all rows then.",
            references=(Reference("JobSample", "https://docs.aws.amazon.com/databrew/", "2026-11-25"),),
        )  # fmt: skip
        path = directory / question_yaml.path_in_bank(content)
        path.parent.mkdir(exist_ok=True)
        path.write_text(question_yaml.dump(content), encoding="utf-8")
    return directory


@pytest.fixture
def author() -> User:
    return account("ada", "Author")


@pytest.fixture
def reviewer() -> User:
    return account("rob", "Reviewer")
