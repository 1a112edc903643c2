"""Test blueprint files: the shipped one is valid, and faults of others have their lines."""

import re
from datetime import date
from pathlib import Path

import pytest

from questions.content.blueprint import read, read_directory
from questions.content.yaml_text import dump

DIRECTORY = Path(__file__).resolve().parents[3] / "questions" / "blueprints"
SHIPPED = DIRECTORY / "mls-c01.yaml"
GOOD = SHIPPED.read_text(encoding="utf-8")


def test_the_shipped_blueprint_describes_the_exam() -> None:
    spec, faults = read(SHIPPED)
    assert faults == []
    assert spec is not None
    assert (spec.code, spec.version, spec.short_title, spec.retired_on) == (
        "MLS-C01",
        2,
        "AWS ML Specialty",
        "2026-03-31",
    )
    assert (spec.minutes, spec.scored, spec.unscored, spec.questions) == (180, 50, 15, 65)
    assert (spec.scale.min, spec.scale.passing, spec.scale.max) == (100, 750, 1000)
    assert [(domain.number, domain.weight) for domain in spec.exam_domains] == [(1, 20), (2, 24), (3, 36), (4, 20)]
    assert [successor.code for successor in spec.successors] == ["MLA-C02", "AIP-C01"]
    assert spec.collections == ("mls-c01",)
    assert [(extra.code, extra.minutes) for extra in spec.extra_time] == [("esl", 30)]


def test_an_exam_that_is_still_offered_has_no_end_and_no_successors() -> None:
    lines = [line for line in GOOD.splitlines() if "retired_on" not in line and "successors" not in line]
    spec, faults = read("\n".join(line for line in lines if "MLA-C02" not in line and "AIP-C01" not in line))
    assert faults == []
    assert spec is not None
    assert (spec.retired_on, spec.successors) == (None, ())


NEW_EXAM = (
    GOOD.replace("MLS-C01", "NEW-C01")
    .replace("default: true\n", "")
    .replace('retired_on: "2026-03-31"\n', 'available_from: "2026-09-29"\nretired_on: "2027-01-14"\n')
)


def test_every_shipped_blueprint_is_written_as_it_is_read_and_one_is_the_default() -> None:
    blueprints, faults = read_directory(DIRECTORY, date(2026, 11, 30))
    assert faults == []
    assert all(dump(spec) == path.read_text(encoding="utf-8") for path, spec in blueprints)
    assert [spec.code for _path, spec in blueprints if spec.default] == ["MLS-C01"] == [blueprints[0][1].code]
    codes = {spec.code for _path, spec in blueprints}
    assert {"MLS-C01", "MLA-C02"} <= codes
    # A file whose exam is not here has to say where to read about it.
    successors = [successor for _path, spec in blueprints for successor in spec.successors]
    assert [successor for successor in successors if successor.code not in codes and not successor.url] == []


def test_an_exam_can_be_booked_from_its_first_day_to_its_last() -> None:
    spec, faults = read(NEW_EXAM)
    assert faults == []
    assert spec is not None
    days = [date(2026, 9, 28), date(2026, 9, 29), date(2027, 1, 14), date(2027, 1, 15)]
    assert [spec.is_bookable(day) for day in days] == [False, True, True, False]
    assert [spec.is_retired(day) for day in days] == [False, False, False, True]
    always, _faults = read(NEW_EXAM.replace('available_from: "2026-09-29"\nretired_on: "2027-01-14"\n', ""))
    assert always is not None
    assert all(always.is_bookable(day) for day in days)


def test_a_file_without_the_optional_keys_is_valid_and_written_as_before() -> None:
    plain = re.sub(r', url: "[^"]*"', "", GOOD.replace("default: true\n", ""))
    spec, faults = read(plain)
    assert faults == []
    assert spec is not None
    assert (spec.default, spec.available_from, spec.notes, spec.successors[0].url) == (False, None, (), "")
    assert dump(spec) == plain


def test_two_default_blueprints_are_a_fault_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("MLS-C01", "NEW-C01"))
    _blueprints, faults = read_directory(tmp_path)
    assert [(fault.file, fault.line, fault.field, fault.sentence) for fault in faults] == [
        (
            "b.yaml", 5, "default",
            "The blueprint of a.yaml is the default one already. Leave 'default' out of one of the files.",
        )
    ]  # fmt: skip


def test_a_note_of_the_future_is_a_fault_where_the_day_is_known() -> None:
    text = NEW_EXAM.replace("minutes: 180", 'notes:\n  - {text: "Assumed.", checked: "2026-11-30"}\nminutes: 180')
    assert read(text, today=date(2026, 11, 30))[1] == []
    (fault,) = read(text, today=date(2026, 11, 29))[1]
    assert (fault.line, fault.field) == (11, "notes.1.checked")
    assert fault.sentence == "2026-11-30 is in the future. Write the day on which the note was checked."
    assert read(text)[1] == [], "a server with a slow clock loads it"


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "expected"),
    [
        ('"2027-01-14"', '"2026-09-28"', 5, "available_from", "ends on 2026-09-28, before it is available"),
        ("code: MLA-C02", "code: NEW-C01", 8, "successors.1.code", "cannot replace itself"),
        ("https://aws", "aws", 8, "successors.1.url", "begins with https://"),
        ('url: "', 'link: "', 8, "successors.1.link", "not known"),
        ("minutes: 180", 'notes: [{text: "Assumed."}]\nminutes: 180', 10, "notes.1.checked", "missing"),
    ],
)
def test_a_fault_of_what_is_published_names_its_line(old: str, new: str, line: int, field: str, expected: str) -> None:
    assert old in NEW_EXAM
    spec, faults = read(NEW_EXAM.replace(old, new, 1))
    assert spec is None
    assert (line, field) in [(fault.line, fault.field) for fault in faults if expected in fault.sentence], faults


MANY = ", ".join(f"c{n}" for n in range(1_001))


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "expected"),
    [
        ("weight: 36", "weight: 35", 14, "exam_domains", "sum to 99"),
        ("number: 2", "number: 1", 16, "exam_domains.2.number", "is used twice"),
        ("pass: 750", "pass: 1000", 12, "scale.pass", "between min 100 and max 1000"),
        ("pass: 750", "pass: 100", 12, "scale.pass", "between"),
        ("minutes: 180", "minutes: 0", 10, "minutes", "out of range"),
        ("scored: 50", "scored: many", 11, "counts.scored", "whole number"),
        (", unscored: 15", "", 11, "counts.unscored", "missing"),
        ("[multiple-choice, multiple-response]", "[multiple-choice, essay]", 13, "kinds.2", "not one of"),
        (
            "extra_time:\n",
            'extra_time:\n  - {code: esl, title: "Another", minutes: 20}\n',
            23,
            "extra_time.2.code",
            "is used twice",
        ),
        ("collections: [mls-c01]", "collections: []", 19, "collections", "empty"),
        ("collections: [mls-c01]", f"collections: [{MANY}]", 19, "collections", "at most 1,000 values, not 1,001"),
        ('"2026-03-31"', "2026-03-31", 6, "retired_on", "in quotes"),
        ("version: 2", "versoin: 2", 2, "versoin", "not known"),
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
        (17, "The file is not UTF-8. Save it as UTF-8.")
    ]
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert "byte-order mark" in read(path)[1][0].sentence
