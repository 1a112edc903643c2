"""Questions as rows of a table, from a CSV file or a workbook: Udemy's columns, or those of one's own spreadsheet.

A cell is plain text, or HTML if it has tags.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from questions.content.schema import MAX_TAGS, Fault, OptionContent, QuestionContent, is_tag
from questions.content.worth import POINT, RANGE, hundredths
from questions.formats import html_reader
from questions.formats.csv_tables import neutralize_start, table_for_people
from questions.formats.option_lists import split_options
from questions.formats.parsed import MAX_QUESTIONS_PER_FILE, Loss, ParsedFile, ParsedQuestion, too_many_questions
from questions.formats.refusals import OPTION_LETTERS, code_from_text, kind_for_keys, refusal_reasons
from questions.formats.table_keys import KEYS, read_keys

MAX_COLUMN_OPTIONS = 6
OPTIONS = range(1, MAX_COLUMN_OPTIONS + 1)
COLUMNS = (
    "Question", "Question Type",
    *(name for n in OPTIONS for name in (f"Answer Option {n}", f"Explanation {n}")),
    "Correct Answers", "Overall Explanation", "Domain",
)  # fmt: skip
ID, POINTS, PARTIAL, SHUFFLE, TAGS = FACT_COLUMNS = ("Id", "Points", "Partial credit", "Shuffle options", "Tags")
# What a column with a name of its own can be: those that a question may lack.
CHOSEN_COLUMNS = (*FACT_COLUMNS, "Overall Explanation", "Domain")
REASON = "Reason"
TAG = re.compile(r"</?(?:p|br|ul|ol|li|pre|code|strong|em|b|i|u|sub|sup|table|tr|td|th|div|span|img|a)\b[^<>]*>", re.I)
_UDEMY_HEADS = {"answer option 1", KEYS}
_OPTION_LIST = "answer options"  # the column with all options in one cell
# Names of columns in Udemy's template until 2023, and in spreadsheets of other people.
_ALIASES = {
    "correct response": KEYS, "correct answer": KEYS, "correct option": KEYS, "correct options": KEYS,
    "correct": KEYS, "answer": KEYS, "key": KEYS, "richtig": KEYS, "richtige antwort": KEYS, "lösung": KEYS,
    "explanation": "overall explanation", "rationale": "overall explanation", "feedback": "overall explanation",
    "knowledge area": "domain", "exam domain": "domain", "category": "domain",
    "question text": "question", "stem": "question", "frage": "question", "type": "question type",
    "erklärung": "overall explanation", "begründung": "overall explanation",
    "options": _OPTION_LIST, "choices": _OPTION_LIST, "answers": _OPTION_LIST,
    **dict.fromkeys(("code", "question id", "question code", "id number", "idnumber"), ID.lower()),
    **dict.fromkeys(("point", "worth", "mark", "marks", "default mark", "default grade", "punkte"), POINTS.lower()),
    **dict.fromkeys(("partial", "partial credits", "partial points", "teilpunkte"), PARTIAL.lower()),
    **dict.fromkeys(("shuffle", "shuffle answers"), SHUFFLE.lower()),
    **dict.fromkeys(("tag", "labels"), TAGS.lower()),
}  # fmt: skip
_OPTION_ALIAS = re.compile(r"(?:(?:answer )?(?:option|choice)|answer|antwort) ?(\d{1,2}|[a-j])\Z|([a-j])\Z")
_EXPLANATION_ALIAS = re.compile(r"(?:explanation|rationale|feedback) ?(\d{1,2}|[a-j])\Z")
_NEEDED_COLUMNS = (
    "The first line names the columns. Needed are 'Question' (also: Question text, Stem, Frage), 'Answer Option 1', "
    "'Answer Option 2' and so on (also: Answer A, Option A, Choice A, Antwort A, or A), and 'Correct Answers' (also: "
    "Correct answer, Correct, Key, Richtig)."
)
_OPTION = re.compile(r"answer option (\d{1,2})\Z")
_SINGLE = {"multiple-choice", "single-choice", "single-select", ""}
_YES = {"yes", "y", "true", "1", "1.0", "x", "on", "ja", "wahr"}
_NO = {"no", "n", "false", "0", "0.0", "-", "off", "nein", "falsch"}
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


def read_table(table: Table, format: str, name: str, columns: Mapping[str, str] | None = None) -> ParsedFile:
    """Parse a table. `columns` says which of COLUMNS and FACT_COLUMNS a column is, by its name. Never raises."""
    heads = _normalized_heads([(columns or {}).get(head.strip(), head) for head in table.header])
    if fault := _header_fault(heads, name):
        return ParsedFile(format, faults=(fault,))
    is_udemy = {head.strip().lower() for head in table.header} >= _UDEMY_HEADS
    written = {head: column.strip()[:40] for head, column in zip(heads, table.header, strict=True)}
    questions: list[ParsedQuestion] = []
    try:
        for line, cells in table.rows:
            row = {head: cell for head, cell in zip(heads, cells, strict=False) if head}
            if any(cell.strip() for cell in cells):
                extra = [cell for cell in cells[len(heads) :] if cell.strip()]
                parsed = _parse_row(len(questions) + 1, line, row, extra, name, written, is_udemy=is_udemy)
                if line in table.lines_with_pictures:
                    parsed = replace(parsed, ignored=(*parsed.ignored, Loss("a picture in the row")))
                questions.append(replace(parsed, cells=tuple(map(str, cells))))
                if len(questions) > MAX_QUESTIONS_PER_FILE:  # stop early, since a file can have half a million rows
                    return too_many_questions(format, name)
    except UnreadableRow as error:
        return ParsedFile(format, faults=(Fault(name, error.line, "", error.sentence),))
    if not questions:
        return ParsedFile(format, faults=(Fault(name, 1, "", "The file has a header but no question."),))
    unread = {str(entry) for parsed in questions for entry in parsed.ignored if isinstance(entry, _UnreadColumn)}
    names = tuple(head.strip()[:80] for known, head in zip(heads, table.header, strict=True) if known in unread)
    listed = ", ".join(f"'{column}'" for column in names)
    warnings = (*table.warnings, f"Columns that are not imported: {listed}.") if names else table.warnings
    parsed_questions = tuple(map(_without_unread_columns, questions))
    return ParsedFile(format, parsed_questions, warnings=warnings, header=tuple(table.header), unread_columns=names)


def _without_unread_columns(parsed: ParsedQuestion) -> ParsedQuestion:
    """Return the question without what the file says once."""
    return replace(parsed, ignored=tuple(entry for entry in parsed.ignored if not isinstance(entry, _UnreadColumn)))


def has_questions(header: Sequence[str]) -> bool:
    """Return whether the columns of a table are those of questions."""
    return _header_fault(_normalized_heads(header), "") is None


def rows_with_reasons(table: ParsedFile, reasons: Mapping[int | None, str]) -> bytes:
    """Return the rows of a table at the given lines, unchanged, as CSV with an additional column for the reason."""
    columns = [head for head in table.header if head.strip().lower() != REASON.lower()]
    blanks = [""] * len(columns)
    chosen = [
        (*[*row.cells, *blanks][: len(columns)], reasons[row.line]) for row in table.questions if row.line in reasons
    ]
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
        sentence = f"The header has no column {missing}. {_NEEDED_COLUMNS}"
        return Fault(name, 1, "", sentence)
    counts = Counter(heads)
    duplicate = next((head for head in heads if head and counts[head] > 1), None)
    if duplicate:
        return Fault(name, 1, "", f"The column '{duplicate[:80]}' appears twice in the header. Keep one.")
    return None


def _parse_row(
    number: int,
    line: int,
    row: dict[str, str],
    extra: Sequence[str],
    file: str,
    written: Mapping[str, str],
    *,
    is_udemy: bool,
) -> ParsedQuestion:
    """Parse a row by the heads of its columns; `written` are the names that these have in the file."""
    keys_column = written[KEYS]
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
    known = {column.lower() for column in (*COLUMNS, *FACT_COLUMNS, REASON)}
    known |= {f"{head} {n}" for n in columns for head in ("answer option", "explanation")}
    ignored += [_UnreadColumn(head) for head, cell in row.items() if head not in known and cell.strip()]
    ignored += ["a cell beyond the last column"] * bool(extra)
    _check_type(row.get("question type", ""), len(keys), keys_column, ignored, refused)
    question = QuestionContent(
        id=_code(row.get(ID.lower(), ""), ignored),
        stem=stem,
        options=options,
        kind=kind_for_keys(len(keys)),
        explanation=_text(row.get("overall explanation", ""), ignored, refused),
        **_facts(row, line, written, refused),
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


def _code(cell: str, ignored: list[str]) -> str:
    """Return the id of a question; a number of the row is none, since the next file has it too."""
    code = code_from_text(cell.strip().removesuffix(".0"))
    if not code.isdecimal():
        return code
    ignored.append(f"the id {code}, which is only a number: the code is made from the question")
    return ""


def _facts(row: Mapping[str, str], line: int, written: Mapping[str, str], refused: list[str]) -> dict[str, Any]:
    """Return points, partial credit, order and tags as the columns say; add what cannot be read to `refused`."""

    def refuse(head: str, cell: str, hint: str) -> None:
        refused.append(f"Row {line}, column '{written[head]}': '{cell[:40]}' cannot be read. {hint}")

    facts: dict[str, Any] = {}
    if points := row.get(POINTS.lower(), "").strip():
        facts["worth"] = hundredths(points.replace(",", ".")) or POINT
        if hundredths(points.replace(",", ".")) is None:
            refuse(POINTS.lower(), points, f"Write {RANGE}.")
    for name, head in (("partial", PARTIAL.lower()), ("shuffle", SHUFFLE.lower())):
        if cell := row.get(head, "").strip():
            facts[name] = cell.lower() in _YES
            if cell.lower() not in _YES | _NO:
                refuse(head, cell, "Write yes or no.")
    if cell := row.get(TAGS.lower(), "").strip():
        facts["tags"] = tuple(dict.fromkeys(" ".join(tag.split()) for tag in re.split(r"[,;|\n]", cell) if tag.strip()))
        if len(facts["tags"]) > MAX_TAGS or not all(map(is_tag, facts["tags"])):
            refuse(TAGS.lower(), cell, f"Write at most {MAX_TAGS} tags of 40 characters, separated by commas.")
    return facts


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
