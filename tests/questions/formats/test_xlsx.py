"""Test Excel workbooks: the sheet with questions is read as it is shown, and a damaged file gets a sentence."""

import datetime
import io
import re
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from questions.formats import bounded_reading, registry, xlsx
from questions.formats.examples import example_file
from questions.formats.parsed import ParsedFile
from questions.formats.question_tables import rows_with_reasons
from tests.pictures import picture
from tests.questions.formats.parsed_questions import content, single

HEADS = ("Question", "A", "B", "C", "Correct")


def workbook(sheets: dict[str, list[tuple[Any, ...]]], formats: dict[tuple[int, int], str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with Workbook(buffer, {"default_date_format": "d mmm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    format = (formats or {}).get((row, column))
                    sheet.write(row, column, cell, book.add_format({"num_format": format}) if format else None)
    return buffer.getvalue()


def read(data: bytes) -> ParsedFile:
    return registry.read(data, "quiz.xlsx")


def test_a_sheet_is_read_like_a_table() -> None:
    data = workbook({"Quiz": [(), HEADS, ("Which?", "One", "Two", 3.0, 2), (), ("What?", "1", True, "Four", "C")]})
    parsed_file = read(data)
    assert (parsed_file.format, parsed_file.faults, parsed_file.warnings) == ("xlsx", (), ())
    assert [parsed.line for parsed in parsed_file.questions] == [3, 5]
    first, second = map(content, parsed_file.questions)
    assert [(option.text, option.correct) for option in first.options] == [
        ("One", False), ("Two", True), ("3", False),
    ]  # fmt: skip
    assert [option.text for option in second.options] == ["1", "TRUE", "Four"]


def test_numbers_are_read_as_excel_shows_them_or_reported() -> None:
    rows = [HEADS, ("Which?", 0.25, 2.5, 1234.5, 2)]
    parsed = single(read(workbook({"Quiz": rows}, {(1, 1): "0%", (1, 2): "0.00", (1, 3): "#,##0.00 $"})))
    assert [option.text for option in content(parsed).options] == ["25%", "2.50", "1234.5"]
    assert parsed.losses == ("the format of the cell '1234.5' in the column 'answer option 3'",)
    dated = single(read(workbook({"Quiz": [HEADS, ("Which?", "a", "b", datetime.date(2026, 5, 3), 2)]})))
    assert dated.losses == ("the format of the cell '2026-05-03' in the column 'answer option 3'",)


def test_the_sheet_with_questions_is_found_and_others_are_named() -> None:
    rows = [HEADS, ("Which?", "One", "Two", "Three", "B")]
    parsed_file = read(workbook({"Notes": [("Hello",)], "Quiz": rows, "Empty": []}))
    assert len(parsed_file.questions) == 1
    assert parsed_file.warnings == (
        "Only the sheet 'Quiz' was read. The workbook has other sheets with text: 'Notes'.",
    )


def test_a_picture_is_reported_on_its_row() -> None:
    buffer = io.BytesIO()
    with Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((HEADS, ("Which?", "One", "Two", "Three", "B"), ("What?", "4", "5", "6", "B"))):
            sheet.write_row(row, 0, cells)
        sheet.insert_image(2, 6, "red.png", {"image_data": io.BytesIO(picture())})
    first, second = read(buffer.getvalue()).questions
    assert (first.losses, second.losses) == ((), ("a picture in the row",))


def test_refused_rows_are_returned_as_csv() -> None:
    table = read(workbook({"Quiz": [HEADS, ("Which?", "One", "Two", "Three", "X")]}))
    lines = rows_with_reasons(table, {2: "No key."}).decode("utf-8-sig").splitlines()
    assert lines == [
        '"Question","A","B","C","Correct","Reason"',
        '"Which?","One","Two","Three","X","No key."',
    ]


def test_the_example_is_a_workbook() -> None:
    name, data = example_file("xlsx")
    assert name == "example-xlsx.xlsx"
    assert len([content(parsed) for parsed in read(data).questions]) == 2


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_the_example_of_a_table_has_the_columns_of_points_and_ids(name: str) -> None:
    parsed = registry.read(example_file(name)[1], "example")
    one, two = (content(question) for question in parsed.questions)
    assert not parsed.warnings
    assert (one.id, one.worth, one.partial, one.shuffle, one.tags) == ("harbor-columns", 100, False, True, ())
    assert (two.id, two.worth, two.partial, two.tags) == ("bakery-overfits", 200, True, ("overfitting",))


GOOD = workbook({"Quiz": [HEADS, ("Which?", "One", "Two", "Three", "B")]})


def changed(member: str, text: str) -> bytes:
    """Return a workbook of which one part has another content."""
    before = zipfile.ZipFile(io.BytesIO(GOOD))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, text if name == member else before.read(name))
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
FAR_ROW = f'<worksheet {NAMESPACE}><sheetData><row r="{{}}"><c r="A{{}}"><v>1</v></c></row></sheetData></worksheet>'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("member", "text", "sentence"),
    [
        ("xl/workbook.xml", "<workbook", "The workbook cannot be read."),
        (SHEET, "<worksheet", "The workbook cannot be read."),
        (SHEET, ENTITIES, "The workbook cannot be read."),
        (SHEET, f"<worksheet {NAMESPACE}/>", "no visible sheet with text"),
        (SHEET, FAR_ROW.format(2_000_000_000, 2_000_000_000), "no visible sheet with text"),
        ("xl/sharedStrings.xml", "a" * 30_000_000, "Nothing of the package was read."),
    ],
)
def test_a_damaged_or_hostile_workbook_gets_a_sentence(member: str, text: str, sentence: str) -> None:
    parsed_file = bounded_reading.read(changed(member, text), "quiz.xlsx")
    assert parsed_file.questions == ()
    assert sentence in parsed_file.faults[0].sentence


@given(st.binary(max_size=200), st.integers(0, 4000))
def test_no_bytes_raise(noise: bytes, at: int) -> None:
    read(GOOD[:at] + noise + GOOD[at + len(noise) :])


def with_text(file: bytes, old: str, new: str) -> bytes:
    """Return the workbook with another text among its shared strings, perhaps one that Excel would not write."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as package, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in package.namelist():
            changed.writestr(name, package.read(name).replace(old.encode(), new.encode()))
    return buffer.getvalue()


def repeated(rows: int) -> bytes:
    """Return a workbook whose rows name one text in every cell."""
    buffer = io.BytesIO()
    with Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Question", *(f"Answer Option {n}" for n in range(1, 7)), "Correct Answers"])
        for row in range(1, rows + 1):
            sheet.write_row(row, 0, ["the same text"] * 8)
    return buffer.getvalue()


@pytest.mark.parametrize("sheets", [2, 5000])
def test_a_workbook_that_names_one_sheet_many_times_is_refused_before_it_is_read(sheets: int) -> None:
    once = re.search(r"<sheet [^>]*/>", zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/workbook.xml").decode())
    assert once
    file = with_text(GOOD, once[0], once[0] * sheets)
    assert len(file) < len(GOOD) + 2_000
    parsed = xlsx.read(file, "many.xlsx")
    assert not parsed.questions
    assert parsed.faults[0].sentence == "Only workbooks of up to 100 different sheets are read."


@pytest.mark.parametrize(
    ("rows", "chars", "sentence"),
    [(2, 40_000, "A cell of row 2 has more than 32,767 characters."), (100, 30_000, "too much text for a file")],
)
def test_one_long_text_that_many_cells_name_is_refused_before_it_is_read(rows: int, chars: int, sentence: str) -> None:
    parsed = xlsx.read(with_text(repeated(rows), "the same text", "a" * chars), "many.xlsx")
    assert not parsed.questions
    assert sentence in parsed.faults[0].sentence
