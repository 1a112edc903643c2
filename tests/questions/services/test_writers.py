"""Test that each table has one writer: the module that says so in its first line."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WRITERS = {
    "Question": "question_rows",
    "Revision": "revisions",
    "Option": "revisions",
    "QuestionPoint": "points_and_enemies",
    "Enemy": "points_and_enemies",
    "Waiver": "waivers",
    "RaterRating": "ratings",
    "History": "history",
    "Bank": "bank_version",
    "AutosavedEdit": "editing",
    "Image": "images",
    "Job": "jobs",
}
EXAMS_WRITERS = {
    "AnalysisRun": "exams/services/analysis/analysis_runs.py",
    "DataFile": "exams/services/people/data_files.py",
    "ItemStatistics": "exams/services/analysis/item_analysis.py",
    "OptionStatistics": "exams/services/analysis/item_analysis.py",
    "StoredReport": "exams/services/analysis/stored_reports.py",
    "Roster": "exams/services/classes/rosters.py",
    "RosterEntry": "exams/services/classes/rosters.py",
    "Sitting": "exams/services/classes/sittings.py",
    "RepetitionCard": "exams/services/practice/repetition.py",
    "ItemParameter": "exams/services/analysis/scale_versions.py",
    "ScaleActivation": "exams/services/analysis/scale_versions.py",
    "ScaleVersion": "exams/services/analysis/scale_versions.py",
    "Star": "exams/services/practice/stars.py",
}
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete"}


def writes(source: str) -> Iterator[tuple[str, int]]:
    """Yield the tables that a module writes by a call such as Question.objects.update(...), with the line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            inner: ast.AST = node.func.value
            while isinstance(inner, ast.Call | ast.Attribute):
                if isinstance(inner, ast.Attribute) and inner.attr == "objects" and isinstance(inner.value, ast.Name):
                    yield inner.value.id, node.lineno
                inner = inner.func if isinstance(inner, ast.Call) else inner.value


def test_a_write_is_found_through_a_chain_of_calls() -> None:
    assert list(writes("Question.objects.filter(pk=1).exclude(code='').update(code='x')")) == [("Question", 1)]
    assert list(writes("Question.objects.filter(pk=1).count()")) == []


@pytest.mark.slow
def test_each_table_is_written_in_one_module() -> None:
    places = {table: f"questions/services/{module}.py" for table, module in WRITERS.items()} | EXAMS_WRITERS
    elsewhere = [
        f"{path.relative_to(ROOT)}:{line} writes {table}"
        for app in ("questions", "exams", "mlsprep")
        for path in sorted((ROOT / app).rglob("*.py"))
        for table, line in writes(path.read_text(encoding="utf-8"))
        if table in places and path != ROOT / places[table]
    ]
    assert elsewhere == []


def test_each_writer_names_its_table() -> None:
    bank = {f"questions/services/{module}.py" for module in set(WRITERS.values()) - {"editing"}}
    for path in bank | set(EXAMS_WRITERS.values()):
        assert (ROOT / path).read_text(encoding="utf-8").startswith('"""The only writer of ')
