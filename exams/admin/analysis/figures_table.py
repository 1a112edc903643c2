"""The statistics of the questions of one exam or class as a table that is sorted by its heads, and as CSV."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from exams.admin.sorted_heads import Head, sorted_heads
from exams.psychometrics.class_statistics import Discrimination, interval
from exams.services.analysis.bank_statistics import QuestionRow
from exams.services.classes.question_results import QuestionResult
from questions.content.word_search import plain
from questions.content.worth import in_points, in_short
from questions.formats.csv_tables import table_for_people
from questions.models import Question

MAX_ROWS = 200  # of the page; the CSV has all
MAX_STEM_CHARS = 90
DEFAULT_ORDER = "question"


@dataclass(frozen=True, slots=True)
class FiguresRow:
    """A question that `n` candidates had, of whom `left_open` gave no answer.

    `place` is that on the paper, 0 without one; `question` its key in the database.

    `stem` is how it begins, "" in rows of an exam before `with_stems`.

    `worth` and the mean of what is `earned` are in hundredths of a point.
    """

    place: int
    code: str
    question: int
    n: int
    left_open: int
    p: float | None
    found: Discrimination | None
    worth: int
    earned: float | None = None
    stem: str = ""

    @property
    def answered(self) -> int:
        return self.n - self.left_open

    @property
    def percent(self) -> int | None:
        return None if self.p is None else round(100 * self.p)

    @property
    def points(self) -> str:
        """What a right answer is worth, after the mean that was earned, if that is known."""
        worth = in_short(self.worth)
        return worth if self.earned is None else f"{self.earned / 100:.2f} / {worth}"


_COLUMNS: dict[str, tuple[Any, Callable[[FiguresRow], Any]]] = {
    "question": (_("Question"), lambda row: (row.place, row.code)),
    "n": (_("Answered by"), lambda row: row.answered),
    "open": (_("Left open by"), lambda row: row.left_open),
    "right": (_("Right (p)"), lambda row: row.p),
    "discrimination": (_("Discrimination"), lambda row: row.found and row.found.r),
    "points": (_("Points"), lambda row: row.worth if row.earned is None else row.earned),
}


@dataclass(frozen=True, slots=True)
class FiguresTable:
    """The rows that a page shows of `total`, and the heads."""

    heads: Sequence[Head]
    rows: Sequence[FiguresRow]
    total: int


def of_class(results: Iterable[QuestionResult]) -> list[FiguresRow]:
    """Return the questions of a class; withdrawn ones have no figures."""
    return [
        FiguresRow(
            place=result.position,
            code=result.revision.question.code,
            question=result.revision.question_id,
            n=result.n,
            left_open=result.left_open,
            p=None if result.withdrawn or not result.n else result.n_right / result.n,
            found=None if result.withdrawn else result.discrimination,
            worth=result.worth,
            earned=None if result.withdrawn else result.earned,
            stem=_beginning(result.revision.stem),
        )
        for result in results
    ]


def of_exam(rows: Iterable[QuestionRow]) -> list[FiguresRow]:
    """Return the questions of an exam that were analyzed."""
    return [FiguresRow(0, row.code, row.question, row.n, row.left_open, row.p, _found(row), row.worth) for row in rows]


def with_stems(table: FiguresTable) -> FiguresTable:
    """Return the table of an exam with the beginnings of the questions that it shows: one query."""
    shown = Question.objects.filter(pk__in=[row.question for row in table.rows])
    stems = dict(shown.values_list("pk", "current__stem"))
    rows = [replace(row, stem=_beginning(stems.get(row.question) or "")) for row in table.rows]
    return replace(table, rows=rows)


def _beginning(stem: str) -> str:
    return Truncator(plain(stem)).chars(MAX_STEM_CHARS)


def _found(row: QuestionRow) -> Discrimination | None:
    if row.r is None:
        return None
    low, high = interval(row.r, row.n) or (None, None)
    return Discrimination(row.r, low, high)


def figures_table(rows: Sequence[FiguresRow], order: str) -> FiguresTable:
    """Return the table in this order: the name of a column, after `-` descending. What is not known comes last."""
    name = order.removeprefix("-")
    if name not in _COLUMNS:
        name = order = DEFAULT_ORDER
    value = _COLUMNS[name][1]
    known = sorted((row for row in rows if value(row) is not None), key=value, reverse=order.startswith("-"))
    unknown = [row for row in rows if value(row) is None]
    heads = sorted_heads(((name, title, name != DEFAULT_ORDER) for name, (title, _value) in _COLUMNS.items()), order)
    return FiguresTable(heads, [*known, *unknown][:MAX_ROWS], len(rows))


def csv_file(rows: Iterable[FiguresRow]) -> bytes:
    """Return all figures as CSV, p and discrimination with four decimals, points with two; n is that of p."""
    head = ("position", "question", "n", "p", "discrimination", "low", "high", "earned", "worth")
    return table_for_people([(*head, "answered", "left_open"), *map(_cells, rows)])


def _cells(row: FiguresRow) -> Sequence[str]:
    found = row.found or Discrimination(0.0, None, None)
    figures = (row.p, row.found and row.found.r, found.low, found.high)
    numbers = ["" if value is None else f"{value:.4f}" for value in figures]
    counts = str(row.answered), str(row.left_open)
    earned = "" if row.earned is None else f"{row.earned / 100:.2f}"
    return (str(row.place or ""), row.code, str(row.n), *numbers, earned, in_points(row.worth), *counts)
