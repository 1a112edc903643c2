"""The results of a sitting as a table in a CSV file or a workbook, with what was chosen for each question.

Times are in UTC for programs, and in the time zone of the installation for people. openpyxl is imported where it is
used: it imports numpy, which takes a second and 80 MB in each process.
"""

import io
from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone

from exams.models import ScoreReport, Sitting
from exams.psychometrics import percent
from exams.services.classes import grades, question_results, results
from exams.services.classes.results import Result
from exams.services.results.export import iso_utc
from questions.content.worth import in_points
from questions.formats.csv_tables import neutralize_formula, table_for_people, table_for_programs

COLUMNS = ("name", "attempt", "status", "started", "submitted", "score", "passed")  # then one for each exam domain
# After those: right answers of all, and points, which only an exam in percent has, earned, possible and needed.
LAST_COLUMNS = ("right", "questions", "earned", "possible", "needed")
# At the end: the address, the grade, and a column for each question with the letters that were chosen.
PERSON_COLUMNS = ("email", "grade")

type Cell = str | int | bool | datetime | None


def _table(sitting: Sitting, which: str) -> list[Sequence[Cell]]:
    domains = results.shown_domains(sitting)
    bands = grades.read(sitting.grades, sitting.blueprint.exam.scale)
    heads, chosen = question_results.chosen_letters(sitting)
    titles = [domain.title for domain in domains]
    table: list[Sequence[Cell]] = [(*COLUMNS, *titles, *LAST_COLUMNS, *PERSON_COLUMNS, *heads)]
    for row in results.counting(results.results(sitting), which):
        cells = _cells(row, [domain.number for domain in domains])
        letters = chosen.get(row.attempt.pk, ()) if row.attempt else ()
        answers = letters or (None,) * len(heads)
        table.append((*cells, row.email or None, grades.grade_of(row.score, bands) or None, *answers))
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


def _points(report: ScoreReport | None) -> Sequence[Cell]:
    if report is None:
        return (None,) * len(LAST_COLUMNS)
    if report.earned is None or report.possible is None:
        return report.raw, report.n, None, None, None
    needed = percent.needed(report.pass_mark, report.possible)
    return report.raw, report.n, *map(in_points, (report.earned, report.possible, needed))


def csv_for_people(sitting: Sitting, which: str = results.ALL) -> bytes:
    """Return a table for a spreadsheet. `which` attempts: `results.ALL`, BEST or LAST."""
    return table_for_people([[_text(_local(cell)) for cell in row] for row in _table(sitting, which)])


def csv_for_programs(sitting: Sitting, which: str = results.ALL) -> bytes:
    """Return the same table without a byte order mark, which programs take for a part of the first column's name."""
    rows = _table(sitting, which)
    return table_for_programs([[neutralize_formula(_text(_utc(cell))) for cell in row] for row in rows])


def xlsx(sitting: Sitting, which: str = results.ALL) -> bytes:
    """Return the table as a workbook with one sheet."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Results")
    sheet.freeze_panes = "B2"
    for row in _table(sitting, which):
        sheet.append([_safe(cell) if isinstance(cell, str) else _local(cell) for cell in row])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


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
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _safe(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return neutralize_formula(ILLEGAL_CHARACTERS_RE.sub("", text))


WRITERS: dict[str, Callable[[Sitting], bytes]] = {".csv": csv_for_programs, ".xlsx": xlsx}
