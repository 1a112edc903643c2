"""Copies of the SQLite database: made while it is in use, checked, and put back."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from mlsprep.migration_history import unknown_migrations

KEPT = 3  # copies made before an upgrade


class Unfit(Exception):
    """A file that cannot be put back; the text says why."""


def directory(data_dir: Path) -> Path:
    """Where the copies lie; made when missing."""
    path = data_dir / "backups"
    path.mkdir(parents=True, exist_ok=True)
    return path


def copy(database: Path, to: Path) -> None:
    """Writes a complete copy of a database that may be in use. Raises sqlite3.Error, then leaves no file."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            connection.execute("VACUUM INTO ?", (str(to),))
    except sqlite3.Error:
        to.unlink(missing_ok=True)
        raise


def fresh_name(folder: Path, prefix: str = "") -> Path:
    """A name that says when, in UTC, such as 2026-11-25-140312.sqlite3, and that is not taken."""
    stem = f"{prefix}{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    path, number = folder / f"{stem}.sqlite3", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.sqlite3"
    return path


def copy_before_upgrade(database: Path, data_dir: Path) -> Path:
    """Keeps the database as it was before its tables change; of these copies the last KEPT stay."""
    folder = directory(data_dir)
    path = fresh_name(folder, "before-upgrade-")
    copy(database, path)
    for old in sorted(folder.glob("before-upgrade-*.sqlite3"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
        old.unlink()
    return path


def check(file: Path) -> None:
    """Raises Unfit unless the file is a whole database of mlsprep, of this version or an older one."""
    if not file.is_file():
        raise Unfit(f"There is no file {file}.")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not {"django_migrations", "exams_attempt", "questions_question"} <= tables:
                raise Unfit(f"{file} is not a database of mlsprep.")
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise Unfit(f"{file} is damaged. Take another backup.")
            applied = set(connection.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.DatabaseError as error:
        raise Unfit(f"{file} is not a database of mlsprep.") from error
    if unknown := unknown_migrations(applied):
        raise Unfit(
            f"{file} was made by another version of mlsprep (it has {unknown[0]}). Restore it with that version."
        )


def put_back(file: Path, database: Path, data_dir: Path) -> Path | None:
    """Makes a checked copy the database; returns where the one it replaces was put, None if there was none.

    Nobody may have the database open. The old one is copied aside byte by byte, since it may be damaged,
    and the new one is complete beside it before they change places.
    """
    incoming = database.with_name(f"{database.name}.incoming")
    incoming.unlink(missing_ok=True)
    copy(file.resolve(), incoming)
    aside = None
    if database.exists():
        aside = fresh_name(directory(data_dir), "before-restore-")
        for suffix in ("", "-wal", "-shm"):  # what is not yet in the file stands in its write-ahead log
            part = database.with_name(database.name + suffix)
            if part.exists():
                shutil.copy2(part, aside.with_name(aside.name + suffix))
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
    incoming.replace(database)
    return aside
