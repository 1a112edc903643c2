"""A small file of each format to fill in: questions of our own, written so that reading them gives them back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from questions.content.schema import MULTIPLE_RESPONSE, OptionContent, QuestionContent
from questions.formats import registry

_TIDE = QuestionContent(
    id="",
    exam_domain=1,
    stem="A harbor stores the water level of each minute in CSV files. An analyst reads two of forty columns, and pays"
    " for every byte that is scanned.\n\nWhich change lowers the cost of each query most?",
    options=(
        OptionContent("a", True, "Convert the files to Apache Parquet", "A columnar file is read by column."),
        OptionContent("b", False, "Compress the files with gzip", "All columns are still read, if smaller."),
        OptionContent("c", False, "Join the files into one per month", "The number of files is no cost here."),
        OptionContent("d", False, "Move the files to another bucket", "The place of a file does not shrink it."),
    ),
    explanation="Only a columnar format lets the reader leave out 38 of 40 columns.",
)
_BAKERY = QuestionContent(
    id="",
    exam_domain=3,
    kind=MULTIPLE_RESPONSE,
    stem="A bakery trains a model on 900 rows. It is right about 99% of them, and about 71% of new ones.\n\n"
    "Which steps help against this? (Select TWO.)",
    options=(
        OptionContent("a", False, "Train for more epochs", "It fits the 900 rows too closely already."),
        OptionContent("b", True, "Raise the L2 penalty", "Large weights cost more then."),
        OptionContent("c", True, "Collect more rows", "Chance patterns weigh less among more rows."),
        OptionContent("d", False, "Add features of high order", "A richer model fits chance even better."),
        OptionContent("e", False, "Lower the dropout rate", "Dropout is what holds such a model back."),
    ),
    explanation="The gap between old and new rows is overfitting: a simpler model or more data closes it.",
)
DRAFTS = (_TIDE, _BAKERY)


def _aiken(questions: Sequence[QuestionContent]) -> bytes:
    return _lines(
        line
        for question in questions
        if len(question.keys) == 1
        for line in (
            " ".join(question.stem.split()),
            *(f"{each.id.upper()}) {each.text}" for each in question.options),
            f"ANSWER: {question.keys[0].id.upper()}",
            "",
        )
    )


def _checkboxes(questions: Sequence[QuestionContent]) -> bytes:
    return _lines(
        line
        for question in questions
        for line in (
            f"### {' '.join(question.stem.split())}",
            "",
            *(f"- [{'x' if each.correct else ' '}] {each.text}" for each in question.options),
            "",
        )
    )


def _lettered(questions: Sequence[QuestionContent]) -> bytes:
    return _lines(
        line
        for number, question in enumerate(questions, 1)
        for line in (
            f"{number}. {question.stem}",
            *(f"{each.id.upper()}) {each.text}" for each in question.options),
            f"Answer: {', '.join(each.id.upper() for each in question.keys)}",
            f"Explanation: {question.explanation}",
            "",
        )
    )


def _lines(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines).strip() + "\n").encode()


def _exported(name: str) -> Callable[[Sequence[QuestionContent]], bytes]:
    return lambda questions: registry.FORMATS[name].write(_named(questions))[0]


def _named(questions: Sequence[QuestionContent]) -> list[QuestionContent]:
    return [
        replace(question, id=code)
        for question, code in zip(questions, ("harbor-columns", "bakery-overfits"), strict=True)
    ]


_WRITTEN: dict[str, Callable[[Sequence[QuestionContent]], bytes]] = {
    "csv": _exported("csv"),
    "moodle-xml": _exported("moodle-xml"),
    "gift": _exported("gift"),
    "aiken": _aiken,
    "qti3": _exported("qti3"),
    "checkbox-markdown": _checkboxes,
    "lettered-text": _lettered,
    "yaml": _exported("yaml"),
    "json": _exported("json"),
}
FORMATS = {name: registry.FORMATS[name].title for name in _WRITTEN}


def file(name: str) -> tuple[str, bytes]:
    """Name and content of the example of a format."""
    return f"example-{name}{registry.FORMATS[name].ending}", _WRITTEN[name](DRAFTS)
