"""Test load_bank together with blueprints made here."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from questions.bank_files.load import load
from questions.content.yaml_text import dump
from questions.models import Blueprint, Question
from questions.services import blueprints
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    """Return a directory of blueprint files that the test may change."""
    copy = tmp_path / "blueprints"
    shutil.copytree(django_settings.BLUEPRINT_DIR, copy)
    settings.BLUEPRINT_DIR = copy
    return copy


def quiz(**changes: Any) -> Blueprint:
    shipped = Blueprint.objects.current("MLS-C01")
    assert shipped is not None
    values: dict[str, Any] = {"code": "QUIZ", "title": "A quiz", "syllabus": "MLS-C01", "default": False}
    values |= {"retired_on": None, "successors": ()} | changes
    return blueprints.make(replace(shipped.exam, **values), known_version=0, now=NOW)


def raise_version(directory: Path) -> None:
    """Change the file of the shipped exam to version 3."""
    path = directory / "mls-c01.yaml"
    path.write_text(path.read_text().replace("version: 2", "version: 3").replace("minutes: 180", "minutes: 170"))


def test_a_withdrawn_exam_stays_withdrawn_when_a_new_version_is_loaded(bank: Path, directory: Path) -> None:
    path = directory / "mls-c01.yaml"
    path.write_text(path.read_text().replace("default: true\n", ""))
    load(bank, now=NOW)
    blueprints.offer(Blueprint.objects.get(code="MLS-C01"), on=False)
    blueprints.admit(Blueprint.objects.get(code="MLS-C01"), on=False)
    raise_version(directory)
    load(bank, now=NOW)
    flags = Blueprint.objects.filter(code="MLS-C01").order_by("version").values_list("version", "offered", "admits")
    assert list(flags) == [(2, False, False), (3, False, False)]


def test_a_load_does_not_change_a_blueprint_made_here(bank: Path, directory: Path) -> None:
    load(bank, now=NOW)
    local = quiz()
    blueprints.offer(local, on=False)
    raise_version(directory)
    result = load(bank, now=NOW)
    assert result.written
    assert result.faults == []
    shipped = Blueprint.objects.current("MLS-C01")
    assert shipped is not None
    assert (shipped.version, shipped.exam.minutes, shipped.origin) == (3, 170, "shipped")
    current = Blueprint.objects.current("QUIZ")
    assert current == local
    assert not current.offered


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_with_the_code_of_a_blueprint_made_here_is_left_out(bank: Path, directory: Path, version: int) -> None:
    load(bank, now=NOW)
    local = quiz()
    shipped = replace(local.exam, version=version, title="Another quiz")
    (directory / "quiz.yaml").write_text(dump(shipped))
    result = load(bank, now=NOW)
    assert result.written
    assert result.faults == []
    assert Blueprint.objects.current("QUIZ") == local
    assert Blueprint.objects.filter(code="QUIZ").count() == 1


def test_a_downloaded_file_can_be_loaded_elsewhere(bank: Path, directory: Path) -> None:
    load(bank, now=NOW)
    local = quiz()
    (directory / "quiz.yaml").write_text(dump(local.exam))
    Blueprint.objects.all().delete()
    load(bank, now=NOW)
    there = Blueprint.objects.get(code="QUIZ")
    assert (there.exam, there.sha256, there.origin) == (local.exam, local.sha256, "shipped")


def test_a_directory_with_the_name_of_a_quiz_collection_belongs_to_its_syllabus(bank: Path, directory: Path) -> None:
    load(bank, now=NOW)
    quiz(collections=("own-set",))
    own = bank.parent / "own-set"
    shutil.copytree(bank, own)
    for path in list(own.glob("*/*.yaml")):
        path.with_stem(f"own-{path.stem}").write_text(
            path.read_text().replace(f"id: {path.stem}", f"id: own-{path.stem}")
        )
        path.unlink()
    result = load(own, now=NOW)
    assert result.faults == []
    places = Question.objects.filter(code__startswith="own-").values_list("collection", "exam_domain__exam")
    assert list(places) == [("own-set", "MLS-C01")] * 3
