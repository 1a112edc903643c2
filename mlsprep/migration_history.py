"""Refuse a database that another version of mlsprep created."""

from collections.abc import Iterable

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

OWN_APPS = ("exams", "questions")


class OtherVersion(Exception):
    """The database has migrations that this version does not have; the message explains what to do."""


def unknown_migrations(applied: Iterable[tuple[str, str]]) -> list[str]:
    """Return the applied migrations of our apps that this version does not have, as 'app.name'.

    A database of a newer version has some. So has a database from before version 0.1, whose migrations were replaced.
    A squashed migration says nothing by its own name, which changes: those that it replaces are recorded beside it.
    """
    on_disk = MigrationLoader(None).disk_migrations or {}
    known = set(on_disk).union(*(migration.replaces for migration in on_disk.values()))
    return sorted(
        f"{app}.{name}"
        for app, name in applied
        if app in OWN_APPS and (app, name) not in known and "_squashed_" not in name
    )


def refuse_other_version(connection: BaseDatabaseWrapper) -> None:
    """Raise OtherVersion if the database has migrations that this version does not have. Only reads."""
    unknown = unknown_migrations(MigrationRecorder(connection).applied_migrations())
    if not unknown:
        return
    other_place = "set another DATABASE_URL" if settings.DATABASE_URL else f"move {settings.DATA_DIR} away"
    raise OtherVersion(
        f"This database was made by another version of mlsprep (it has {unknown[0]}) and was not changed: use that "
        "version, or export your questions with it (manage.py export_questions FILE --format yaml, or manage.py "
        f"dump_bank DIR), then {other_place}, start this version and import them."
    )
