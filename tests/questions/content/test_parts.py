"""Test the parts of a question; and that a new field needs its line in QuestionContent, a column and a migration."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from questions.content.parts import DEFAULTS, LABELS, PART_NAMES, PARTS, fields, from_fields, stored
from questions.content.schema import QuestionContent
from tests import migrated_database
from tests.questions.content.test_merge import BASE

ROOT = Path(__file__).resolve().parents[3]
# Each place of a new field: the file, the line before it, and the line.
NEW_FIELDS = (
    (
        "questions/content/schema.py",
        "    license: Annotated[str | None, Word(), ",
        '    seconds: Annotated[int, Whole(1, 10_000), Part("time it takes", Store.FACT)] = 100\n'
        '    audiences: Annotated[tuple[Slug, ...], Part("audiences", Store.FACT)] = ()\n'
        '    calculator: Annotated[bool, Part("calculators are allowed", Store.WORDING, name="wording")] = True\n',
    ),
    (
        "questions/models/question.py",
        "    license = models.CharField(",
        "    seconds = models.PositiveIntegerField(default=100)\n"
        "    audiences = models.JSONField(default=list, blank=True)\n",
    ),
    (
        "questions/models/revision.py",
        "    stem = models.TextField()",
        "    calculator = models.BooleanField(default=True)\n",
    ),
)


def test_a_question_is_restored_from_its_fields() -> None:
    assert tuple(fields(BASE)) == PART_NAMES
    assert from_fields("one", 1, fields(BASE)) == BASE


def test_what_was_stored_before_a_field_existed_has_its_default() -> None:
    old = {name: value for name, value in fields(BASE).items() if name != "license"}
    old["wording"] = {name: value for name, value in old["wording"].items() if name != "kind"}
    assert stored(old) == fields(BASE) | {"license": None}
    assert stored({}) == DEFAULTS == fields(QuestionContent("", "", ()))


def test_each_part_has_a_name_for_pages() -> None:
    assert [LABELS[name] for name in ("as_of", "wording", "topic")] == [
        "facts checked on", "stem, options and key", "place in the syllabus",
    ]  # fmt: skip
    assert PARTS.keys() < LABELS.keys()


@pytest.mark.slow
def test_a_new_field_needs_its_line_in_the_content_its_column_and_a_migration(bank: Path, tmp_path: Path) -> None:
    """Load the bank as of today, add three fields in a copy of the project, and use them from there on."""
    data = tmp_path / "data"
    data.mkdir()
    copied = migrated_database.copy(migrated_database.file_name(), data / "mlsprep.sqlite3")
    if not copied:
        _run(ROOT, data, "manage.py", "migrate")
    _run(ROOT, data, "manage.py", "load_bank", str(bank))
    copy = _copy_with_new_fields(tmp_path / "copy")
    done = _run(copy, data, "-m", "tests.questions.content.new_fields", str(bank))
    assert done.stdout.splitlines()[-1] == "The new fields are everywhere.", done.stdout


def _copy_with_new_fields(copy: Path) -> Path:
    copy.mkdir()
    for name in ("questions", "exams", "mlsprep", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "bank", "e2e", "benchmarks")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("manage.py", "templates", "static"):
        (copy / name).symlink_to(ROOT / name)
    for file, line, new in NEW_FIELDS:
        text = (copy / file).read_text(encoding="utf-8")
        assert text.count(line) == 1, file
        place = text.index("\n", text.index(line)) + 1
        (copy / file).write_text(text[:place] + new + text[place:], encoding="utf-8")
    return copy


def _run(root: Path, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    unwanted = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment |= {"MLSPREP_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "mlsprep.settings"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
    return done
