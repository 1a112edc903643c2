"""What people did to questions: history, ratings, reports, drafts, and the version of the whole bank."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.models.question import Question, Revision

ACTS = {
    "created": _("created"), "loaded": _("loaded from a file"), "imported": _("imported"),
    "import undone": _("import undone"), "copied": _("copied"), "edited": _("edited"), "revised": _("revised"),
    "submitted": _("submitted"), "taken back": _("taken back"), "commented": _("commented"),
    "sent back": _("sent back"), "waived": _("warning kept"), "rated": _("rated"), "approved": _("approved"),
    "published": _("published"), "settled": _("settled"), "key ruling": _("key ruling"), "retired": _("retired"),
}  # fmt: skip


class History(models.Model):
    """One change or comment; append only."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    what = models.CharField(max_length=60)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = _("history")

    def __str__(self) -> str:
        return f"{self.question_id}: {self.what}"

    @property
    def said(self) -> str:
        """The act in the reader's language; one that is not known here by its own word."""
        return str(ACTS.get(self.what, self.what))


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
                violation_error_message=_("A rating is a whole per cent from 1 to 99."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.value}"


class QuestionReport(models.Model):
    """A candidate's report of a problem with a question, with what was ticked then."""

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


class Draft(models.Model):
    """What an author has typed and not saved; writes nothing else."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    base_version = models.PositiveIntegerField(default=0)
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "user"],
                name="draft_question_user_unique",
                violation_error_message=_("There is a draft of this question by this author already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.question_id}"


class Bank(models.Model):
    """One row whose version rises with every publish, retire, promotion and load; processes cache the pool under it."""

    version = models.PositiveIntegerField(default=0)
    manifest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="bank_single_row",
                violation_error_message=_("There is one bank."),
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"
