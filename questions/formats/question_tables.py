"""Questions as rows of a table, from a CSV file or a workbook: Udemy's columns, or those of one's own spreadsheet.

A cell is plain text, or HTML if it has tags.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from questions.content.schema import Fault, OptionContent, QuestionContent
from questions.formats import html_reader
from questions.formats.csv_tables import neutralize_start, table_for_people
from questions.formats.option_lists import split_options
from questions.formats.parsed import MAX_QUESTIONS_PER_FILE, Loss, ParsedFile, ParsedQuestion, too_many_questions
from questions.formats.refusals import OPTION_LETTERS, kind_for_keys, refusal_reasons
from questions.formats.table_keys import KEYS, read_keys

MAX_COLUMN_OPTIONS = 6
OPTIONS = range(1, MAX_COLUMN_OPTIONS + 1)
COLUMNS = (
    "Question", "Question Type",
    *(name for n in OPTIONS for name in (f"Answer Option {n}", f"Explanation {n}")),
    "Correct Answers", "Overall Explanation", "Domain",
)  # fmt: skip
REASON = "Reason"
TAG = re.compile(r"</?(?:p|br|ul|ol|li|pre|code|strong|em|b|i|u|sub|sup|table|tr|td|th|div|span|img|a)\b[^<>]*>", re.I)
_UDEMY_HEADS = {"answer option 1", KEYS}
_OPTION_LIST = "answer options"  # the column with all options in one cell
# Names of columns in Udemy's template until 2023, and in spreadsheets of other people.
_ALIASES = {
    "correct response": KEYS, "correct answer": KEYS, "correct option": KEYS, "correct options": KEYS,
    "correct": KEYS, "answer": KEYS, "key": KEYS,
    "explanation": "overall explanation", "rationale": "overall explanation", "feedback": "overall explanation",
    "knowledge area": "domain", "exam domain": "domain", "category": "domain",
    "question text": "question", "stem": "question", "type": "question type",
    "options": _OPTION_LIST, "choices": _OPTION_LIST, "answers": _OPTION_LIST,
}  # fmt: skip
_OPTION_ALIAS = re.compile(r"(?:(?:answer )?(?:option|choice)|answer) ?(\d{1,2}|[a-j])\Z|([a-j])\Z")
_EXPLANATION_ALIAS = re.compile(r"(?:explanation|rationale|feedback) ?(\d{1,2}|[a-j])\Z")
_OPTION = re.compile(r"answer option (\d{1,2})\Z")
_SINGLE = {"multiple-choice", "single-choice", "single-select", ""}
_MULTIPLE = {"multi-select", "multiple-select", "multiple-response", ""}


class ChangedCell(str):
    """A cell whose text differs from what the spreadsheet shows, such as a date."""

    __slots__ = ()


class _UnreadColumn(str):
    """The name of a column that is not imported, of whose rows this one has a text there."""

    __slots__ = ()


class UnreadableRow(Exception):
    """A row, and all after it, cannot be read."""

    def __init__(self, line: int, sentence: str) -> None:
        self.line, self.sentence = line, sentence
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Table:
    """The header as written, and the rows below it with their lines; iterating over these may raise UnreadableRow.

    `lines_with_pictures` are those beside which the sheet shows a picture.
    """

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    warnings: tuple[str, ...] = ()
    lines_with_pictures: frozenset[int] = frozenset()


def read_table(table: Table, format: str, name: str) -> ParsedFile:
    """Parse a table. Never raises."""
    heads = _normalized_heads(table.header)
    if fault := _header_fault(heads, name):
        return ParsedFile(format, faults=(fault,))
    is_udemy = {head.strip().lower() for head in table.header} >= _UDEMY_HEADS
    keys_column = table.header[heads.index(KEYS)].strip()
    questions: list[ParsedQuestion] = []
    try:
        for line, cells in table.rows:
            row = {head: cell for head, cell in zip(heads, cells, strict=False) if head}
            if any(cell.strip() for cell in cells):
                extra = [cell for cell in cells[len(heads) :] if cell.strip()]
                parsed = _parse_row(len(questions) + 1, line, row, extra, name, keys_column, is_udemy=is_udemy)
                if line in table.lines_with_pictures:
                    parsed = replace(parsed, ignored=(*parsed.ignored, Loss("a picture in the row")))
                questions.append(parsed)
                if len(questions) > MAX_QUESTIONS_PER_FILE:  # stop early, since a file can have half a million rows
                    return too_many_questions(format, name)
    except UnreadableRow as error:
        return ParsedFile(format, faults=(Fault(name, error.line, "", error.sentence),))
    if not questions:
        return ParsedFile(format, faults=(Fault(name, 1, "", "The file has a header but no question."),))
    unread = {str(entry) for parsed in questions for entry in parsed.ignored if isinstance(entry, _UnreadColumn)}
    names = [f"'{head.strip()[:80]}'" for known, head in zip(heads, table.header, strict=True) if known in unread]
    warnings = (*table.warnings, f"Columns that are not imported: {', '.join(names)}.") if names else table.warnings
    return ParsedFile(format, tuple(map(_without_unread_columns, questions)), warnings=warnings)


def _without_unread_columns(parsed: ParsedQuestion) -> ParsedQuestion:
    """Return the question without what the file says once."""
    return replace(parsed, ignored=tuple(entry for entry in parsed.ignored if not isinstance(entry, _UnreadColumn)))


def has_questions(header: Sequence[str]) -> bool:
    """Return whether the columns of a table are those of questions."""
    return _header_fault(_normalized_heads(header), "") is None


def rows_with_reasons(table: Table, reasons: Mapping[int, str]) -> bytes:
    """Return the rows of a table at the given lines, unchanged, as CSV with an additional column for the reason.

    Return nothing if the table cannot be read to its end.
    """
    columns = [head for head in table.header if head.strip().lower() != REASON.lower()]
    width = len(columns)
    try:
        chosen = [(*(cells + [""] * width)[:width], reasons[line]) for line, cells in table.rows if line in reasons]
    except UnreadableRow:
        return b""
    return table_for_people(((*columns, REASON), *chosen), neutralize_start)  # to be imported again


def _normalized_heads(header: Sequence[str]) -> list[str]:
    """Return the names of Udemy's columns in lower case; a column of this name is not replaced by another."""
    heads = [" ".join(head.lower().split()) for head in header]
    known = set(heads)
    return [head if (canonical := _canonical(head)) in known else canonical for head in heads]


