"""`manage.py backup`: copy the SQLite database into the data directory."""

import sqlite3
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mlsprep.serving import backups


class Command(BaseCommand):
    help = "Copies the SQLite database into backups/ of the data directory, also while the server runs."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_URL:
            raise CommandError(
                "Your data is stored in PostgreSQL. Use its own tools. To back up: "
                'pg_dump --format=custom --file=mlsprep.dump "$DATABASE_URL". To restore: '
                'pg_restore --clean --if-exists --dbname="$DATABASE_URL" mlsprep.dump.'
            )
        database = settings.DATABASES["default"]["NAME"]
        if not database.exists():
            raise CommandError(f"There is no database in {settings.DATA_DIR} yet. Start mlsprep once.")
        path = backups.new_path(backups.backup_directory(settings.DATA_DIR))
        try:
            backups.copy(database, path)
        except (sqlite3.Error, OSError) as error:
            raise CommandError(f"The backup failed: {error}. Is the disk full?") from error
        self.stdout.write(str(path))
