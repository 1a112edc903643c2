"""Udemy's practice-test CSV: one row for each question, 17 columns; variants of spreadsheets are accepted.

A cell is plain text, or HTML if it has tags. A text of one plain line is written as it is, anything else as HTML on
one line. A cell that a spreadsheet would evaluate as a formula gets a leading apostrophe, which reading removes.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape

from questions.content.schema import Fault, OptionContent, QuestionContent
from questions.formats import html_reader
from questions.formats.csv_tables import FORMULA, neutralize_formula, table_for_people, table_for_programs
from questions.formats.html_writer import markdown_to_html, option_to_html
from questions.formats.parsed import MAX_QUESTIONS_PER_FILE, ParsedFile, ParsedQuestion, too_many_questions
from questions.formats.refusals import OPTION_LETTERS, UnsupportedQuestions, kind_for_keys, refusal_reasons
from questions.formats.zip_packages import size_fault

FORMAT = "csv"
EXTENSIONS = (".csv",)
LOSES = (
    "the id, the revision and the ids of options",
    "task, topic and points (the exam domain is kept)",
    "status, rating, decision, textbook answer, enemies, waivers, date of the facts and license",
    "references",
)
MAX_OPTIONS = 6
OPTIONS = range(1, MAX_OPTIONS + 1)
COLUMNS = (
    "Question", "Question Type",
    *(name for n in OPTIONS for name in (f"Answer Option {n}", f"Explanation {n}")),
    "Correct Answers", "Overall Explanation", "Domain",
)  # fmt: skip
REASON = "Reason"
# Names of three columns in Udemy's template until 2023.
_ALIASES = {
    "correct response": "correct answers", "correct answer": "correct answers",
    "explanation": "overall explanation", "knowledge area": "domain",
}  # fmt: skip
_SINGLE = {"multiple-choice", "single-choice", "single-select", ""}
_MULTIPLE = {"multi-select", "multiple-select", "multiple-response", ""}
_TAG = re.compile(r"</?(?:p|br|ul|ol|li|pre|code|strong|em|b|i|u|sub|sup|table|tr|td|th|div|span|img|a)\b[^<>]*>", re.I)
_OPTION = re.compile(r"answer option (\d{1,2})\Z")
_NUMBERS = re.compile(r"\d{1,2}(?: ?[,;|/& ] ?\d{1,2})*\Z")  # on text with single spaces


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a CSV file. Never raises."""
    table = _table(data, name)
    if isinstance(table, Fault):
        return ParsedFile(FORMAT, faults=(table,))
    heads, rows = table
    questions: list[ParsedQuestion] = []
    last = 1
    try:
        for line, cells in rows:
            row = {head: cell for head, cell in zip(heads, cells, strict=False) if head}
            last = line
            if any(cell.strip() for cell in cells):
                extra = [cell for cell in cells[len(heads) :] if cell.strip()]
                questions.append(_parse_row(len(questions) + 1, line, row, extra, name))
                if len(questions) > MAX_QUESTIONS_PER_FILE:  # stop early, since a file can have half a million rows
                    return too_many_questions(FORMAT, name)
    except csv.Error as error:
        if "field limit" in str(error):
            limit = f"{csv.field_size_limit():,}"
            sentence = f"A cell after line {last} has over {limit} characters. Check for a missing quote."
            return ParsedFile(FORMAT, faults=(Fault(name, last, "", sentence),))
        sentence = f"The quotes of a row after line {last} do not match ({error}). Double each quote inside a cell."
        return ParsedFile(FORMAT, faults=(Fault(name, last, "", sentence),))
    if not questions:
        return ParsedFile(FORMAT, faults=(Fault(name, 1, "", "The file has a header but no question."),))
    return ParsedFile(FORMAT, tuple(questions))


def write(questions: Sequence[QuestionContent], domains: Mapping[int, str] | None = None) -> bytes:
    """Write a CSV file; `domains` maps numbers of exam domains to titles (the number is written without one).

    Raise UnsupportedQuestions for questions with more than six options.
    """
    if too_long := over_option_limit(questions):
        raise UnsupportedQuestions(too_long)
    return table_for_programs((COLUMNS, *(_cells(question, domains or {}) for question in questions)))


def over_option_limit(questions: Sequence[QuestionContent]) -> dict[str, str]:
    """Return the reasons by id for questions with more options than the format supports."""
    reason = f"The format supports at most {MAX_OPTIONS} options."
    return {question.id: reason for question in questions if len(question.options) > MAX_OPTIONS}


def rows_with_reasons(data: bytes, name: str, reasons: Mapping[int, str]) -> bytes:
    """Return the rows of a file at the given lines, unchanged, with an additional column for the reason.

    Return nothing if the file cannot be read.
    """
    table = _table(data, name, lower=False)
    if isinstance(table, Fault):
        return b""
    heads, rows = table
    columns = [head for head in heads if head.strip().lower() != REASON.lower()]
    width = len(columns)
    try:
        chosen = [(*(cells + [""] * width)[:width], reasons[line]) for line, cells in rows if line in reasons]
    except csv.Error:
        return b""
    return table_for_people(((*columns, REASON), *chosen))


