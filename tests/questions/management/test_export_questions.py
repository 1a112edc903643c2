"""Test export_questions: the JSON that other programs read, and what a format loses."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(tmp_path: Path) -> list[dict[str, Any]]:
    call_command("load_bank", settings.BANK_DIR, verbosity=0)
    call_command("export_questions", tmp_path / "x.json", "--format", "json")
    rows: list[dict[str, Any]] = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    return rows


def test_every_question_is_exported(exported: list[dict[str, Any]]) -> None:
    files = {path.stem: yaml.safe_load(path.read_text()) for path in settings.BANK_DIR.glob("*/*.yaml")}
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


def test_an_unknown_format_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"The format 'docx' is not known. Known formats: csv, .*json\."):
        call_command("export_questions", tmp_path / "x", "--format", "docx")
    assert not (tmp_path / "x").exists()


def test_a_path_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_questions", tmp_path / "nowhere" / "x.json", "--format", "json")


@pytest.mark.usefixtures("loaded_bank")
def test_an_export_prints_the_losses_of_the_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_questions", tmp_path / "x.csv", "--format", "csv")
    printed = capsys.readouterr().out
    assert "3 questions are in" in printed
    assert "Udemy CSV omits: the id" in printed
    assert "Modeling" in (tmp_path / "x.csv").read_text()
