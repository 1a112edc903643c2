"""Test the faults that load_bank reports: file, line and field, and nothing is loaded."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from questions.bank_files.load import load
from questions.content.schema import Fault
from questions.models import Blueprint, ExamDomain, Question
from questions.services.bank_version import manifest_of
from tests.authoring import NOW
from tests.questions.management.bank_questions import ONE, SAMPLES, THREE, TWO, Edit

pytestmark = pytest.mark.django_db


def test_every_fault_of_every_file_is_listed_and_nothing_is_loaded(bank: Path, edit: Edit, capsys: Any) -> None:
    edit(SAMPLES[0], "topic: ", "topic: no-such-")
    edit(SAMPLES[1], "rating: ", "rating: 1000")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_bank", bank)
    faults = capsys.readouterr().err
    line = 1 + (bank / SAMPLES[0]).read_text().split("\n").index(
        next(line for line in (bank / SAMPLES[0]).read_text().split("\n") if line.startswith("topic: "))
    )
    assert f"{SAMPLES[0]}:{line}: topic: The syllabus has no topic" in faults
    assert f"{SAMPLES[1]}:" in faults
    assert "rating: " in faults
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        ("points: [g027", "points: [g999", "points.1", "no point 'g999'"),
        ("enemies: []", "enemies: [nobody]", "enemies.1", "no question 'nobody'"),
        ("enemies: []", f"enemies: [{THREE}]", "enemies.1", "meets itself"),
        ("correct: true", "correct: false", "options", "correct"),
        ("correct: false", "correct: true", "kind", "multiple-response"),
        ('task: "1.3"', 'task: "1.2"', "task", "Move it there"),
        ("license: CC-BY-SA-4.0", f'license: "{"x" * 41}"', "license", "At most 40"),
    ],
)
def test_an_impossible_question_is_refused_with_its_field(
    bank: Path, edit: Edit, old: str, new: str, field: str, sentence: str
) -> None:
    edit(SAMPLES[2], old, new)
    result = load(bank, now=NOW)
    assert not result.written
    fault = next(fault for fault in result.faults if fault.field == field)
    assert fault.file == SAMPLES[2]
    assert fault.line
    assert sentence in fault.sentence


def test_a_text_that_no_database_can_store_is_refused(bank: Path, edit: Edit) -> None:
    text = (bank / SAMPLES[2]).read_text()
    start = text.index("stem: |")
    end = text.index("options:")
    (bank / SAMPLES[2]).write_text(text[:start] + 'stem: "Zero\\0?"\n' + text[end:])
    result = load(bank, now=NOW)
    assert [fault.field for fault in result.faults] == ["stem"]


def test_a_code_used_otherwise_is_refused(bank: Path) -> None:
    load(bank, now=NOW)
    other = ExamDomain.objects.create(exam="X-1", number=1, title="Other")
    Question.objects.filter(code=ONE).update(exam_domain=other, topic=None)
    (bank / "1.3" / "begun.yaml").write_text((bank / SAMPLES[2]).read_text().replace(THREE, "begun"))
    Question.objects.create(code="begun", exam_domain=other)
    result = load(bank, now=NOW)
    assert not result.written
    sentences = {Path(fault.file).stem: fault.sentence for fault in result.faults}
    assert "belongs to another exam" in sentences[ONE]
    assert "without a text" in sentences["begun"]


def test_an_id_used_twice_is_refused(bank: Path) -> None:
    (bank / "2.1").mkdir()
    shutil.copy(bank / SAMPLES[2], bank / "2.1" / f"{THREE}.yaml")
    result = load(bank, now=NOW)
    assert any("is also in 1.3/" in fault.sentence for fault in result.faults)


def test_good_questions_of_a_faulty_bank_load_with_good_only(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[0], "topic: ", "topic: no-such-")
    result = load(bank, now=NOW, good_only=True)
    assert result.written
    assert sorted(result.created) == sorted([TWO, THREE])
    assert [fault.file for fault in result.faults] == [SAMPLES[0]]
    assert manifest_of(bank.name) == "", "the next start reads it again"


def test_a_missing_or_empty_directory_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("load_bank", tmp_path / "nowhere")
    empty = load(tmp_path, now=NOW)
    assert empty.faults[0] == Fault(
        "syllabus.yaml",
        None,
        "",
        "The directory has no syllabus.yaml, which questions need. Add it.",
    )


def test_a_changed_blueprint_needs_a_new_version(bank: Path, tmp_path: Path, settings: Any) -> None:
    load(bank, now=NOW)
    blueprints = tmp_path / "blueprints"
    blueprints.mkdir()
    text = (settings.BLUEPRINT_DIR / "mls-c01.yaml").read_text()
    settings.BLUEPRINT_DIR = blueprints
    (blueprints / "mls-c01.yaml").write_text(text.replace("minutes: 180", "minutes: 170"))
    result = load(bank, now=NOW)
    assert not result.written
    assert [(fault.line, fault.field) for fault in result.faults] == [(2, "version")]
    (blueprints / "mls-c01.yaml").write_text(
        text.replace("minutes: 180", "minutes: 170").replace("version: 2", "version: 3")
    )
    assert load(bank, now=NOW).written
    versions = Blueprint.objects.filter(code="MLS-C01").order_by("version")
    assert [row.exam.minutes for row in versions] == [180, 170]


def test_a_directory_of_banks_is_not_a_bank(bank: Path) -> None:
    (fault,) = load(bank.parent, now=NOW).faults
    assert f"contains banks. Give one of them: {bank}" in fault.sentence


def test_an_unknown_ask_blocks_the_load(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[2], "rating: 85\n", "rating: 85\nask: feeling\n")
    result = load(bank, now=NOW)
    [fault] = result.faults
    assert (fault.file, fault.line, fault.field) == (SAMPLES[2], 9, "ask")
    assert not Question.objects.exists()


def test_an_overlap_with_an_unknown_point_is_a_fault_with_its_line(bank: Path) -> None:
    (bank / "overlap.yaml").write_text(
        "points:\n  - {point: x999, topic: glue-databrew, strength: same, overlaps: [elsewhere]}\n"
    )
    result = load(bank, now=NOW)
    assert not result.written
    sentence = "The syllabus has no point 'x999'. Correct it, or remove the row."
    assert result.faults == [Fault("overlap.yaml", 2, "points.1.point", sentence)]
