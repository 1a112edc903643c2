"""A span in which the installation could not be reached, or its clock leaped, and what was decided about it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import check

MAX_UNDECIDED = timedelta(hours=24)  # then the exams end at their deadlines


class OutageQuerySet(models.QuerySet["Outage"]):
    def undecided(self, now: datetime) -> "OutageQuerySet":
        """Outages that hold deadlines: nobody has decided, and MAX_UNDECIDED is not over."""
        return self.filter(decision=Outage.Decision.NONE, ended_at__gt=now - MAX_UNDECIDED)


class Outage(models.Model):
    """No process reached the database, and no answer was saved; or the clock of the database leaped forward."""

    class Cause(models.TextChoices):
        SILENCE = "silence", _("the server could not be reached")
        CLOCK = "clock", _("the clock of the server leaped")

    class Decision(models.TextChoices):
        NONE = "", _("not decided")
        GIVEN_BACK = "given_back", _("minutes given back")
        CLOSED = "closed", _("exams end at their deadlines")
        VOID = "void", _("the clock was set right")

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    cause = models.CharField(max_length=10, choices=Cause)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.NONE, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OutageQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at", "-id"]
        constraints = [
            check("outage_ends_after_it_began", Q(ended_at__gt=F("began_at")), _("An outage ends after it began.")),
            check("outage_cause_known", Q(cause__in=["silence", "clock"]), _("This cause of an outage is unknown.")),
            check(
                "outage_decided_iff_time",
                Q(decision="", decided_at=None)
                | Q(decision__in=["given_back", "closed", "void"], decided_at__isnull=False),
                _("A decision about an outage has a time."),
            ),
        ]

    def __str__(self) -> str:
        return f"outage of {self.began_at:%Y-%m-%d %H:%M:%S} UTC"
