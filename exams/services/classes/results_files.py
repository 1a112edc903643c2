"""The results of a sitting as a table in a CSV file or a workbook, with what was chosen for each question.

Times are in UTC for programs, and in the time zone of the installation for people. openpyxl is imported where it is
used: it imports numpy, which takes a second and 80 MB in each process.
"""

import io
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from exams.models import ScoreReport, Sitting
from exams.psychometrics import percent
from exams.psychometrics.scaling import half_up
from exams.services.classes import question_results, results
from exams.services.classes.results import Result
from exams.services.results import grades
from exams.services.results.export import iso_utc
from questions.content.worth import POINT
from questions.formats.csv_tables import neutralize_formula, table_for_people, table_for_programs

COLUMNS = ("name", "attempt", "status", "started", "submitted", "score", "passed")  # then one for each exam domain
# After those: right answers of all, and points, which only an exam in percent has, earned, possible and needed.
LAST_COLUMNS = ("right", "questions", "earned", "possible", "needed")
# Then the address, the grade, and a column for each question with the letters that were chosen, and its points.
PERSON_COLUMNS = ("email", "grade")
ACCOUNT_COLUMN = "account"  # at the end: the user name, which tells whose row it is; anybody can give any name
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

type Cell = str | int | bool | Decimal | datetime | None


def _table(sitting: Sitting, which: str, *, with_points: bool = False) -> list[Sequence[Cell]]:
    domains = results.shown_domains(sitting)
    bands = grades.of_sitting(sitting)
    heads, chosen = question_results.chosen_letters(sitting)
    titles = [domain.title for domain in domains]
    points = question_results.points_earned(sitting) if with_points else {}
    point_heads = ("percent", *(f"{head} points" for head in heads)) if with_points else ()
    table: list[Sequence[Cell]] = [
        (*COLUMNS, *titles, *LAST_COLUMNS, *PERSON_COLUMNS, *heads, *point_heads, ACCOUNT_COLUMN)
    ]
    for row in results.counting(results.results(sitting), which):
        cells = _cells(row, [domain.number for domain in domains])
        letters = chosen.get(row.attempt.pk, ()) if row.attempt else ()
        answers = letters or (None,) * len(heads)
        earned: Sequence[Cell] = (None,) * len(point_heads)
        if with_points and row.attempt and row.attempt.pk in points:
            values = points[row.attempt.pk]
            earned = (_percent(row.report), *(None if value is None else _in_points(value) for value in values))
        grade = grades.grade_of(row.score, bands) or None
        table.append((*cells, row.email or None, grade, *answers, *earned, row.username or None))
    return table


def _cells(row: Result, domains: Sequence[int]) -> Sequence[Cell]:
    attempt = row.attempt
    return (
        row.name,
        attempt.number if attempt else None,
        row.status,
        attempt.started_at if attempt else None,
        attempt.submitted_at if attempt else None,
        row.score,
        row.passed,
        *(row.percents.get(number) for number in domains),
        *_points(row.report),
    )


def _percent(report: ScoreReport | None) -> Decimal | None:
    """Return the percent of the points with two decimals; the score of a report is whole."""
    if report is None or not report.possible:
        return None
    return Decimal(half_up(Fraction(10_000 * (report.earned or 0), report.possible))) / 100


def _points(report: ScoreReport | None) -> Sequence[Cell]:
    if report is None:
        return (None,) * len(LAST_COLUMNS)
    if report.earned is None or report.possible is None:
        return report.raw, report.n, None, None, None
    needed = percent.needed(report.pass_mark, report.possible)
    return report.raw, report.n, *map(_in_points, (report.earned, report.possible, needed))


def _in_points(value: int) -> Decimal:
    return Decimal(value) / POINT


def csv_for_people(sitting: Sitting, which: str = results.ALL) -> bytes:
    """Return a table for a spreadsheet. `which` attempts: `results.ALL`, BEST or LAST."""
    return table_for_people([[_text(_local(cell)) for cell in row] for row in _table(sitting, which)])


def csv_for_programs(sitting: Sitting, which: str = results.ALL) -> bytes:
    """Return the same table without a byte order mark, which programs take for a part of the first column's name."""
    rows = _table(sitting, which)
    return table_for_programs([[neutralize_formula(_text(_utc(cell))) for cell in row] for row in rows])


def xlsx(sitting: Sitting, which: str = results.ALL) -> bytes:
    """Return the table as a workbook, with numbers to calculate with, and a second sheet with the key.

    An exam in percent has its percent, and the points of each question, in further columns at the end.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    rows = _table(sitting, which, with_points=sitting.blueprint.exam.is_percent)
    place = rows[0].index("grade")
    rows[1:] = [(*row[:place], _number(row[place]), *row[place + 1 :]) for row in rows[1:]]
    key: list[Sequence[Cell]] = [("question", "code", "key", "points", "partial credit")]
    for asked in question_results.asked_questions(sitting):
        key.append((asked.head, asked.code, asked.key, _in_points(asked.worth), asked.partial))
    for title, table in (("Results", rows), ("Key", key)):
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "B2"
        for row in table:
            sheet.append([_safe(cell) if isinstance(cell, str) else _local(cell) for cell in row])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _number(cell: Cell) -> Cell:
    """Return a grade such as "1,3" or "85" as a number, any other cell as it is."""
    found = isinstance(cell, str) and re.fullmatch(r"[0-9]{1,9}(?:[.,][0-9]{1,9})?", cell)
    return Decimal(found[0].replace(",", ".")) if found else cell


def _local(cell: Cell) -> Cell:
    """Return a moment as people read it, in whole minutes and without its zone, which no spreadsheet takes."""
    return timezone.make_naive(cell).replace(second=0, microsecond=0) if isinstance(cell, datetime) else cell


def _utc(cell: Cell) -> Cell:
    return iso_utc(cell) if isinstance(cell, datetime) else cell


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, Decimal):
        return f"{cell:.2f}"
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _safe(text: str) -> str:
    return neutralize_formula(_NOT_IN_XML.sub("", text))


WRITERS: dict[str, Callable[[Sitting], bytes]] = {".csv": csv_for_programs, ".xlsx": xlsx}
