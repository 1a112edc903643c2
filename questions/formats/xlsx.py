"""Excel workbooks: the first sheet whose columns are those of questions, read as a table like Udemy's CSV.

openpyxl is imported where it is used: it imports numpy, which takes a second and 80 MB in each process.
"""

import datetime
import io
import logging
import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from xml.etree.ElementTree import Element

from questions.content.schema import Fault
from questions.formats.parsed import ParsedFile
from questions.formats.question_tables import ChangedCell, Table, UnreadableRow, has_questions, read_table
from questions.formats.strict_xml import child, children, descendants, element_text, parse_xml
from questions.formats.zip_packages import BadPackage, Package, open_package

log = logging.getLogger(__name__)

FORMAT = "xlsx"
EXTENSIONS = (".xlsx", ".xlsm")
LOSES = ()
WORKBOOK = "xl/workbook.xml"
# Excel's last row; a damaged file may name a row far below it, and openpyxl counts to it.
_MAX_ROW, _MAX_COLUMN = 1_048_576, 100
_MAX_CELL_CHARS = 32_767  # Excel's limit
# Of all cells together: a small file can name one long text in each of them.
_MAX_CHARS, _MAX_CHARS_PER_BYTE, _MIN_CHARS = 30_000_000, 100, 1_000_000
_HEADER_ROWS = 50  # the header is in one of these
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MAX_SHEETS = 100  # the header of each is looked for
_UNREADABLE = "The workbook cannot be read. Save it again in Excel, or save its sheet as 'CSV UTF-8 (comma delimited)'."
_PERCENT = re.compile(r"0(?:\.(0{1,9}))?%\Z")
_DECIMALS = re.compile(r"0\.(0{1,9})\Z")
_PLAIN_FORMATS = ("General", "0", "@")


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a workbook. Never raises."""
    table = open_table(data, name)
    return ParsedFile(FORMAT, faults=(table,)) if isinstance(table, Fault) else read_table(table, FORMAT, name)


def open_table(data: bytes, name: str) -> Table | Fault:
    """Return the header and the rows of the sheet with questions; the lines are the numbers of the rows."""
    from openpyxl import load_workbook

    package, faults = open_package(data, name)
    if package is None:
        return faults[0]
    if WORKBOOK not in package:
        return Fault(name, None, "", _UNREADABLE)
    # A small file can name one sheet many times; the library takes quadratic time to name the names apart.
    places = [sheet.get(_RELATION) for sheet in children(child(_parsed(package, WORKBOOK), "sheets"), "sheet")]
    if len(places) > _MAX_SHEETS or len(set(places)) < len(places):
        return Fault(name, None, "", f"Only workbooks of up to {_MAX_SHEETS} different sheets are read.")
    room = _Room(min(_MAX_CHARS, max(_MIN_CHARS, _MAX_CHARS_PER_BYTE * len(data))))
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        headers = {sheet.title: _header(sheet, room) for sheet in sheets}
        filled = [sheet for sheet in sheets if headers[sheet.title][1]]
        chosen = next((sheet for sheet in filled if has_questions(headers[sheet.title][1])), None) or filled[0]
    except IndexError:
        return Fault(name, None, "", "The workbook has no visible sheet with text.")
    except UnreadableRow as unreadable:
        return Fault(name, unreadable.line, "", unreadable.sentence)
    except Exception:  # openpyxl raises whatever a damaged part makes it raise
        log.info("the workbook %s cannot be read", name, exc_info=True)
        return Fault(name, None, "", _UNREADABLE)
    start, header = headers[chosen.title]
    others = ", ".join(f"'{sheet.title[:31]}'" for sheet in filled[:20] if sheet is not chosen)
    unread = f"Only the sheet '{chosen.title[:31]}' was read. The workbook has other sheets with text: {others}."
    path: str = getattr(chosen, "_worksheet_path", "")  # of a sheet that is read only
    pictures = frozenset(_rows_of_pictures(package, path))
    return Table(header, _rows_below(chosen, start, room), (unread,) if others else (), pictures)


def _rows_of_pictures(package: Package, sheet: str) -> Iterator[int]:
    """Yield the rows at which the pictures of a sheet begin."""
    folder, _, file = sheet.rpartition("/")
    for drawing in _targets(package, f"{folder}/_rels/{file}.rels"):
        root = _parsed(package, drawing)
        for anchor in children(root, "twoCellAnchor", "oneCellAnchor"):
            row = element_text(child(anchor, "from", "row"))
            if row.isdecimal() and next(descendants(anchor, "pic"), None) is not None:
                yield int(row) + 1


def _targets(package: Package, relations: str) -> Iterator[str]:
    for relation in children(_parsed(package, relations), "Relationship"):
        if relation.get("Type", "").endswith("/drawing"):
            target = relation.get("Target", "")
            yield target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/worksheets/{target}")


def _parsed(package: Package, name: str) -> Element | None:
    """Return the root of an XML file of the package, None if there is none that can be read."""
    try:
        root = parse_xml(package.read(name), name) if name in package else None
    except BadPackage:
        return None
    return None if isinstance(root, Fault) else root


def _header(sheet: Any, room: "_Room") -> tuple[int, list[str]]:
    """Return the number and the cells of the first row with text."""
    sheet.reset_dimensions()  # the file may declare others than it has
    for line, cells in islice(_rows(sheet, room), _HEADER_ROWS):
        if any(cell.strip() for cell in cells):
            return line, cells
    return 0, []


def _rows_below(sheet: Any, header: int, room: "_Room") -> Iterator[tuple[int, list[str]]]:
    line = header
    try:
        for line, cells in _rows(sheet, room):
            if line > header:
                yield line, cells
    except UnreadableRow:
        raise
    except Exception:  # as above
        log.info("a workbook cannot be read below row %d", line, exc_info=True)
        raise UnreadableRow(line, f"The rows below row {line} cannot be read. {_UNREADABLE}") from None


class _Room:
    """How many characters the cells of a workbook may still have."""

    def __init__(self, chars: int) -> None:
        self._chars = chars

    def take(self, texts: list[str], line: int) -> None:
        """Raise UnreadableRow if a cell is too long, or all together are."""
        if any(len(text) > _MAX_CELL_CHARS for text in texts):
            raise UnreadableRow(line, f"A cell of row {line} has more than {_MAX_CELL_CHARS:,} characters.")
        self._chars -= sum(map(len, texts))
        if self._chars < 0:
            raise UnreadableRow(line, "The cells have too much text for a file of this size: split the workbook.")


def _rows(sheet: Any, room: _Room) -> Iterator[tuple[int, list[str]]]:
    rows = sheet.iter_rows(max_row=_MAX_ROW, max_col=_MAX_COLUMN)
    for line, cells in enumerate(rows, 1):
        texts = [_text(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        room.take(texts, line)
        yield line, texts


def _text(cell: Any) -> str:
    """Return the text that a cell shows; a ChangedCell if its format is not one of the simple ones."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        from openpyxl.utils.escape import unescape

        return unescape(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return ChangedCell(str(value).removesuffix(" 00:00:00"))
    plain = f"{value:.15g}"
    if percent := _PERCENT.match(cell.number_format):
        return f"{value:.{len(percent[1] or '')}%}"
    if decimals := _DECIMALS.match(cell.number_format):
        return f"{value:.{len(decimals[1])}f}"
    return plain if cell.number_format in _PLAIN_FORMATS else ChangedCell(plain)
