"""The history of questions, and the version of the bank."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.lint import definition_of
from questions.models.constraints import check
from questions.models.question import Question

HISTORY_ACTIONS = {
    "created": _("created"), "loaded": _("loaded from a file"), "imported": _("imported"),
    "import undone": _("import undone"), "copied": _("copied"), "edited": _("edited"), "revised": _("revised"),
    "submitted": _("submitted"), "taken back": _("taken back"), "commented": _("commented"),
    "sent back": _("sent back"), "waived": _("warning kept"), "rated": _("rated"), "approved": _("approved"),
    "rating proposed": _("rating proposed"),
    "published": _("published"), "settled": _("settled"), "key ruling": _("key ruling"), "retired": _("retired"),
    "promoted": _("promoted"), "restored": _("put back"),
}  # fmt: skip


class History(models.Model):
    """One change or comment, append only (questions/services/history.py)."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=60)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="history_newest"),  # Used by the list of the admin.
        ]
        verbose_name_plural = _("history")

    def __str__(self) -> str:
        return f"{self.question_id}: {self.action}"

    @property
    def label(self) -> str:
        """The action in the language of the reader; an unknown action as stored."""
        return str(HISTORY_ACTIONS.get(self.action, self.action))

    @property
    def kept_rule(self) -> str:
        """What the rule demands whose warning was kept, "" for other actions."""
        return definition_of(self.after["rule"]) if self.action == "waived" and self.after else ""


class Bank(models.Model):
    """One row. Each change of the pool raises its version, under which processes cache the pool."""

    version = models.PositiveIntegerField(default=0)
    manifests = models.JSONField(default=dict)

    class Meta:
        constraints = [
            check("bank_single_row", Q(id=1), _("There is one bank.")),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"
