"""Whether the disk has room for new exams. Running exams use what is left."""

import shutil

from django.conf import settings
from django.db import connection


def is_nearly_full() -> bool:
    """Return whether less than MIN_FREE_BYTES are free for SQLite. The disk of PostgreSQL cannot be seen from here."""
    return connection.vendor == "sqlite" and shutil.disk_usage(settings.DATA_DIR).free < settings.MIN_FREE_BYTES
