"""Test export_questions: the JSON that other programs read, and what a format loses."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


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
