"""Test that a database of another version of mlsprep is refused before anything in it changes."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from exams.roles import ROLES
from mlsprep import health
from mlsprep.migration_history import unknown_migrations
from questions.services.authorship import APPROVE
from tests.authoring import account
from tests.mlsprep.databases import FORMER_SQUASHED, SeparateDatabase
from tests.mlsprep.processes import manage
from tests.servers import free_port

# The relevant tables of the last development version before the migrations were replaced.
FORMER_MIGRATIONS = [
    ("contenttypes", "0001_initial"),
    ("auth", "0001_initial"),
    ("admin", "0001_initial"),
    ("questions", "0001_initial"),
    ("exams", "0001_initial"),
    ("exams", "0002_response_fillfactor"),
    ("exams", "0003_order_by_columns"),
    ("questions", "0002_plan_part"),
    ("questions", "0003_submitted_revision"),
    ("questions", "0004_order_by_columns"),
    ("questions", "0005_blueprint_offered"),
    ("questions", "0006_imports"),
    ("sessions", "0001_initial"),
]
FORMER_TABLES = [
    "CREATE TABLE django_migrations (id integer PRIMARY KEY, app varchar(255) NOT NULL, name varchar(255) NOT NULL, "
    "applied timestamp with time zone NOT NULL)",
    "CREATE TABLE auth_user (id integer PRIMARY KEY, username varchar(150) NOT NULL UNIQUE)",
    "CREATE TABLE questions_question (id bigint PRIMARY KEY, code varchar(80) NOT NULL UNIQUE)",
    "CREATE TABLE questions_draft (id bigint PRIMARY KEY, user_id integer NOT NULL REFERENCES auth_user (id))",
    "CREATE TABLE exams_attempt (id bigint PRIMARY KEY, status varchar(15) NOT NULL)",
    "INSERT INTO auth_user VALUES (1, 'alice')",
    "INSERT INTO questions_question VALUES (1, 'my-question')",
    "INSERT INTO questions_draft VALUES (1, 1)",
    "INSERT INTO exams_attempt VALUES (1, 'open')",
]


@pytest.fixture
def former_database(empty_database: SeparateDatabase) -> SeparateDatabase:
    with connection.cursor() as cursor:
        for statement in FORMER_TABLES:
            cursor.execute(statement)
        for number, (app, name) in enumerate(FORMER_MIGRATIONS, start=1):
            cursor.execute(
                "INSERT INTO django_migrations VALUES (%s, %s, %s, '2026-11-01 12:00:00+00:00')", [number, app, name]
            )
    connection.close()
    return empty_database


def content() -> dict[str, list[Any]]:
    """Return all tables with their rows."""
    with connection.cursor() as cursor:
        rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
            rows[table] = cursor.fetchall()
    connection.close()
    return rows


def refusal(database: SeparateDatabase) -> str:
    other_place = "set another DATABASE_URL" if database.variables else f"move {database.data_dir} away"
    return (
        "CommandError: This database was made by another version of mlsprep (it has exams.0002_response_fillfactor) "
        "and was not changed: use that version, or export your questions with it (manage.py export_questions FILE "
        f"--format yaml, or manage.py dump_bank DIR), then {other_place}, start this version and import them.\n"
    )


@pytest.mark.slow
def test_migrate_refuses_a_former_database_and_changes_nothing(former_database: SeparateDatabase) -> None:
    before = content()
    refused = manage(former_database.data_dir, "migrate", **former_database.variables)
    assert (refused.returncode, refused.stderr) == (1, refusal(former_database))
    for arguments in (["exams", "zero"], ["--fake"]):
        with pytest.raises(CommandError, match="This database was made by another version of mlsprep"):
            call_command("migrate", *arguments, verbosity=0)
    assert content() == before


@pytest.mark.laptop
def test_serve_refuses_a_former_database_before_it_copies_or_migrates(former_database: SeparateDatabase) -> None:
    before = content()
    refused = manage(former_database.data_dir, "serve", "--port", str(free_port()))
    assert (refused.returncode, refused.stderr) == (1, refusal(former_database))
    assert content() == before
    assert not (former_database.data_dir / "backups").exists()


def test_readyz_names_the_migration_of_another_version(former_database: SeparateDatabase, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "migrated", False)
    expected = "The database was made by another version of mlsprep: it has exams.0002_response_fillfactor."
    assert health.migrations_fault() == expected


@pytest.mark.slow
def test_an_empty_database_gets_the_tables_and_roles_at_the_first_migrate(empty_database: SeparateDatabase) -> None:
    done = manage(empty_database.data_dir, "migrate", "--verbosity", "0", **empty_database.variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {"questions_user", "exams_attempt"} <= content().keys()
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    assert account("rob", "Reviewer").has_perm(APPROVE)


def test_migrations_of_this_version_and_of_other_apps_are_known() -> None:
    ours = MigrationLoader(None).disk_migrations or {}
    assert unknown_migrations(ours) == []
    assert unknown_migrations([("auth", "9999_far"), ("plugin", "0001_initial")]) == []
    assert unknown_migrations([("exams", "9999_far"), *ours]) == ["exams.9999_far"]


def test_former_squashed_migrations_are_known() -> None:
    assert unknown_migrations(FORMER_SQUASHED) == []
