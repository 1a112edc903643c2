"""`manage.py restore`: replace the SQLite database with a backup."""

import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mlsprep.serving import backups
from mlsprep.serving.lock import DataDirectoryInUse, data_directory_lock


class Command(BaseCommand):
    help = "Replaces the SQLite database with a backup. Stop the server first."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file written by `backup`")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if settings.DATABASE_URL:
            raise CommandError(
                "Your data is stored in PostgreSQL. Use its own tool: "
                'pg_restore --clean --if-exists --dbname="$DATABASE_URL" mlsprep.dump.'
            )
        try:
            settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
            with data_directory_lock(settings.DATA_DIR):
                backups.check(file)
                replaced = backups.restore(file, settings.DATABASES["default"]["NAME"], settings.DATA_DIR)
        except DataDirectoryInUse as error:
            raise CommandError(
                f"mlsprep is running on {settings.DATA_DIR}. Stop it (Ctrl-C in its window), then restore."
            ) from error
        except backups.UnusableBackup as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        except (sqlite3.Error, OSError) as error:
            raise CommandError(f"The restore failed: {error}. Is the disk full?") from error
        self.stdout.write(f"The database is now a copy of {file}.")
        if replaced:
            self.stdout.write(f"The previous database is in {replaced}.")
