"""A database beside the one of the tests, to which Django is connected for a while, on SQLite or PostgreSQL."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import psycopg
from django.db import connection
from django.db.migrations import executor
from django.db.migrations.loader import MigrationLoader

# The squashed migrations that an empty database took before the present ones, and the last of those they replaced.
FORMER_SQUASHED = [
    ("questions", "0001_squashed_0022_archived_exams"),
    ("exams", "0001_squashed_0020_percent_scores"),
]
LAST_OF_FORMER = [("questions", "0022_archived_exams"), ("exams", "0020_percent_scores")]


@dataclass(frozen=True)
class SeparateDatabase:
    """Its name in the settings of Django, and the two values that `processes.manage` needs to connect to it."""

    name: str
    data_dir: Path
    variables: dict[str, str]


@contextmanager
def separate_database(directory: Path, original: SeparateDatabase | None = None) -> Iterator[SeparateDatabase]:
    """Make a database, empty or a copy of the original, and remove it after the block.

    Tests that migrate step by step need one: the shared one would have to be migrated back first, and not every
    migration can be reversed.
    """
    if connection.vendor == "sqlite":
        name = str(directory / "mlsprep.sqlite3")
        if original:
            shutil.copyfile(original.name, name)
        yield SeparateDatabase(name, directory, {})
        return
    name = f"separate_{secrets.token_hex(4)}"
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + name
    variables = {"DATABASE_URL": url, **{key: os.environ[key] for key in ("SECRET_KEY", "REDIS_URL")}}
    _run_on_server(f"CREATE DATABASE {name}" + (f" TEMPLATE {original.name}" if original else ""))
    try:
        yield SeparateDatabase(name, directory, variables)
    finally:
        _run_on_server(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def connected_to(database: SeparateDatabase) -> Iterator[None]:
    """Connect Django to this database inside the block."""
    usual_name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database.name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual_name


class EachMigration(MigrationLoader):
    """Know no squashed migrations, which leave out the states in between."""

    def load_disk(self) -> None:
        super().load_disk()
        migrations = self.disk_migrations or {}
        self.disk_migrations = {name: migration for name, migration in migrations.items() if not migration.replaces}


@contextmanager
def each_migration() -> Iterator[None]:
    """Let Django apply and reverse the migrations one by one inside the block, as the releases brought them."""
    with patch.object(executor, "MigrationLoader", EachMigration):
        yield


def _run_on_server(sql: str) -> None:
    """Run a statement that PostgreSQL does not allow inside a transaction."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql)
