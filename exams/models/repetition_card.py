"""Spaced repetition: when a candidate is shown a question again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import Candidate
from questions.models import Question


class RepetitionCard(models.Model):
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="cards")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    due = models.DateTimeField()
    state = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "question"],
                name="repetition_card_unique",
                violation_error_message=_("This question is in the repetition of this candidate already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.question_id}"