def _canonical(head: str) -> str:
    if head in _ALIASES:
        return _ALIASES[head]
    if option := _OPTION_ALIAS.match(head):
        return f"answer option {_place(option[1] or option[2])}"
    if explanation := _EXPLANATION_ALIAS.match(head):
        return f"explanation {_place(explanation[1])}"
    return head


def _place(label: str) -> int:
    return int(label) if label.isdecimal() else OPTION_LETTERS.index(label) + 1


def _header_fault(heads: Sequence[str], name: str) -> Fault | None:
    missing_columns = [head for head in ("question", "answer option 1", KEYS) if head not in heads]
    if _OPTION_LIST in heads and "answer option 1" in missing_columns:
        missing_columns.remove("answer option 1")
    if missing_columns:
        missing = ", ".join(f"'{column}'" for column in COLUMNS if column.lower() in missing_columns)
        sentence = f"The header has no column {missing}. The first line must be Udemy's: {','.join(COLUMNS)}"
        return Fault(name, 1, "", sentence)
    counts = Counter(heads)
    duplicate = next((head for head in heads if head and counts[head] > 1), None)
    if duplicate:
        return Fault(name, 1, "", f"The column '{duplicate[:80]}' appears twice in the header. Keep one.")
    return None


def _parse_row(
    number: int, line: int, row: dict[str, str], extra: Sequence[str], file: str, keys_column: str, *, is_udemy: bool
) -> ParsedQuestion:
    ignored: list[str] = [
        Loss(f"the format of the cell '{cell[:40]}' in the column '{head}'")
        for head, cell in row.items()
        if isinstance(cell, ChangedCell)
    ]
    refused: list[str] = []
    row = _with_listed_options(row)
    stem = _text(row["question"], ignored, refused)
    columns = sorted(int(match[1]) for head in row if (match := _OPTION.match(head)))
    filled = {n: row[f"answer option {n}"] for n in columns if row[f"answer option {n}"].strip()}
    keys = read_keys(row.get(KEYS, ""), columns, filled, refused, column=keys_column, numbers_are_places=is_udemy)
    options = tuple(
        OptionContent(
            OPTION_LETTERS[place % 26],
            n in keys,
            _text(row[f"answer option {n}"], ignored, refused),
            _text(row.get(f"explanation {n}", ""), ignored, refused),
        )
        for place, n in enumerate(filled)
    )
    for n in columns:
        if n not in filled and row.get(f"explanation {n}", "").strip():
            ignored.append(f"the explanation of option {n}, which is empty")
    known = {column.lower() for column in COLUMNS} | {REASON.lower()}
    known |= {f"{head} {n}" for n in columns for head in ("answer option", "explanation")}
    ignored += [_UnreadColumn(head) for head, cell in row.items() if head not in known and cell.strip()]
    ignored += ["a cell beyond the last column"] * bool(extra)
    _check_type(row.get("question type", ""), len(keys), keys_column, ignored, refused)
    question = QuestionContent(
        id="",
        stem=stem,
        options=options,
        kind=kind_for_keys(len(keys)),
        explanation=_text(row.get("overall explanation", ""), ignored, refused),
        file=file,
        lines={"": line, "stem": line},
    )
    if not refused:
        refused += refusal_reasons(question)
    return ParsedQuestion(
        number,
        line,
        " ".join(stem.split())[:80],
        None if refused else question,
        domain=" ".join(row.get("domain", "").split()),
        refusals=tuple(dict.fromkeys(refused)),
        ignored=tuple(dict.fromkeys(ignored)),
    )


