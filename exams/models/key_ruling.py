"""A ruling of staff on the key of a published question."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.models import Revision


class KeyRuling(models.Model):
    """A corrected or withdrawn key. The ruling stores the old key; old reports keep their figures."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="rulings")
    old_key = models.PositiveIntegerField()
    new_key = models.PositiveIntegerField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    progress = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn=True, new_key=None) | Q(withdrawn=False, new_key__isnull=False),
                name="key_ruling_corrects_or_withdraws",
                violation_error_message=_("A ruling either corrects the key or withdraws the question."),
            ),
        ]

    def __str__(self) -> str:
        return f"ruling on {self.revision_id}"
