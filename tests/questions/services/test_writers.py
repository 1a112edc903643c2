"""Test that each table has one writer: the module that says so in its first line.

A person is merged or erased as a whole, so `study_state` writes what a candidate keeps beside those in `practice`.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

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
    "Collection": "collections",
    "AutosavedEdit": "editing",
    "Image": "images",
    "Job": "jobs",
}
EXAMS_WRITERS = {
    "AnalysisRun": "exams/services/analysis/analysis_runs.py",
    "DataFile": "exams/services/people/person_data_files.py",
    "ItemStatistics": "exams/services/analysis/item_analysis.py",
    "OptionStatistics": "exams/services/analysis/item_analysis.py",
    "StoredReport": "exams/services/analysis/stored_reports.py",
    "Roster": "exams/services/classes/rosters.py",
    "RosterEntry": "exams/services/classes/rosters.py",
    "Sitting": "exams/services/classes/sittings.py",
    "ItemParameter": "exams/services/analysis/scale_versions.py",
    "ScaleActivation": "exams/services/analysis/scale_versions.py",
    "ScaleVersion": "exams/services/analysis/scale_versions.py",
}
STUDY_STATE = "exams/services/people/study_state.py"
STUDY_WRITERS = {
    "FlashCard": "exams/services/practice/flash_cards.py",
    "Reminders": "exams/services/practice/reminders.py",
    "RepetitionCard": "exams/services/practice/repetition.py",
    "Star": "exams/services/practice/study_marks.py",
    "StudyGoal": "exams/services/practice/study_marks.py",
    "TopicMark": "exams/services/practice/study_marks.py",
}
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete"}


@cache
def tables_by_accessor() -> dict[str, str]:
    """Return the table behind each related manager, such as `candidate.stars`, whose name leads to one table only."""
    tables: dict[str, set[str]] = {}
    for model in apps.get_models():
        for relation in model._meta.related_objects:
            if name := relation.get_accessor_name():
                tables.setdefault(name, set()).add(relation.related_model.__name__)
    return {name: found.pop() for name, found in tables.items() if len(found) == 1}


def writes(source: str) -> Iterator[tuple[str, int]]:
    """Yield the tables that a module writes, by their managers or by those of related rows, with the line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            inner: ast.AST = node.func.value
            while isinstance(inner, ast.Call | ast.Attribute):
                if isinstance(inner, ast.Attribute) and inner.attr == "objects" and isinstance(inner.value, ast.Name):
                    yield inner.value.id, node.lineno
                elif isinstance(inner, ast.Attribute) and inner.attr in tables_by_accessor():
                    yield tables_by_accessor()[inner.attr], node.lineno
                inner = inner.func if isinstance(inner, ast.Call) else inner.value


def test_a_write_is_found_through_a_chain_of_calls() -> None:
    assert list(writes("Question.objects.filter(pk=1).exclude(code='').update(code='x')")) == [("Question", 1)]
    assert list(writes("Question.objects.filter(pk=1).count()")) == []
    assert list(writes("candidate.stars.filter(pk=1).delete()")) == [("Star", 1)]


@pytest.mark.slow
def test_each_table_is_written_in_one_module() -> None:
    places = {table: f"questions/services/{module}.py" for table, module in WRITERS.items()}
    places |= EXAMS_WRITERS | STUDY_WRITERS
    elsewhere = [
        f"{path.relative_to(ROOT)}:{line} writes {table}"
        for app in ("questions", "exams", "mlsprep")
        for path in sorted((ROOT / app).rglob("*.py"))
        for table, line in writes(path.read_text(encoding="utf-8"))
        if table in places and path != ROOT / places[table]
        if not (table in STUDY_WRITERS and path == ROOT / STUDY_STATE)
    ]
    assert elsewhere == []


def test_each_writer_names_its_table() -> None:
    bank = {f"questions/services/{module}.py" for module in set(WRITERS.values()) - {"editing"}}
    for path in bank | set(EXAMS_WRITERS.values()):
        assert (ROOT / path).read_text(encoding="utf-8").startswith('"""The only writer of ')
    for table, path in STUDY_WRITERS.items():
        first = (ROOT / path).read_text(encoding="utf-8").partition(":")[0]
        assert table in first.removeprefix('"""The writer of ').replace(",", "").split()
        assert first.endswith(" beside `study_state`")
