"""The last bank report of each exam, for the page that shows it."""

from django.db import models


class StoredReport(models.Model):
    """What the page of the bank report shows, and of which blueprint and version of the bank it is."""

    exam = models.CharField(max_length=40, unique=True)
    blueprint_version = models.PositiveIntegerField()
    bank_version = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    data = models.JSONField()

    def __str__(self) -> str:
        return f"{self.exam} / {self.made_at:%Y-%m-%d %H:%M}"
