"""The last run of a periodic job, and its lock by compare-and-swap."""

from django.db import models

SITE = "site"  # the heartbeat of all processes that reach the database
BACKUP = "backup"  # when deploy/backup.sh last made a dump
BASE = "base"  # when deploy/base-backup.sh last made a base backup


class Heartbeat(models.Model):
    name = models.CharField(max_length=40, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
