"""Test blueprint files: the shipped one is valid, and faults of others have their lines."""

from pathlib import Path

import pytest

from questions.content.blueprint import read

SHIPPED = Path(__file__).resolve().parents[3] / "questions" / "blueprints" / "mls-c01.yaml"
GOOD = SHIPPED.read_text(encoding="utf-8")


def test_the_shipped_blueprint_describes_the_exam() -> None:
    spec, faults = read(SHIPPED)
    assert faults == []
    assert spec is not None
    assert (spec.code, spec.version, spec.short_title, spec.retired_on) == (
        "MLS-C01",
        1,
        "AWS ML Specialty",
        "2026-03-31",
    )
    assert (spec.minutes, spec.scored, spec.unscored, spec.questions) == (180, 50, 15, 65)
    assert (spec.scale.min, spec.scale.passing, spec.scale.max) == (100, 750, 1000)
    assert [(domain.number, domain.weight) for domain in spec.exam_domains] == [(1, 20), (2, 24), (3, 36), (4, 20)]
    assert [successor.code for successor in spec.successors] == ["MLA-C01", "AIP-C01"]
    assert spec.collections == ("mls-c01",)
    assert [(extra.code, extra.minutes) for extra in spec.extra_time] == [("esl", 30)]


def test_an_exam_that_is_still_offered_has_no_end_and_no_successors() -> None:
    lines = [line for line in GOOD.splitlines() if "retired_on" not in line and "successors" not in line]
    spec, faults = read("\n".join(line for line in lines if "MLA-C01" not in line and "AIP-C01" not in line))
    assert faults == []
    assert spec is not None
    assert (spec.retired_on, spec.successors) == (None, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "expected"),
    [
        ("weight: 36", "weight: 35", 13, "exam_domains", "sum to 99"),
        ("number: 2", "number: 1", 15, "exam_domains.2.number", "is used twice"),
        ("pass: 750", "pass: 1000", 11, "scale.pass", "between min 100 and max 1000"),
        ("pass: 750", "pass: 100", 11, "scale.pass", "between"),
        ("minutes: 180", "minutes: 0", 9, "minutes", "out of range"),
        ("scored: 50", "scored: many", 10, "counts.scored", "whole number"),
        (", unscored: 15", "", 10, "counts.unscored", "missing"),
        ("[multiple-choice, multiple-response]", "[multiple-choice, essay]", 12, "kinds.2", "not one of"),
        (
            "extra_time:\n",
            'extra_time:\n  - {code: esl, title: "Another", minutes: 20}\n',
            22,
            "extra_time.2.code",
            "is used twice",
        ),
        ("collections: [mls-c01]", "collections: []", 18, "collections", "empty"),
        ('"2026-03-31"', "2026-03-31", 5, "retired_on", "in quotes"),
        ("version: 1", "versoin: 1", 2, "versoin", "not known"),
        ("code: MLS-C01", "code: mls-c01", 1, "code", "capitals"),
    ],
)
def test_a_fault_names_its_line_and_field(old: str, new: str, line: int, field: str, expected: str) -> None:
    assert old in GOOD
    spec, faults = read(GOOD.replace(old, new, 1), "b.yaml")
    assert spec is None
    assert (line, field) in [(fault.line, fault.field) for fault in faults if expected in fault.sentence], faults


def test_a_file_in_another_encoding_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(GOOD.replace("Modeling", "Modèles").encode("latin-1"))
    assert [(fault.line, fault.sentence) for fault in read(path, "own.yaml")[1]] == [
        (16, "The file is not UTF-8. Save it as UTF-8.")
    ]
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert "byte-order mark" in read(path)[1][0].sentence
