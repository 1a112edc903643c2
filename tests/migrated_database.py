"""Keep a migrated SQLite database in var/: a run of tests that finds one copies it, and so saves some seconds.

Its name is a hash of all migrations, so a changed one makes a new file. `migrate` still runs on the copy: it finds
nothing to apply, and sets roles and triggers as the code has them now.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.apps import apps

DIRECTORY = Path("var/migrated").absolute()


def file_name(migrations: Iterable[Path] | None = None) -> str:
    """Return a name that changes with any file in these directories of migrations; by default, in those of all apps."""
    if migrations is None:
        migrations = [Path(app.path) / "migrations" for app in apps.get_app_configs()]
    digest = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    for file in sorted(file for directory in migrations for file in directory.glob("*.py")):
        digest.update(f"{file.parent.parent.name}/{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return f"{digest.hexdigest()[:16]}.sqlite3"


def copy(name: str, target: Path, directory: Path = DIRECTORY) -> bool:
    """Copy the migrated database of this name; return whether there is one."""
    try:
        shutil.copyfile(directory / name, target)
    except FileNotFoundError:
        return False
    return True


def save(name: str, database: Path, directory: Path = DIRECTORY) -> None:
    """Keep this database under the name, in place of those of other migrations."""
    directory.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=directory) as unfinished:
        copy = Path(unfinished) / name
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("VACUUM INTO ?", [str(copy)])
        os.replace(copy, directory / name)  # two runs may do so at the same time
    for file in directory.glob("*.sqlite3"):
        if file.name != name:
            file.unlink(missing_ok=True)
