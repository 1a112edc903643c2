"""The questions that an import leaves out, as a CSV file with reasons, to be corrected and imported again."""

from pathlib import PurePath

from questions.formats import csv_tables, udemy_csv, xlsx
from questions.formats.parsed import ParsedFile
from questions.formats.question_tables import REASON, rows_with_reasons
from questions.imports.plan import ImportPlan, QuestionOutcome

_TABLES = (udemy_csv.FORMAT, xlsx.FORMAT)


def has_rows(format: str) -> bool:
    """Return whether the file has the rows of the imported table, so that it can be corrected and imported itself."""
    return format in _TABLES


def refused_file(parsed_file: ParsedFile, name: str, plan: ImportPlan) -> tuple[str, bytes]:
    """Return name and content of the CSV file.

    For a table these are the rows of the file, for other formats number, line, name and reason.
    """
    refused = plan.left_out()
    title = f"{PurePath(name).stem}-refused.csv"
    if has_rows(plan.format):
        return title, rows_with_reasons(parsed_file, {outcome.line: " ".join(outcome.reasons) for outcome in refused})
    return title, _list_of_reasons(refused)


def _list_of_reasons(refused: list[QuestionOutcome]) -> bytes:
    rows = (
        (str(outcome.number), str(outcome.line or ""), outcome.code or outcome.name, " ".join(outcome.reasons))
        for outcome in refused
    )
    return csv_tables.table_for_people((("Number", "Line", "Question", REASON), *rows))
