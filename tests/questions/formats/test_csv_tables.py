"""Test CSV tables: no cell is a formula in any spreadsheet."""

import csv
import io

import pytest

from questions.formats.csv_tables import neutralize_formula, neutralize_start, table_for_people


@pytest.mark.parametrize("hidden", ["\ufeff", "\u200b", "\u2060\u200e", "'\ufeff"])
def test_invisible_characters_hide_no_formula(hidden: str) -> None:
    assert neutralize_formula(f"{hidden}=1+1") == f"'{hidden}=1+1"
    assert neutralize_formula(f"{hidden}word") == f"{hidden}word"


@pytest.mark.parametrize(
    "cell",
    [
        "Ana;=1+1", "Ana\t=1+1", 'Ana;"=1+1', "Ana; =1+1", "Ana;\u200b@SUM(1)", "Ana;;+1", ";-1", "\t=1", "Ana\r\n;=1",
        '=1;=1\t=1',
    ],
)  # fmt: skip
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheet_with_another_separator_finds_no_formula_either(cell: str, separator: str) -> None:
    data = table_for_people([["Ben", cell, cell], [cell, "Ben"]]).decode("utf-8-sig")
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        for row in csv.reader(io.StringIO(data, newline=""), delimiter=separator, quoting=quoting):
            for found in row:
                assert found.strip(' "\u200b')[:1] not in {*"=+-@"}, (row, found)


@pytest.mark.parametrize("number", ["-0.0906", "-1", "0.5", "-.5"])
def test_plain_numbers_stay_numbers(number: str) -> None:
    assert neutralize_formula(number) == number
    assert neutralize_start(number) == number


@pytest.mark.parametrize("cell", ["-1+1", "--1", "-1.", "-1e5", "+1", "-1-2", "-\u0661", "-", "-1\n"])
def test_what_only_begins_like_a_number_is_disarmed(cell: str) -> None:
    assert neutralize_formula(cell) == f"'{' '.join(cell.splitlines())}{' ' if cell.endswith(chr(10)) else ''}"


def test_every_cell_is_in_quotes() -> None:
    assert table_for_people([["Ana", ""], ["1", 'a "b"']]).decode("utf-8-sig") == '"Ana",""\r\n"1","a ""b"""\r\n'


def test_a_file_that_is_imported_again_keeps_what_follows_a_semicolon() -> None:
    assert neutralize_start("x &lt;= 5; -1") == "x &lt;= 5; -1"
