"""An empty database to which Django is connected for a while, on SQLite or PostgreSQL."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection


@dataclass(frozen=True)
class EmptyDatabase:
    """A database without tables, with the two values that `processes.manage` needs to connect to it."""

    data_dir: Path
    variables: dict[str, str]


@contextmanager
def connected_to_empty_database(directory: Path) -> Iterator[EmptyDatabase]:
    """Connect Django to a new database inside the block.

    Tests that migrate step by step need a separate database: the shared one would have to be migrated back first, and
    not every migration can be reversed.
    """
    usual_name = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        name, variables = str(directory / "mlsprep.sqlite3"), {}
    else:
        name = f"empty_{secrets.token_hex(4)}"
        url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + name
        variables = {"DATABASE_URL": url, **{key: os.environ[key] for key in ("SECRET_KEY", "REDIS_URL")}}
        _run_on_server(f"CREATE DATABASE {name}")
    connection.settings_dict["NAME"] = name
    try:
        yield EmptyDatabase(directory, variables)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual_name
        if connection.vendor == "postgresql":
            _run_on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _run_on_server(sql: str) -> None:
    """Run a statement that PostgreSQL does not allow inside a transaction."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql)
