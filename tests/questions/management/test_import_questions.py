"""Test import_questions: the dry run, the import, the file of refused questions, and wrong arguments."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from questions.formats import json_file, udemy_csv
from questions.models import ImportBatch
from tests.questions.management.imported_questions import DOMAINS, ONE, TWO

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.csv"
    bad = udemy_csv.write([replace(TWO, options=TWO.options[:2])], DOMAINS).split(b"\r\n", 1)[1]
    path.write_bytes(udemy_csv.write([ONE, TWO], DOMAINS) + bad)
    return path


def import_command(capsys: pytest.CaptureFixture[str], *arguments: Any) -> dict[str, Any]:
    capsys.readouterr()
    call_command("import_questions", *arguments, "--json")
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_a_dry_run_prints_the_plan_and_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = import_command(capsys, file, "--dry-run")
    assert printed["format"] == "csv"
    assert (printed["counts"]["created"], printed["counts"]["refused"], printed["written"]) == (2, 1, False)
    assert [question["what"] for question in printed["questions"]] == ["created", "created", "refused"]
    assert "at least 3 are required" in printed["questions"][2]["reasons"][0]
    assert not ImportBatch.objects.exists()
    call_command("import_questions", file, "--dry-run")
    assert "Dry run, nothing was written: 2 created" in capsys.readouterr().out


def test_the_command_imports_the_good_questions_of_a_faulty_file_only_with_the_option(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_questions", file)
    refused_path = tmp_path / "refused.csv"
    printed = import_command(capsys, file, "--good-only", "--refused-file", refused_path)
    batch = ImportBatch.objects.get()
    assert (printed["written"], printed["batch"], batch.file) == (True, batch.pk, "x.csv")
    assert len(refused_path.read_text().strip().splitlines()) == 2
    assert "at least 3 are required" in refused_path.read_text()


def test_refused_questions_of_other_formats_are_listed(tmp_path: Path) -> None:
    path, refused_path = tmp_path / "x.json", tmp_path / "refused.csv"
    path.write_bytes(json_file.write([replace(ONE, exam_domain=9)]))
    with pytest.raises(CommandError):
        call_command("import_questions", path, "--refused-file", refused_path)
    assert refused_path.read_text("utf-8-sig").splitlines()[0] == '"Number","Line","Question","Reason"'
    assert "one-question" in refused_path.read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--map", "Deep things"], "is not a mapping"),
        (["--exam", "XYZ"], "The exam XYZ does not exist. Known exams: MLS-C01"),
        (["--format", "docx"], "The file cannot be imported"),
        (["--exam-domain", "9"], "The file cannot be imported"),
    ],
)
def test_a_wrong_argument_is_an_error(file: Path, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("import_questions", file, *arguments)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_questions", tmp_path / "gone.csv")
