"""Ratings by reviewers, and reports by candidates."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.models.question import Question
from questions.models.revision import Revision


class RaterRating(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="rater_ratings")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    value = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "rater"],
                name="rater_rating_unique",
                violation_error_message=_("You have rated this question already."),
            ),
            models.CheckConstraint(
                condition=Q(value__gte=1, value__lte=99),
                name="rater_rating_percent",
                violation_error_message=_("A rating is a whole percentage from 1 to 99."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.value}"


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
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "closed"]),
                name="question_report_status_known",
                violation_error_message=_("A report is open or closed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.text[:40]}"
