"""Test that an empty database gets by the squashed migrations what those that they replace add up to."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState
from django.db.migrations.writer import MigrationWriter

from mlsprep.migration_history import OWN_APPS
from tests.mlsprep.databases import (
    FORMER_SQUASHED,
    LAST_OF_FORMER,
    EachMigration,
    connected_to,
    each_migration,
    separate_database,
)

pytestmark = pytest.mark.slow

# Everything that a name in the schema stands for, one row each. Columns may be in another order.
POSTGRESQL = """
SELECT table_name, column_name, concat_ws(' ', data_type, character_maximum_length, numeric_precision, numeric_scale,
    is_nullable, column_default, is_identity, generation_expression)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT relname, 'options', reloptions::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
"""


def schema() -> dict[tuple[str, str], Any]:
    """Return the definition of each column, constraint, index and trigger, by the table and its name."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            return {(table, name): definition for table, name, definition in cursor.fetchall()}
        cursor.execute("SELECT tbl_name, name, type, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {
            (table, name): sorted(parts(sql)) if kind == "table" else sql
            for table, name, kind, sql in cursor.fetchall()
        }


def parts(create_table: str) -> Iterator[str]:
    """Yield the columns and constraints of a CREATE TABLE statement: the text between commas outside of brackets."""
    depth, part = 0, ""
    for token in re.findall(r"'(?:[^']|'')*'|.", create_table.partition("(")[2].rpartition(")")[0], re.DOTALL):
        depth += (token == "(") - (token == ")")
        if token == "," and not depth:
            yield part.strip()
            part = ""
        else:
            part += token
    yield part.strip()


@pytest.fixture(scope="module")
def way_by_each(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> tuple[dict[tuple[str, str], Any], set[tuple[str, str]]]:
    """Return schema and applied migrations of a database of the former squashed migrations after an upgrade."""
    with (
        django_db_blocker.unblock(),
        separate_database(tmp_path_factory.mktemp("each")) as database,
        connected_to(database),
    ):
        with each_migration():
            MigrationExecutor(connection).migrate(LAST_OF_FORMER)
        for app, name in FORMER_SQUASHED:
            MigrationRecorder(connection).record_applied(app, name)
        call_command("migrate", verbosity=0, interactive=False)
        return schema(), set(MigrationRecorder(connection).applied_migrations())


def squashed() -> set[tuple[str, str]]:
    """Return the squashed migrations of our apps."""
    disk_migrations = MigrationLoader(None).disk_migrations or {}
    return {key for key, migration in disk_migrations.items() if migration.replaces and key[0] in OWN_APPS}


def test_there_is_one_squashed_migration_of_each_app() -> None:
    assert sorted(app for app, _name in squashed()) == sorted(OWN_APPS)


def test_a_database_of_former_squashed_migrations_gets_the_rest_and_records_the_present_ones(
    way_by_each: tuple[dict[tuple[str, str], Any], set[tuple[str, str]]],
) -> None:
    _schema, applied = way_by_each
    assert set(EachMigration(None).disk_migrations or ()) | squashed() <= applied


def test_an_empty_database_needs_none_of_the_replaced_migrations_and_gets_the_same_tables(
    tmp_path: Path,
    django_db_blocker: Any,
    way_by_each: tuple[dict[tuple[str, str], Any], set[tuple[str, str]]],
) -> None:
    with django_db_blocker.unblock(), separate_database(tmp_path) as database, connected_to(database):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        replaced = {name for migration, _backwards in plan for name in migration.replaces}
        assert {app for app, _name in replaced} == set(OWN_APPS)
        assert not replaced & {(migration.app_label, migration.name) for migration, _backwards in plan}
        call_command("migrate", verbosity=0, interactive=False)
        assert replaced <= set(MigrationRecorder(connection).applied_migrations())
        at_once = schema()
        # The way back deletes them.
        call_command("migrate", "exams", "zero", verbosity=0, interactive=False)
        assert not [table for table in connection.introspection.table_names() if table.startswith("exams_")]
    each, _applied = way_by_each
    assert {"exams_response", "questions_revision", "auth_group"} <= {table for table, _name in at_once}
    assert {key: at_once.get(key) for key in at_once.keys() | each.keys()} == each


def test_both_ways_lead_to_the_same_models() -> None:
    assert models(MigrationLoader) == models(EachMigration)


def models(loader: type[MigrationLoader]) -> dict[tuple[str, str], Any]:
    return {key: told(model) for key, model in loader(None).project_state().models.items()}


def told(model: ModelState) -> Any:
    """Return what a migration says of a model, without an order of its constraints."""
    options = dict(model.options)
    by_name = {key: {item.name: item for item in options.pop(key, ())} for key in ("constraints", "indexes")}
    fields = {name: MigrationWriter.serialize(field) for name, field in model.fields.items()}
    return fields, options, by_name, model.bases
