"""Test the file of the questions that an import left out: people open it in a spreadsheet and correct it."""

import codecs

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import registry, udemy_csv
from questions.imports import planner
from questions.imports.plan import ImportSettings
from questions.imports.refused_file import has_rows, refused_file

pytestmark = pytest.mark.django_db

OPTIONS = tuple(OptionContent(letter, letter == "a", f"Way “{letter}”") for letter in "ab")
REFUSED = QuestionContent(id="", stem="What helps against “fog”?", options=OPTIONS, exam_domain=3)
MARKDOWN = "What helps against “fog”?\n\n- [x] Way “a”\n- [ ] Way “b”\n".encode()


def left_out(data: bytes, name: str) -> bytes:
    parsed_file = registry.read(data, name)
    plan = planner.make_plan(parsed_file, ImportSettings(exam="MLS-C01", exam_domain=3))
    return refused_file(parsed_file, name, plan)[1]


@pytest.mark.parametrize(("data", "name"), [(udemy_csv.write([REFUSED], {}), "x.csv"), (MARKDOWN, "x.md")])
def test_it_has_a_byte_order_mark_without_which_spreadsheets_garble_quotation_marks(data: bytes, name: str) -> None:
    assert not data.startswith(codecs.BOM_UTF8)
    file = left_out(data, name)
    assert file.startswith(codecs.BOM_UTF8)
    assert "“fog”".encode() in file
    assert b"at least 3 are required" in file


def test_rows_of_a_table_are_imported_again_with_and_without_the_mark() -> None:
    file = left_out(udemy_csv.write([REFUSED], {}), "x.csv")
    assert left_out(file, "x.csv") == left_out(file.removeprefix(codecs.BOM_UTF8), "x.csv") == file


def test_only_tables_come_back_as_rows_that_can_be_imported() -> None:
    assert [name for name in registry.FORMATS if has_rows(name)] == ["csv", "xlsx"]
