"""Lock a data directory, so that one process at a time uses it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class DataDirectoryInUse(Exception):
    """Another process holds the lock of the data directory."""


@contextmanager
def data_directory_lock(directory: Path) -> Iterator[None]:
    """Hold the lock until the block ends; raise DataDirectoryInUse if another process holds it.

    A SQLite file with an exclusive transaction is a lock on every system. The system releases it even after
    kill -9, so no stale lock file can prevent a start.
    """
    with closing(sqlite3.connect(directory / "serve.lock", timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise DataDirectoryInUse from error
        yield
