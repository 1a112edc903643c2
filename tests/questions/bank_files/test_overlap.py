"""Test the overlap of a bank with other exams: its file, its faults, and both directions of a hint."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from questions.bank_files import overlap
from questions.bank_files.overlap import Overlap, OverlappingPoint, overlapping_topics
from questions.content import syllabus as syllabus_file

SYLLABUS = """\
exam_domains:
  - number: 1
    title: "Data"
    tasks:
      - code: "1.1"
        title: "Store"
        topics:
          - {{slug: {0}-files, title: "Files", summary: "S.", weeks: [1], points: [{{id: {0}1, text: "One."}}]}}
          - {{slug: {0}-streams, title: "Streams", summary: "S.", weeks: [1], points: [{{id: {0}2, text: "Two."}}]}}
plan:
  - {{weeks: [1], focus: "All."}}
"""
ROW = "  - {{point: {}, topic: {}, strength: {}, overlaps: [{}]}}\n"


@pytest.fixture
def bank(tmp_path: Path, settings: Any) -> Path:
    """Return the directory of bank b, beside bank a."""
    settings.BANKS_DIR = tmp_path
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "syllabus.yaml").write_text(SYLLABUS.format(name))
    return tmp_path / "b"


def write(bank: Path, *rows: tuple[str, str, str, str]) -> None:
    (bank / "overlap.yaml").write_text("points:\n" + "".join(ROW.format(*row) for row in rows))


def faults(bank: Path) -> list[str]:
    syllabus, found = syllabus_file.read(bank / "syllabus.yaml")
    assert found == []
    return [str(fault) for fault in overlap.check(bank, syllabus, "overlap.yaml")]


def test_a_file_names_the_topics_of_others_that_a_point_overlaps(bank: Path) -> None:
    write(bank, ("b1", "b-files", "same", "a-files, a-streams"), ("b2", "b-streams", "partly", "a-streams"))
    assert faults(bank) == []
    read, _faults = overlap.read(bank / "overlap.yaml", None)
    assert read == Overlap(
        (
            OverlappingPoint("b1", "b-files", "same", ("a-files", "a-streams")),
            OverlappingPoint("b2", "b-streams", "partly", ("a-streams",)),
        )
    )


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            ("b9", "b-files", "same", "a-files"),
            "overlap.yaml:3: points.2.point: The syllabus has no point 'b9'. Correct it, or remove the row.",
        ),
        (
            ("b2", "b-file", "same", "a-files"),
            "overlap.yaml:3: points.2.topic: The syllabus has no topic 'b-file'. Correct it.",
        ),
        (
            ("b2", "b-files", "same", "a-files"),
            "overlap.yaml:3: points.2.topic: The point 'b2' does not belong to the topic 'b-files'. Correct one.",
        ),
        (
            ("b2", "b-streams", "same", "a-fils"),
            "overlap.yaml:3: points.2.overlaps: No other bank has the topic 'a-fils'. Correct it, or remove it.",
        ),
        (
            ("b2", "b-streams", "same", "b-files"),
            "overlap.yaml:3: points.2.overlaps: The topic 'b-files' is one of this exam. Name topics of other exams.",
        ),
        (
            ("b2", "b-streams", "none", "a-files"),
            "overlap.yaml:3: points.2.strength: 'none' is not one of: same, partly.",
        ),
        (
            ("b1", "b-files", "same", "a-files"),
            "overlap.yaml:3: points.2.point: The point 'b1' is listed twice. Keep one.",
        ),
        (
            ("b2", "b-streams", "same", ""),
            "overlap.yaml:3: points.2.overlaps: The list is empty. Add at least one entry.",
        ),
    ],
)
def test_a_wrong_row_is_a_fault_with_its_line(bank: Path, row: tuple[str, str, str, str], fault: str) -> None:
    write(bank, ("b1", "b-files", "same", "a-files"), row)
    assert faults(bank) == [fault]


def test_a_bank_without_others_beside_it_is_not_checked_for_their_topics(bank: Path, tmp_path: Path) -> None:
    write(bank, ("b1", "b-files", "same", "z-files"))
    alone = tmp_path / "elsewhere" / "b"
    alone.parent.mkdir()
    bank.rename(alone)
    assert faults(alone) == []


def test_a_bank_may_have_no_overlap(bank: Path) -> None:
    assert faults(bank) == []
    assert overlapping_topics() == {}


def test_topics_overlap_in_both_directions_and_are_the_same_if_one_point_is(bank: Path) -> None:
    write(bank, ("b1", "b-files", "partly", "a-files, a-streams"), ("b3", "b-files", "same", "a-files"))
    assert overlapping_topics() == {
        "b-files": {"a-files": "same", "a-streams": "partly"},
        "a-files": {"b-files": "same"},
        "a-streams": {"b-files": "partly"},
    }


def test_a_faulty_file_hints_at_nothing_and_is_logged(bank: Path, caplog: pytest.LogCaptureFixture) -> None:
    (bank / "overlap.yaml").write_text("points: 3\n")
    assert overlapping_topics() == {}
    assert "Overlap not shown: " in caplog.text


def test_the_shipped_overlap_names_points_and_topics_that_exist() -> None:
    checked = 0
    for path in project.BANKS_DIR.glob("*/overlap.yaml"):
        syllabus, _faults = syllabus_file.read(path.parent / "syllabus.yaml")
        assert overlap.check(path.parent, syllabus) == []
        checked += 1
    assert checked
