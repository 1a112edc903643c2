"""A data directory that is ready to be served, and an empty database of the kind that this run uses."""

import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.mlsprep.served import manage


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with all tables and the bank but no administrator, made once."""
    path = tmp_path_factory.mktemp("prepared") / "data"
    for command in ("migrate", "load_bank"):
        done = manage(path, command)
        assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def data_dir(prepared: Path, tmp_path: Path) -> Path:
    """A copy of the prepared data directory for one test."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))


@dataclass(frozen=True)
class EmptyDatabase:
    """A database without tables: this process is connected to it; `manage` reaches it with the two fields."""

    data_dir: Path
    variables: dict[str, str]


@pytest.fixture
def empty_database(tmp_path: Path, django_db_blocker: Any) -> Iterator[EmptyDatabase]:
    """Connect Django to a new, empty database on SQLite or PostgreSQL until the test ends.

    Tests that migrate a database step by step need one of their own: going back and forth in the common test database
    would need migrations that can be reversed.
    """
    usual_name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        if connection.vendor == "sqlite":
            path = tmp_path / "mlsprep.sqlite3"
            connection.settings_dict["NAME"] = path
            database = EmptyDatabase(tmp_path, {})
        else:
            name = f"empty_{secrets.token_hex(4)}"
            run_on_server(f"CREATE DATABASE {name}")
            connection.settings_dict["NAME"] = name
            url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + name
            database = EmptyDatabase(tmp_path, {"DATABASE_URL": url, "SECRET_KEY": os.environ["SECRET_KEY"]})
        try:
            yield database
        finally:
            connection.close()
            connection.settings_dict["NAME"] = usual_name
            if connection.vendor == "postgresql":
                run_on_server(f"DROP DATABASE {name}")


def run_on_server(sql: str) -> None:
    """Run a statement that PostgreSQL does not allow inside a transaction."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql)
