"""Udemy's practice-test CSV: one row for each question, 17 columns; variants of spreadsheets are accepted.

A text of one plain line is written as it is, anything else as HTML on one line. A cell that a spreadsheet would
evaluate as a formula gets a leading apostrophe, which reading removes.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from questions.content.schema import Fault, OptionContent, QuestionContent
from questions.formats.csv_tables import FORMULA, neutralize_start, table_for_programs
from questions.formats.html_writer import markdown_to_html, option_to_html
from questions.formats.parsed import NO_FACTS, NO_SECOND_ANSWER, ParsedFile
from questions.formats.question_tables import COLUMNS, MAX_COLUMN_OPTIONS, TAG, Table, UnreadableRow, read_table
from questions.formats.refusals import UnsupportedQuestions
from questions.formats.text_files import decode_text
from questions.formats.zip_packages import size_fault

FORMAT = "csv"
EXTENSIONS = (".csv",)
LOSES = (
    "the id and the ids of options",
    "task, topic and points (the exam domain is kept)",
    NO_FACTS,
    NO_SECOND_ANSWER,
    "references",
    "pictures (their alternative texts are kept)",
)


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a CSV file. Never raises."""
    table = open_table(data, name)
    return ParsedFile(FORMAT, faults=(table,)) if isinstance(table, Fault) else read_table(table, FORMAT, name)


def write(questions: Sequence[QuestionContent], domains: Mapping[int, str] | None = None) -> bytes:
    """Write a CSV file; `domains` maps numbers of exam domains to titles (the number is written without one).

    Raise UnsupportedQuestions for questions with more than six options.
    """
    if too_long := over_option_limit(questions):
        raise UnsupportedQuestions(too_long)
    return table_for_programs((COLUMNS, *(_cells(question, domains or {}) for question in questions)))


def over_option_limit(questions: Sequence[QuestionContent]) -> dict[str, str]:
    """Return the reasons by id for questions with more options than the format supports."""
    reason = f"The format supports at most {MAX_COLUMN_OPTIONS} options."
    return {question.id: reason for question in questions if len(question.options) > MAX_COLUMN_OPTIONS}


def open_table(data: bytes, name: str) -> Table | Fault:
    """Return the header and the rows of a CSV file with their first lines."""
    if fault := size_fault(len(data), name):
        return fault
    decoded = decode_text(data, name)
    if decoded.faults:
        return decoded.faults[0]
    text = decoded.text
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lower().startswith("sep="):  # a hint for spreadsheets
        text = text[text.index(first) + len(first) :]
        first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    rows = _rows(text, delimiter)
    try:
        header = next((cells for _, cells in rows if any(cell.strip() for cell in cells)), [])
    except UnreadableRow:
        header = []
    return Table(header, rows, decoded.warnings)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = last = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableRow(last, _reason(error, last)) from None
        yield line, [re.sub(rf"\A'(?={FORMULA.pattern})", "", cell) for cell in cells]
        last, line = line, reader.line_num + 1


def _reason(error: csv.Error, last: int) -> str:
    if "field limit" in str(error):
        return f"A cell after line {last} has over {csv.field_size_limit():,} characters. Check for a missing quote."
    return f"The quotes of a row after line {last} do not match ({error}). Double each quote inside a cell."


def _cells(question: QuestionContent, domains: Mapping[int, str]) -> list[str]:
    options = [*question.options, *[OptionContent("", False, "")] * (MAX_COLUMN_OPTIONS - len(question.options))]
    texts = [cell for option in options for cell in (option_cell(option.text), text_cell(option.rationale))]
    keys = ",".join(str(number) for number, option in enumerate(question.options, 1) if option.correct)
    number = int(question.task.partition(".")[0]) if question.task else question.exam_domain
    domain = "" if number is None else domains.get(number, str(number))
    kind = "multi-select" if len(question.keys) > 1 else "multiple-choice"
    return [
        neutralize_start(c)
        for c in (text_cell(question.stem), kind, *texts, keys, text_cell(question.explanation), domain)
    ]


def text_cell(text: str) -> str:
    """Return a text as a cell of one line: plain if it is one plain paragraph, else HTML."""
    return _one_line(markdown_to_html(text)) if text else ""


def option_cell(text: str) -> str:
    """Return an option as a cell of one line."""
    return _one_line(option_to_html(text)) if text else ""


def _one_line(markup: str) -> str:
    plain = markup.removeprefix("<p>").removesuffix("</p>") if markup.count("<p") <= 1 else markup
    if "<" not in plain:
        shown = " ".join(unescape(plain).split("\n"))
        if not TAG.search(shown):
            return shown
    # Line breaks matter in code only; there they are written as character references.
    parts = re.split(r"(<pre>.*?</pre>)", markup, flags=re.DOTALL)
    parts[1::2] = [part.replace("\n", "&#10;") for part in parts[1::2]]
    parts[::2] = [re.sub(r">\s*\n\s*<", "><", part).replace("\n", " ") for part in parts[::2]]
    return "".join(parts).strip()
