"""Udemy's practice-test CSV: one row a question, 17 columns out; in, whatever spreadsheets make of it.

A cell is plain text, or HTML where it has tags. Out, a text of one plain line stays as it is; anything else is
written as HTML in one line. A cell that a spreadsheet would take for a formula is written with a leading apostrophe,
which reading takes away again.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape, unescape

from questions.content.schema import Fault, OptionContent, QuestionContent
from questions.formats import html_reader
from questions.formats.html_writer import markdown_to_html, option_to_html
from questions.formats.parsed import MAX_QUESTIONS_PER_FILE, ParsedFile, ParsedQuestion, too_many_questions
from questions.formats.refusals import OPTION_LETTERS, UnsupportedQuestions, kind_for_keys, refusal_reasons
from questions.formats.zip_packages import size_fault

FORMAT = "csv"
EXTENSIONS = (".csv",)
LOSES = (
    "the id, the revision and the ids of options",
    "task, topic and points (the exam domain is kept)",
    "status, rating, enemies, waivers, date of the facts and license",
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
# Udemy's template until 2023 called three columns by other names.
_ALIASES = {
    "correct response": "correct answers", "correct answer": "correct answers",
    "explanation": "overall explanation", "knowledge area": "domain",
}  # fmt: skip
_SINGLE = {"multiple-choice", "single-choice", "single-select", ""}
_SEVERAL = {"multi-select", "multiple-select", "multiple-response", ""}
_TAG = re.compile(r"</?(?:p|br|ul|ol|li|pre|code|strong|em|b|i|u|sub|sup|table|tr|td|th|div|span|img|a)\b[^<>]*>", re.I)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_OPTION = re.compile(r"answer option (\d{1,2})\Z")
_NUMBERS = re.compile(r"\d{1,2}(?:\s*[,;|/&\s]\s*\d{1,2})*\Z")


def read(data: bytes, name: str) -> ParsedFile:
    """The questions of a CSV file, row by row. Never raises."""
    table = _table(data, name)
    if isinstance(table, Fault):
        return ParsedFile(FORMAT, faults=(table,))
    heads, rows = table
    found: list[ParsedQuestion] = []
    last = 1
    try:
        for line, cells in rows:
            row = {head: cell for head, cell in zip(heads, cells, strict=False) if head}
            last = line
            if any(cell.strip() for cell in cells):
                extra = [cell for cell in cells[len(heads) :] if cell.strip()]
                found.append(_question(len(found) + 1, line, row, extra, name))
                if len(found) > MAX_QUESTIONS_PER_FILE:  # nobody waits for the rest of half a million rows
                    return too_many_questions(FORMAT, name)
    except csv.Error as error:
        if "field limit" in str(error):
            most = f"{csv.field_size_limit():,}"
            sentence = f"A cell after line {last} has over {most} characters. Look for a quote that is missing."
            return ParsedFile(FORMAT, faults=(Fault(name, last, "", sentence),))
        sentence = f"The quotes of a row after line {last} do not fit ({error}). Double each quote within a cell."
        return ParsedFile(FORMAT, faults=(Fault(name, last, "", sentence),))
    if not found:
        return ParsedFile(FORMAT, faults=(Fault(name, 1, "", "The file has a header and no question."),))
    return ParsedFile(FORMAT, tuple(found))


def write(questions: Sequence[QuestionContent], domains: Mapping[int, str] | None = None) -> bytes:
    """The CSV of these questions; `domains` are titles of exam domains by number, which is written without one.

    Raises CannotHold where a question has more than six options.
    """
    if unfit := broad(questions):
        raise UnsupportedQuestions(unfit)
    return _csv((COLUMNS, *(_cells(each, domains or {}) for each in questions)))


def broad(questions: Sequence[QuestionContent]) -> dict[str, str]:
    """The questions with more options than the format holds, by id with a sentence."""
    reason = f"The format holds at most {MAX_OPTIONS} options."
    return {each.id: reason for each in questions if len(each.options) > MAX_OPTIONS}


def with_reasons(data: bytes, name: str, reasons: Mapping[int, str]) -> bytes:
    """The rows of a file that are named by their line, as they stand there, with a column that says why.

    Empty where the file cannot be read.
    """
    table = _table(data, name, lower=False)
    if isinstance(table, Fault):
        return b""
    heads, rows = table
    kept = [head for head in heads if head.strip().lower() != REASON.lower()]
    wide = len(kept)
    try:
        chosen = [(*(cells + [""] * wide)[:wide], reasons[line]) for line, cells in rows if line in reasons]
    except csv.Error:
        return b""
    return _csv(((*kept, REASON), *([neutral(cell) for cell in row] for row in chosen)))


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def _cells(question: QuestionContent, domains: Mapping[int, str]) -> list[str]:
    options = [*question.options, *[OptionContent("", False, "")] * (MAX_OPTIONS - len(question.options))]
    texts = [cell for each in options for cell in (option_cell(each.text), cell_of(each.rationale))]
    keys = ",".join(str(number) for number, each in enumerate(question.options, 1) if each.correct)
    number = int(question.task.partition(".")[0]) if question.task else question.exam_domain
    domain = "" if number is None else domains.get(number, str(number))
    kind = "multi-select" if len(question.keys) > 1 else "multiple-choice"
    return [neutral(c) for c in (cell_of(question.stem), kind, *texts, keys, cell_of(question.explanation), domain)]


def cell_of(text: str) -> str:
    """A text as a cell of one line: plain where it is one plain paragraph, else HTML."""
    return _one_line(markdown_to_html(text)) if text else ""


def option_cell(text: str) -> str:
    """An option as a cell of one line."""
    return _one_line(option_to_html(text)) if text else ""


def _one_line(markup: str) -> str:
    plain = markup.removeprefix("<p>").removesuffix("</p>") if markup.count("<p") <= 1 else markup
    if "<" not in plain:
        shown = " ".join(unescape(plain).split("\n"))
        if not _TAG.search(shown):
            return shown
    # Line breaks count within code alone; there an HTML parser reads them from a reference.
    parts = re.split(r"(<pre>.*?</pre>)", markup, flags=re.DOTALL)
    parts[1::2] = [part.replace("\n", "&#10;") for part in parts[1::2]]
    parts[::2] = [re.sub(r">\s*\n\s*<", "><", part).replace("\n", " ") for part in parts[::2]]
    return "".join(parts).strip()


def neutral(cell: str) -> str:
    """A cell in one line that no spreadsheet takes for a formula."""
    cell = re.sub(r"[\r\n]+", " ", cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _table(data: bytes, name: str, *, lower: bool = True) -> tuple[list[str], Iterator[tuple[int, list[str]]]] | Fault:
    """The heads (in small letters, other names of a column replaced) and the rows with their first lines."""
    if fault := size_fault(len(data), name):
        return fault
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # Excel's 'Unicode text'
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault(name, line, "", "The file is not UTF-8. Save it as 'CSV UTF-8 (comma delimited)'.")
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lower().startswith("sep="):  # a line that only spreadsheets read
        text = text[text.index(first) + len(first) :]
        first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    rows = _rows(text, delimiter)
    try:
        said = next((cells for _, cells in rows if any(cell.strip() for cell in cells)), [])
    except csv.Error:
        said = []
    if lower:
        heads = [" ".join(head.lower().split()) for head in said]
        heads = [_ALIASES.get(head, head) for head in heads]
        wanted = [head for head in ("question", "answer option 1", "correct answers") if head not in heads]
        if wanted:
            missing = ", ".join(f"'{column}'" for column in COLUMNS if column.lower() in wanted)
            sentence = f"The header has no column {missing}. The first line must be Udemy's: {','.join(COLUMNS)}"
            return Fault(name, 1, "", sentence)
        double = next((head for head in heads if head and heads.count(head) > 1), None)
        if double:
            return Fault(name, 1, "", f"The column '{double}' stands twice in the header. Keep one.")
        said = heads
    return said, rows


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    for cells in reader:
        yield line, [re.sub(r"\A'(?='*[=+\-@\t\r])", "", cell) for cell in cells]
        line = reader.line_num + 1


def _question(number: int, line: int, row: dict[str, str], extra: Sequence[str], file: str) -> ParsedQuestion:
    ignored: list[str] = []
    refused: list[str] = []
    stem = _text(row["question"], ignored, refused)
    columns = sorted(int(found[1]) for head in row if (found := _OPTION.match(head)))
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
        several = "\n" in cell or "\r" in cell
        return (
            html_reader.text_to_markdown(cell.strip())
            if several
            else html_reader.html_to_markdown(escape(cell, quote=False)).text
        )
    cleaned = html_reader.html_to_markdown(cell)
    ignored += cleaned.ignored
    refused += [f"The picture '{each}' is not in the file. Describe it in words." for each in cleaned.missing]
    return cleaned.text


def _keys(cell: str, columns: Sequence[int], filled: Sequence[int], refused: list[str]) -> set[int]:
    said = cell.strip().strip("'\"[]() ")
    if not said:
        refused.append("Correct Answers is empty. Write the numbers of the correct options, such as 1,3.")
        return set()
    if not _NUMBERS.match(said):
        refused.append(f"Correct Answers says '{said[:40]}'. Write the numbers of the correct options, such as 1,3.")
        return set()
    keys = {int(each) for each in re.findall(r"\d+", said)}
    for key in sorted(keys - set(filled)):
        if key in columns:
            refused.append(f"Correct Answers names option {key}, which is empty.")
        else:
            refused.append(f"Correct Answers names option {key}. There is no column 'Answer Option {key}'.")
    return keys & set(filled)


def _check_type(cell: str, keys: int, ignored: list[str], refused: list[str]) -> None:
    said = re.sub(r"[\s_]+", "-", cell.strip().lower())
    if said not in _SINGLE | _SEVERAL:
        refused.append(
            f"The question type '{cell.strip()[:40]}' cannot be taken: only multiple-choice and multi-select."
        )
    elif keys > 1 and said not in _SEVERAL:
        refused.append(f"The question type is {said}, but Correct Answers names {keys} options. Change one of them.")
    elif keys == 1 and said not in _SINGLE:
        ignored.append(f"the type {said}: with one correct option the question is multiple choice")
