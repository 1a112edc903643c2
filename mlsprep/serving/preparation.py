"""What `serve` makes before it starts: tables brought up to date, the bank loaded."""

import sqlite3
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mlsprep.serving import copies

Say = Callable[[str], None]


class Unprepared(Exception):
    """The server cannot start; the text says why and what to do."""


def tables(say: Say) -> None:
    """Applies pending migrations, after a copy of a database that has some already."""
    database = settings.DATABASES["default"]["NAME"]
    new = not database.exists()
    try:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        if new or not executor.loader.applied_migrations:
            say("Making the database ...")
        else:
            say("Bringing the database up to date ...")
            say(f"  a copy of it as it was: {copies.copy_before_upgrade(database, settings.DATA_DIR)}")
        call_command("migrate", interactive=False, verbosity=0)
    except sqlite3.Error as error:
        raise Unprepared(f"The database could not be copied, so it was left alone: {error}.") from error
    finally:
        connection.close()


def bank(say: Say) -> None:
    pass
