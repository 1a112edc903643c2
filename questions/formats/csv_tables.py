"""CSV tables: for other programs, and for people who open them in a spreadsheet."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence

MEDIA_TYPE = "text/csv; charset=utf-8"
# Spreadsheets also evaluate full-width and small signs, and ignore invisible characters before them.
_SIGN = r"['\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@\t\r＝＋－＠﹢﹣﹦﹫]"
FORMULA = re.compile(_SIGN)
_NUMBER = re.compile(r"-[0-9]*\.?[0-9]+")  # evaluates to itself
# Where a comma is the decimal sign, spreadsheets take a semicolon or a tab as the end of a cell, within quotes too.
_INNER_FORMULA = re.compile(rf"([;\t][\s\"]*)(?={_SIGN})")


def table_for_programs(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the rows in UTF-8 without a byte order mark, as Udemy and flash-card programs expect them.

    Every cell is in quotes, so that a program that expects another separator does not split it.
    """
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue().encode()


def neutralize_start(cell: str) -> str:
    """Return a cell on one line that is no formula as a whole. A reader can undo it, and HTML stays HTML."""
    cell = re.sub(r"[\r\n]+", " ", cell)
    return f"'{cell}" if FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def neutralize_formula(cell: str) -> str:
    """Return a cell on one line that no spreadsheet evaluates as a formula, whatever separator it expects."""
    return _INNER_FORMULA.sub(r"\1'", neutralize_start(cell))


def table_for_people(rows: Iterable[Sequence[str]], neutralize: Callable[[str], str] = neutralize_formula) -> bytes:
    """Return the rows with a byte order mark, without which a spreadsheet garbles quotation marks, and no formulas."""
    return codecs.BOM_UTF8 + table_for_programs([neutralize(cell) for cell in row] for row in rows)
