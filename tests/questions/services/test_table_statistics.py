"""Test that bulk work leaves statistics of what it filled, so that the next query has no plan for empty tables."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Model

from exams.models import Response
from questions.models import Option, Question
from tests import factories

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans without statistics here"),
]


def test_loading_a_bank_analyzes_its_tables(bank: Path) -> None:
    forget_statistics(Question, Option)
    call_command("load_bank", str(bank), verbosity=0)
    assert [counted_rows(Question), counted_rows(Option)] == [3, 12]


def test_simulated_exams_analyze_their_tables() -> None:
    blueprint = factories.small_blueprint(8, 2)
    forget_statistics(Response)
    call_command("simulate", "--candidates=3", f"--exam={blueprint.code}", verbosity=0)
    assert counted_rows(Response) == Response.objects.count() == 30


def forget_statistics(*models: type[Model]) -> None:
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute("UPDATE pg_class SET reltuples = -1 WHERE relname = %s", [model._meta.db_table])


def counted_rows(model: type[Model]) -> int:
    """Return the number of rows that the planner assumes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [model._meta.db_table])
        return int(cursor.fetchone()[0])
