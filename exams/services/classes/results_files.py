"""The results of a sitting as a table in a CSV file or a workbook. Times are in UTC.

openpyxl is imported where it is used: it imports numpy, which takes a second and 80 MB in each process.
"""

import io
from collections.abc import Callable, Sequence

from exams.models import ScoreReport, Sitting
from exams.psychometrics import percent
from exams.services.classes import results
from exams.services.classes.results import Result
from exams.services.results.export import iso_utc
from questions.content.worth import in_points
from questions.formats.csv_tables import neutralize_formula, table_for_people, table_for_programs

COLUMNS = ("name", "attempt", "status", "started", "submitted", "score", "passed")  # then one for each exam domain
# After those: right answers of all, and points, which only an exam in percent has, earned, possible and needed.
LAST_COLUMNS = ("right", "questions", "earned", "possible", "needed")

type Cell = str | int | bool | None


def _table(sitting: Sitting) -> list[Sequence[Cell]]:
    domains = results.shown_domains(sitting)
    rows = [_cells(row, [domain.number for domain in domains]) for row in results.results(sitting)]
    return [(*COLUMNS, *(domain.title for domain in domains), *LAST_COLUMNS), *rows]


def _cells(row: Result, domains: Sequence[int]) -> Sequence[Cell]:
    attempt = row.attempt
    return (
        row.name,
        attempt.number if attempt else None,
        row.status,
        iso_utc(attempt.started_at) if attempt else None,
        iso_utc(attempt.submitted_at) if attempt else None,
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


def csv_for_people(sitting: Sitting) -> bytes:
    """Return a table for a spreadsheet."""
    return table_for_people([[_text(cell) for cell in row] for row in _table(sitting)])


def csv_for_programs(sitting: Sitting) -> bytes:
    """Return the same table without a byte order mark, which programs take for a part of the first column's name."""
    return table_for_programs([[neutralize_formula(_text(cell)) for cell in row] for row in _table(sitting)])


def xlsx(sitting: Sitting) -> bytes:
    """Return the table as a workbook with one sheet."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Results")
    sheet.freeze_panes = "B2"
    for row in _table(sitting):
        sheet.append([_safe(cell) if isinstance(cell, str) else cell for cell in row])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _safe(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return neutralize_formula(ILLEGAL_CHARACTERS_RE.sub("", text))


WRITERS: dict[str, Callable[[Sitting], bytes]] = {".csv": csv_for_programs, ".xlsx": xlsx}
