"""The vocabulary of the attempt table."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from exams.models import Attempt

# What was under way at the deadline still counts for so long; a move then leads to the finish page.
GRACE = timedelta(seconds=10)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def open(self) -> "AttemptQuerySet":
        return self.filter(status="open")

    def exams_running(self) -> "AttemptQuerySet":
        """Exams that candidates are sitting; each has at most one of a blueprint."""
        return self.open().filter(mode="exam")

    def exams_finished(self) -> "AttemptQuerySet":
        """Exams handed in by the candidate or by time: scored, not yet scored, or beyond scoring."""
        return self.filter(status__in=["submitted", "scored", "scoring_failed"], mode="exam")

    def real_exams_scored(self) -> "AttemptQuerySet":
        """Exams of candidates, not of simulated ones, that have a score: what figures of use are made of."""
        return self.filter(report__isnull=False, mode="exam", synthetic=False)

    def overdue(self, now: datetime) -> "AttemptQuerySet":
        """Open attempts whose deadline and grace are over: to be closed by whoever sees them."""
        return self.open().filter(deadline__lte=now - GRACE)

    def writable(self, now: datetime) -> "AttemptQuerySet":
        """Open attempts that still take answers, the grace included."""
        return self.open().filter(deadline__gt=now - GRACE)

    def waiting_for_score(self) -> "AttemptQuerySet":
        """Exams that were handed in and have no score yet."""
        return self.filter(status="submitted", mode="exam")