def _with_listed_options(row: dict[str, str]) -> dict[str, str]:
    """Return the row with the options of one cell in columns of their own."""
    if _OPTION_LIST not in row or any(_OPTION.match(head) and cell.strip() for head, cell in row.items()):
        return row
    options = split_options(row[_OPTION_LIST])
    rest = {head: cell for head, cell in row.items() if head != _OPTION_LIST}
    return rest | {f"answer option {n}": option for n, option in enumerate(options, 1)}


def _text(cell: str, ignored: list[str], refused: list[str]) -> str:
    if not cell.strip():
        return ""
    if not TAG.search(cell):
        multiline = "\n" in cell or "\r" in cell
        return (
            html_reader.text_to_markdown(cell.strip())
            if multiline
            else html_reader.html_to_markdown(escape(cell, quote=False)).text
        )
    cleaned = html_reader.html_to_markdown(cell)
    ignored += cleaned.ignored
    refused += [f"The picture '{picture}' is not in the file. Describe it in words." for picture in cleaned.missing]
    return cleaned.text


def _check_type(cell: str, keys: int, keys_column: str, ignored: list[str], refused: list[str]) -> None:
    kind = re.sub(r"[\s_]+", "-", cell.strip().lower())
    if kind not in _SINGLE | _MULTIPLE:
        refused.append(
            f"The question type '{cell.strip()[:40]}' cannot be imported. Use multiple-choice or multi-select."
        )
    elif keys > 1 and kind not in _MULTIPLE:
        refused.append(f"The question type is {kind}, but {keys_column} names {keys} options. Change one of them.")
    elif keys == 1 and kind not in _SINGLE:
        ignored.append(f"the type {kind}: with one correct option the question is multiple choice")
