"""Copies of the SQLite database: written while it is in use, checked, and restored."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from mlsprep.migration_history import unknown_migrations

MAX_UPGRADE_COPIES = 3


class UnusableBackup(Exception):
    """The file cannot be restored; the message contains the reason."""


def backup_directory(data_dir: Path) -> Path:
    """Return the directory of the copies; create it if it is missing."""
    path = data_dir / "backups"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def copy(database: Path, target: Path) -> None:
    """Write a complete copy of a database that may be in use. Raise sqlite3.Error and leave no file on failure."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error:
        target.unlink(missing_ok=True)
        raise


def new_path(directory: Path, prefix: str = "") -> Path:
    """Return an unused file name with the time in UTC, such as 2026-11-25-140312.sqlite3."""
    stem = f"{prefix}{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    path, number = directory / f"{stem}.sqlite3", 1
    while path.exists():
        number += 1
        path = directory / f"{stem}-{number}.sqlite3"
    return path


def copy_before_upgrade(database: Path, data_dir: Path) -> Path:
    """Copy the database before its tables change; delete all but the last MAX_UPGRADE_COPIES of these copies."""
    directory = backup_directory(data_dir)
    path = new_path(directory, "before-upgrade-")
    copy(database, path)
    copies = sorted(directory.glob("before-upgrade-*.sqlite3"), key=lambda file: file.stat().st_mtime)
    for old_copy in copies[:-MAX_UPGRADE_COPIES]:
        old_copy.unlink()
    return path


def check(file: Path) -> None:
    """Raise UnusableBackup unless the file is an intact database of this version or an older one."""
    if not file.is_file():
        raise UnusableBackup(f"The file {file} does not exist.")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not {"django_migrations", "exams_attempt", "questions_question"} <= tables:
                raise UnusableBackup(f"{file} is not an mlsprep database.")
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise UnusableBackup(f"{file} is damaged. Use another backup.")
            applied = set(connection.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.DatabaseError as error:
        raise UnusableBackup(f"{file} is not an mlsprep database.") from error
    if unknown := unknown_migrations(applied):
        raise UnusableBackup(
            f"{file} was made by another version of mlsprep (it has {unknown[0]}). Restore it with that version."
        )


def restore(file: Path, database: Path, data_dir: Path) -> Path | None:
    """Replace the database with a checked copy; return the path of the replaced one, or None.

    No process may have the database open. The old database is copied byte by byte, since it may be damaged. The new
    one is written completely beside it before it takes its name.
    """
    incoming = database.with_name(f"{database.name}.incoming")
    incoming.unlink(missing_ok=True)
    copy(file.resolve(), incoming)
    replaced = None
    if database.exists():
        replaced = new_path(backup_directory(data_dir), "before-restore-")
        for suffix in ("", "-wal", "-shm"):  # the write-ahead log has what is not in the file yet
            part = database.with_name(database.name + suffix)
            if part.exists():
                shutil.copy2(part, replaced.with_name(replaced.name + suffix))
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
    incoming.replace(database)
    return replaced