def _cells(question: QuestionContent, domains: Mapping[int, str]) -> list[str]:
    options = [*question.options, *[OptionContent("", False, "")] * (MAX_OPTIONS - len(question.options))]
    texts = [cell for option in options for cell in (option_cell(option.text), text_cell(option.rationale))]
    keys = ",".join(str(number) for number, option in enumerate(question.options, 1) if option.correct)
    number = int(question.task.partition(".")[0]) if question.task else question.exam_domain
    domain = "" if number is None else domains.get(number, str(number))
    kind = "multi-select" if len(question.keys) > 1 else "multiple-choice"
    return [
        neutralize_formula(c)
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
        if not _TAG.search(shown):
            return shown
    # Line breaks matter in code only; there they are written as character references.
    parts = re.split(r"(<pre>.*?</pre>)", markup, flags=re.DOTALL)
    parts[1::2] = [part.replace("\n", "&#10;") for part in parts[1::2]]
    parts[::2] = [re.sub(r">\s*\n\s*<", "><", part).replace("\n", " ") for part in parts[::2]]
    return "".join(parts).strip()


def _table(data: bytes, name: str, *, lower: bool = True) -> tuple[list[str], Iterator[tuple[int, list[str]]]] | Fault:
    """Return the header (lower case, aliases replaced) and the rows with their first lines."""
    if fault := size_fault(len(data), name):
        return fault
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # Excel's 'Unicode text'
    try:
        text = data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault(name, line, "", "The file is not UTF-8. Save it as 'CSV UTF-8 (comma delimited)'.")
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lower().startswith("sep="):  # a hint for spreadsheets
        text = text[text.index(first) + len(first) :]
        first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    rows = _rows(text, delimiter)
    try:
        header = next((cells for _, cells in rows if any(cell.strip() for cell in cells)), [])
    except csv.Error:
        header = []
    if lower:
        heads = [" ".join(head.lower().split()) for head in header]
        heads = [_ALIASES.get(head, head) for head in heads]
        missing_columns = [head for head in ("question", "answer option 1", "correct answers") if head not in heads]
        if missing_columns:
            missing = ", ".join(f"'{column}'" for column in COLUMNS if column.lower() in missing_columns)
            sentence = f"The header has no column {missing}. The first line must be Udemy's: {','.join(COLUMNS)}"
            return Fault(name, 1, "", sentence)
        counts = Counter(heads)
        duplicate = next((head for head in heads if head and counts[head] > 1), None)
        if duplicate:
            return Fault(name, 1, "", f"The column '{duplicate}' appears twice in the header. Keep one.")
        header = heads
    return header, rows


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    for cells in reader:
        yield line, [re.sub(rf"\A'(?={FORMULA.pattern})", "", cell) for cell in cells]
        line = reader.line_num + 1


def _parse_row(number: int, line: int, row: dict[str, str], extra: Sequence[str], file: str) -> ParsedQuestion:
    ignored: list[str] = []
    refused: list[str] = []
    stem = _text(row["question"], ignored, refused)
    columns = sorted(int(match[1]) for head in row if (match := _OPTION.match(head)))
    filled = [n for n in columns if row[f"answer option {n}"].strip()]
    keys = _keys(row.get("correct answers", ""), columns, filled, refused)
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
    ignored += [f"the column '{head}'" for head, cell in row.items() if head not in known and cell.strip()]
    ignored += ["a cell beyond the last column"] * bool(extra)
    _check_type(row.get("question type", ""), len(keys), ignored, refused)
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


def _text(cell: str, ignored: list[str], refused: list[str]) -> str:
    if not cell.strip():
        return ""
    if not _TAG.search(cell):
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


def _keys(cell: str, columns: Sequence[int], filled: Sequence[int], refused: list[str]) -> set[int]:
    numbers = " ".join(cell.split()).strip("'\"[]() ")
    if not numbers:
        refused.append("Correct Answers is empty. Write the numbers of the correct options, such as 1,3.")
        return set()
    if not _NUMBERS.match(numbers):
        refused.append(
            f"Correct Answers contains '{numbers[:40]}'. Write the numbers of the correct options, such as 1,3."
        )
        return set()
    keys = {int(number) for number in re.findall(r"\d+", numbers)}
    for key in sorted(keys - set(filled)):
        if key in columns:
            refused.append(f"Correct Answers names option {key}, which is empty.")
        else:
            refused.append(f"Correct Answers names option {key}. There is no column 'Answer Option {key}'.")
    return keys & set(filled)


def _check_type(cell: str, keys: int, ignored: list[str], refused: list[str]) -> None:
    kind = re.sub(r"[\s_]+", "-", cell.strip().lower())
    if kind not in _SINGLE | _MULTIPLE:
        refused.append(
            f"The question type '{cell.strip()[:40]}' cannot be imported. Use multiple-choice or multi-select."
        )
    elif keys > 1 and kind not in _MULTIPLE:
        refused.append(f"The question type is {kind}, but Correct Answers names {keys} options. Change one of them.")
    elif keys == 1 and kind not in _SINGLE:
        ignored.append(f"the type {kind}: with one correct option the question is multiple choice")
