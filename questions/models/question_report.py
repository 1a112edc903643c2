"""A candidate's report of a problem with a question."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import check
from questions.models.revision import Revision


class QuestionReport(models.Model):
    """A candidate's report of a problem with a question, with the options ticked then."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reports")
    candidate_uuid = models.UUIDField()
    ticked = models.PositiveIntegerField(default=0)
    text = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    outcome = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        indexes = [
            # Used by the list of the admin.
            models.Index(fields=["-at", "-id"], name="question_report_newest"),
            # Used by the review, which shows what its candidate has reported.
            models.Index(fields=["candidate_uuid"], name="question_report_candidate"),
            # Used by the desk of the admin and the queue of reported questions.
            models.Index(fields=["revision"], condition=Q(status="open"), name="question_report_open"),
        ]
        constraints = [
            check("question_report_status_known", Q(status__in=["open", "closed"]), _("A report is open or closed.")),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.text[:40]}"
