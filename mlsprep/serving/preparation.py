"""What `serve` does before it starts: bring the tables up to date and load the bank."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from mlsprep.migration_history import OtherVersion, refuse_other_version
from mlsprep.serving import backups
from questions.bank_files.directories import shipped_directories
from questions.bank_files.load import BankBusyError, load_shipped, manifest
from questions.models import Question
from questions.services.bank_version import manifest_of

MAX_LISTED_FAULTS = 10

type WriteLine = Callable[[str], None]


class PreparationFailed(Exception):
    """The server cannot start; the message contains the reason and what to do."""


def update_tables(write: WriteLine) -> None:
    """Apply pending migrations, after a copy of a database that has tables already. Raise PreparationFailed."""
    database = settings.DATABASES["default"]["NAME"]
    try:
        refuse_other_version(connection)
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OtherVersion as error:
        raise PreparationFailed(str(error)) from error
    except Error as error:
        raise PreparationFailed(
            f"The database {database} cannot be read: {error}. Restore a backup with: manage.py restore FILE"
        ) from error
    if not pending:
        return
    if not executor.loader.applied_migrations:
        write("Creating the database ...")
        remedy = "Fix the cause, then start again."
    else:
        write("Updating the database ...")
        copy = _copy_before_upgrade(database)
        write(f"  copied the database to {copy}")
        remedy = f"To go back, run manage.py restore {copy}, then start the previous version of mlsprep."
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Error as error:
        raise PreparationFailed(f"The database could not be updated: {error}. {remedy}") from error


def _copy_before_upgrade(database: Path) -> Path:
    try:
        return backups.copy_before_upgrade(database, settings.DATA_DIR)
    except (OSError, sqlite3.Error) as error:
        raise PreparationFailed(f"The database could not be copied, so it was not changed: {error}.") from error


def load_bank(write: WriteLine) -> None:
    """Load the shipped banks if their files have changed. After a fault, the bank in the database stays in use."""
    try:
        if all(manifest(directory) == manifest_of(directory.name) for directory in shipped_directories()):
            return
        write("Loading questions ...")
        # For an empty database, some questions are better than none.
        result = load_shipped(now=timezone.now(), good_only=not Question.objects.exists())
    except (BankBusyError, OSError, Error) as error:
        write(f"  the questions could not be loaded: {error}. The questions in the database stay in use.")
        return
    for fault in result.faults[:MAX_LISTED_FAULTS]:
        write(f"  {fault}")
    if len(result.faults) > MAX_LISTED_FAULTS:
        write(f"  ... and {len(result.faults) - MAX_LISTED_FAULTS} more: manage.py load_bank --dry-run lists all")
    if not result.written:
        write("  the files have faults. The questions in the database were not changed.")
        return
    counts = {
        "new": result.created,
        "updated": result.updated,
        "kept as edited here": result.kept,
        "no longer in the files": result.missing,
        "retired, since their files are gone": result.retired,
    }
    changes = ", ".join(f"{len(codes)} {name}" for name, codes in counts.items() if codes)
    write(f"  {changes or 'no changes'}")
