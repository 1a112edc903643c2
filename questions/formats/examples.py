"""A small example file of each format; reading one gives the questions it was made of."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from questions.content.schema import MULTIPLE_RESPONSE, OptionContent, QuestionContent
from questions.content.worth import in_short
from questions.formats import registry, udemy_csv
from questions.formats.csv_tables import table_for_programs
from questions.formats.question_tables import FACT_COLUMNS, Table

_TIDE = QuestionContent(
    id="",
    exam_domain=1,
    stem="A harbor stores the water level of each minute in CSV files. An analyst reads 2 of 40 columns, and pays"
    " for every byte that is scanned.\n\nWhich change lowers the cost of each query most?",
    options=(
        OptionContent("a", True, "Convert the files to Apache Parquet", "A columnar file is read column by column."),
        OptionContent("b", False, "Compress the files with gzip", "All columns are still read, though compressed."),
        OptionContent("c", False, "Join the files into one per month", "The number of files does not matter."),
        OptionContent("d", False, "Move the files to another bucket", "Moving a file does not make it smaller."),
    ),
    explanation="Only a columnar format lets the reader leave out 38 of 40 columns.",
)
_BAKERY = QuestionContent(
    id="",
    exam_domain=3,
    kind=MULTIPLE_RESPONSE,
    worth=200,
    partial=True,
    tags=("overfitting",),
    stem="A bakery trains a model on 900 rows. Its accuracy is 99% on these rows and 71% on new rows.\n\n"
    "Which steps reduce this gap? (Select TWO.)",
    options=(
        OptionContent("a", False, "Train for more epochs", "It fits the 900 rows too closely already."),
        OptionContent("b", True, "Raise the L2 penalty", "It penalizes large weights."),
        OptionContent("c", True, "Collect more rows", "Random patterns matter less in more rows."),
        OptionContent("d", False, "Add features of high order", "A richer model fits noise even better."),
        OptionContent("e", False, "Lower the dropout rate", "Dropout is what regularizes such a model."),
    ),
    explanation="The gap shows overfitting: a simpler model or more data closes it.",
)
EXAMPLES = (_TIDE, _BAKERY)


def _aiken(questions: Sequence[QuestionContent]) -> bytes:
    return _join_lines(
        line
        for question in questions
        if len(question.keys) == 1
        for line in (
            " ".join(question.stem.split()),
            *(f"{option.id.upper()}) {option.text}" for option in question.options),
            f"ANSWER: {question.keys[0].id.upper()}",
            "",
        )
    )


def _checkboxes(questions: Sequence[QuestionContent]) -> bytes:
    return _join_lines(
        line
        for question in questions
        for line in (
            f"### {' '.join(question.stem.split())}",
            "",
            *(f"- [{'x' if option.correct else ' '}] {option.text}" for option in question.options),
            "",
        )
    )


def _rows(questions: Sequence[QuestionContent]) -> list[list[str]]:
    """Return a table with all columns that are imported, its header first."""
    questions = _with_codes(questions)
    table = udemy_csv.open_table(udemy_csv.write(questions), "")
    assert isinstance(table, Table)
    rows = (cells for _line, cells in table.rows)
    return [
        [*table.header, *FACT_COLUMNS],
        *([*cells, *_facts(question)] for cells, question in zip(rows, questions, strict=True)),
    ]


def _facts(question: QuestionContent) -> tuple[str, ...]:
    partial, shuffle = ("yes" if ticked else "no" for ticked in (question.partial, question.shuffle))
    return (question.id, in_short(question.worth), partial, shuffle, ", ".join(question.tags))


def _workbook(questions: Sequence[QuestionContent]) -> bytes:
    from xlsxwriter import Workbook  # not at the top: it takes 13 MB, and each web process would pay for it

    buffer = io.BytesIO()
    with Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Questions")
        for place, cells in enumerate(_rows(questions)):
            sheet.write_row(place, 0, cells)
    return buffer.getvalue()


def _lettered(questions: Sequence[QuestionContent]) -> bytes:
    return _join_lines(
        line
        for number, question in enumerate(questions, 1)
        for line in (
            f"{number}. {question.stem}",
            *(f"{option.id.upper()}) {option.text}" for option in question.options),
            f"Answer: {', '.join(option.id.upper() for option in question.keys)}",
            f"Explanation: {question.explanation}",
            "",
        )
    )


def _join_lines(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines).strip() + "\n").encode()


def _format_writer(name: str) -> Callable[[Sequence[QuestionContent]], bytes]:
    return lambda questions: registry.FORMATS[name].write(_with_codes(questions))[0]


def _with_codes(questions: Sequence[QuestionContent]) -> list[QuestionContent]:
    return [
        replace(question, id=code)
        for question, code in zip(questions, ("harbor-columns", "bakery-overfits"), strict=True)
    ]


_WRITERS: dict[str, Callable[[Sequence[QuestionContent]], bytes]] = {
    "csv": lambda questions: table_for_programs(_rows(questions)),
    "xlsx": _workbook,
    "moodle-xml": _format_writer("moodle-xml"),
    "gift": _format_writer("gift"),
    "aiken": _aiken,
    "qti3": _format_writer("qti3"),
    "checkbox-markdown": _checkboxes,
    "lettered-text": _lettered,
    "yaml": _format_writer("yaml"),
    "json": _format_writer("json"),
}
FORMATS = {name: registry.FORMATS[name].title for name in _WRITERS}


def example_file(name: str) -> tuple[str, bytes]:
    """Return the name and the content of the example file of a format."""
    return f"example-{name}{registry.FORMATS[name].ending}", _WRITERS[name](EXAMPLES)
