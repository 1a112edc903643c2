"""Edits that are stored while an author types, before they are saved."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import unique
from questions.models.question import Question


class AutosavedEdit(models.Model):
    """The text that an author has typed but not saved; one row for each question and author."""

    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, null=True, blank=True, related_name="autosaved_edits"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            unique(
                "autosaved_edit_unique",
                ["question", "user"],
                _("This author already has an autosaved edit of this question."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.question_id}"
