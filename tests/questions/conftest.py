"""Accounts, and a small bank of files with a part of the shipped syllabus: tests need no shipped questions."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from questions.bank_files import question_yaml
from questions.bank_files.load import load
from questions.content import syllabus as syllabus_file
from questions.content import yaml_text
from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.content.syllabus import Task
from questions.models import User
from tests.authoring import NOW, account

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


@pytest.fixture(scope="session")
def small_syllabus() -> str:
    """Return the file of a syllabus with all tasks, but of each only the first topic and those of the questions.

    Reading and storing the whole one would take most of the time of many tests.
    """
    whole, _faults = syllabus_file.read(settings.BANKS_DIR / "mls-c01" / "syllabus.yaml")
    assert whole is not None
    used = {code for _task, topic, points in PLACES.values() for code in (topic, *points)}

    def cut(task: Task) -> Task:
        others = (topic for topic in task.topics[1:] if used & {topic.slug, *(point.id for point in topic.points)})
        return replace(task, topics=(task.topics[0], *others))

    domains = (replace(domain, tasks=tuple(map(cut, domain.tasks))) for domain in whole.exam_domains)
    return yaml_text.dump(replace(whole, exam_domains=tuple(domains)))


@pytest.fixture
def bank(tmp_path: Path, small_syllabus: str) -> Path:
    """Return a bank directory of three live questions that may be edited."""
    return _write_bank(tmp_path, small_syllabus)


@pytest.fixture(scope="module")
def loaded_bank(
    module_rows: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory, small_syllabus: str
) -> None:
    """Load such a bank, once for all tests of the module."""
    with django_db_blocker.unblock():
        load(_write_bank(tmp_path_factory.mktemp("bank"), small_syllabus), now=NOW - timedelta(days=1))


def _write_bank(parent: Path, syllabus: str) -> Path:
    directory = parent / "mls-c01"
    directory.mkdir()
    (directory / "syllabus.yaml").write_text(syllabus, encoding="utf-8")
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
