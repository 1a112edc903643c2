"""Puts a backup back in the place of the database."""

import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mlsprep.serving import copies
from mlsprep.serving.lock import Held, owned


class Command(BaseCommand):
    help = "Puts a backup back in the place of the SQLite database. Stop the server first."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `backup` made")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if settings.DATABASE_URL:
            raise CommandError(
                "The data are in PostgreSQL, which brings its own tool: "
                'pg_restore --clean --if-exists --dbname="$DATABASE_URL" mlsprep.dump.'
            )
        try:
            settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
            with owned(settings.DATA_DIR):
                copies.check(file)
                aside = copies.put_back(file, settings.DATABASES["default"]["NAME"], settings.DATA_DIR)
        except Held as error:
            raise CommandError(
                f"mlsprep is running on {settings.DATA_DIR}. Stop it (Ctrl-C in its window), then restore."
            ) from error
        except copies.Unfit as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        except (sqlite3.Error, OSError) as error:
            raise CommandError(f"The backup was not put back: {error}. Is the disk full?") from error
        self.stdout.write(f"{file} is the database now.")
        if aside:
            self.stdout.write(f"The one before it lies in {aside}.")
