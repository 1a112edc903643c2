"""Lets one process at a time own a data directory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class Held(Exception):
    """Another process owns the data directory."""


@contextmanager
def owned(directory: Path) -> Iterator[None]:
    """Owns the directory until the block ends; raises Held when somebody else does.

    A SQLite file held with BEGIN EXCLUSIVE locks on every system, and the system frees it even after
    kill -9, so that no stale file ever stands in the way.
    """
    with closing(sqlite3.connect(directory / "serve.lock", timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise Held from error
        yield
