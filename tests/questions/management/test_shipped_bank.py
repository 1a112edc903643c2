"""Test that the shipped bank, which is loaded once, is dumped, exported and imported as it is in its files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from questions.bank_files.load import LoadResult, load
from questions.formats import registry
from questions.formats.export import export
from questions.imports import planner
from questions.models import Blueprint, ExamDomain, Question
from tests.authoring import NOW
from tests.questions.management.bank_questions import contents
from tests.questions.management.imported_questions import EXAM

pytestmark = pytest.mark.django_db

SHIPPED = settings.BANKS_DIR / "mls-c01"


@pytest.fixture(scope="module", autouse=True)
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[LoadResult]:
    """Load the shipped bank into a transaction around the tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load(SHIPPED, now=NOW)
        transaction.set_rollback(True)


@pytest.mark.slow
def test_it_loads_without_faults(loaded: LoadResult) -> None:
    assert loaded.faults == []
    assert loaded.written
    files = {path.stem for path in SHIPPED.glob("*/*.yaml")}
    assert set(loaded.created) == files == set(Question.objects.values_list("code", flat=True))
    assert Blueprint.objects.current("MLS-C01")
    assert ExamDomain.objects.filter(exam="MLS-C01").count() == 4


@pytest.mark.slow
def test_it_is_dumped_byte_for_byte(tmp_path: Path) -> None:
    call_command("dump_bank", tmp_path / "out", verbosity=0)
    assert contents(tmp_path / "out") == contents(SHIPPED)


@pytest.mark.slow
def test_every_question_is_exported(tmp_path: Path) -> None:
    call_command("export_questions", tmp_path / "x.json", "--format", "json", verbosity=0)
    exported: list[dict[str, Any]] = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    files = {path.stem: yaml.load(path.read_text(), yaml.CSafeLoader) for path in SHIPPED.glob("*/*.yaml")}
    assert {row["id"] for row in exported} == set(files)
    same = ("status", "task", "topic", "points", "kind", "rating", "revision", "enemies", "as_of", "license")
    for row in exported:
        file = files[row["id"]]
        assert {name: row[name] for name in same} == {name: file[name] for name in same}
        assert row["stem"] == file["stem"].strip("\n")
        assert row["explanation"] == file["explanation"].strip("\n")
        assert row["references"] == file["references"]
        assert row["waivers"] == file.get("waivers", [])
        assert row["options"] == [
            {**option, "text": option["text"].strip("\n"), "rationale": option["rationale"].strip("\n")}
            for option in file["options"]
        ], "in the authored order, with the authored ids"
        assert (row["domain"], row["collection"]) == (int(file["task"][0]), "mls-c01")


@pytest.mark.slow
@pytest.mark.walk
def test_a_written_file_changes_nothing_when_it_is_read_again() -> None:
    codes = set(Question.objects.values_list("code", flat=True))
    assert len(codes) > 500
    for format in ("yaml", "json", "csv", "gift", "moodle-xml", "qti3"):
        exported = export(registry.FORMATS[format])
        plan = planner.make_plan(registry.read(exported.data, "bank", format), EXAM)
        unexpected = [outcome for outcome in plan.outcomes if outcome.outcome not in ("unchanged", "skipped")]
        assert (format, unexpected, len(plan.outcomes)) == (format, [], len(codes))
