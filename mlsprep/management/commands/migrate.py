"""`manage.py migrate`: refuse a database of another version of mlsprep, then migrate."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections

from mlsprep.migration_history import OtherVersion, refuse_other_version


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refuse_other_version(connections[options["database"]])
        except OtherVersion as error:
            raise CommandError(str(error)) from error
        super().handle(*args, **options)
