"""Copies the database into the data directory, also while the server runs."""

import sqlite3
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mlsprep.serving import copies


class Command(BaseCommand):
    help = "Copies the SQLite database into backups/ of the data directory, also while the server runs."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_URL:
            raise CommandError(
                "The data are in PostgreSQL, which brings its own tool. To copy: "
                'pg_dump --format=custom --file=mlsprep.dump "$DATABASE_URL". To put back: '
                'pg_restore --clean --if-exists --dbname="$DATABASE_URL" mlsprep.dump.'
            )
        database = settings.DATABASES["default"]["NAME"]
        if not database.exists():
            raise CommandError(f"There is no database in {settings.DATA_DIR} yet. Start mlsprep once.")
        path = copies.fresh_name(copies.directory(settings.DATA_DIR))
        try:
            copies.copy(database, path)
        except (sqlite3.Error, OSError) as error:
            raise CommandError(f"No backup was made: {error}. Is the disk full?") from error
        self.stdout.write(str(path))
