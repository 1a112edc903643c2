"""The refused questions of an import as a file with a column that says why: to be corrected and imported again."""

import csv
import io
from pathlib import PurePath

from questions.formats import udemy_csv
from questions.imports.plan import REFUSED, Outcome, Plan


def refused_file(data: bytes, name: str, plan: Plan) -> tuple[str, bytes]:
    """Name and content of a CSV: of a Udemy CSV the rows as they stand, of other formats number, line, name, reason."""
    refused = [each for each in plan.outcomes if each.what == REFUSED]
    title = f"{PurePath(name).stem}-refused.csv"
    if plan.format == udemy_csv.FORMAT:
        reasons = {each.line: " ".join(each.reasons) for each in refused if each.line is not None}
        return title, udemy_csv.rows_with_reasons(data, name, reasons)
    return title, _listed(refused)


def _listed(refused: list[Outcome]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(("Number", "Line", "Question", udemy_csv.REASON))
    for each in refused:
        cells = (str(each.number), str(each.line or ""), each.code or each.name, " ".join(each.reasons))
        writer.writerow([udemy_csv.neutralize_formula(cell) for cell in cells])
    return buffer.getvalue().encode()
