"""A database beside the one of the tests, to which Django is connected for a while, on SQLite or PostgreSQL."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection


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


def _run_on_server(sql: str) -> None:
    """Run a statement that PostgreSQL does not allow inside a transaction."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql)
