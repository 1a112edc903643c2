"""What `serve` makes before it starts: tables brought up to date, the bank loaded."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from mlsprep.migration_history import OtherVersion, refuse_other_version
from mlsprep.serving import copies
from questions.bank_files.load import BankBusyError, load, manifest
from questions.models import Bank, Question

FAULTS = 10  # so many are said one by one

Say = Callable[[str], None]


class Unprepared(Exception):
    """The server cannot start; the text says why and what to do."""


def tables(say: Say) -> None:
    """Applies pending migrations, after a copy of a database that has some already. Raises Unprepared."""
    database = settings.DATABASES["default"]["NAME"]
    try:
        refuse_other_version(connection)
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OtherVersion as error:
        raise Unprepared(str(error)) from error
    except Error as error:
        raise Unprepared(
            f"The database {database} cannot be read: {error}. Put a backup back with: manage.py restore FILE"
        ) from error
    if not pending:
        return
    if not executor.loader.applied_migrations:
        say("Making the database ...")
        way_back = "Look at the message, then start again."
    else:
        say("Bringing the database up to date ...")
        copy = _copy(database)
        say(f"  a copy of it as it was: {copy}")
        way_back = f"To go back, start the mlsprep you had before, after: manage.py restore {copy}"
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Error as error:
        raise Unprepared(f"The database could not be brought up to date: {error}. {way_back}") from error


def _copy(database: Path) -> Path:
    try:
        return copies.copy_before_upgrade(database, settings.DATA_DIR)
    except (OSError, sqlite3.Error) as error:
        raise Unprepared(f"The database could not be copied, so it was left alone: {error}.") from error


def bank(say: Say) -> None:
    """Loads the shipped bank when its files have changed. A fault is said, and the bank that is here serves on."""
    directory = settings.BANK_DIR
    try:
        if Bank.objects.filter(pk=1, manifest=manifest(directory)).exists():
            return
        say("Loading questions ...")
        # Into an empty database some questions are better than none.
        result = load(directory, now=timezone.now(), good_only=not Question.objects.exists())
    except (BankBusyError, OSError, Error) as error:
        say(f"  the questions could not be loaded, those in the database are used: {error}")
        return
    for fault in result.faults[:FAULTS]:
        say(f"  {fault}")
    if len(result.faults) > FAULTS:
        say(f"  ... and {len(result.faults) - FAULTS} more: manage.py load_bank --dry-run lists all")
    if not result.written:
        say("  the files have faults, so the questions in the database are used as they are")
        return
    counts = {
        "new": result.created,
        "updated": result.updated,
        "kept as edited here": result.kept,
        "no longer in the files": result.gone,
    }
    news = ", ".join(f"{len(codes)} {name}" for name, codes in counts.items() if codes)
    say(f"  {news or 'nothing has changed'}")
