"""CSV tables: for other programs, and for people who open them in a spreadsheet."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence

# Spreadsheets also evaluate full-width and small signs, and ignore invisible characters before them.
FORMULA = re.compile(r"['\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@\t\r＝＋－＠﹢﹣﹦﹫]")


def table_for_programs(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the rows in UTF-8 without a byte order mark, as Udemy and flash-card programs expect them."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def table_for_people(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the rows with a byte order mark, without which a spreadsheet garbles quotation marks, and no formulas."""
    return codecs.BOM_UTF8 + table_for_programs([neutralize_formula(cell) for cell in row] for row in rows)


def neutralize_formula(cell: str) -> str:
    """Return a cell on one line that no spreadsheet evaluates as a formula."""
    cell = re.sub(r"[\r\n]+", " ", cell)
    return f"'{cell}" if FORMULA.match(cell) else cell
