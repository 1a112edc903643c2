"""Spaced repetition: when a candidate is shown a question again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import Candidate
from questions.models import Question
from questions.models.constraints import check, unique


class RepetitionCard(models.Model):
    """The fields of the library's `fsrs.Card`. `step` is null in the review state."""

    class State(models.IntegerChoices):
        LEARNING = 1, _("learning")
        REVIEW = 2, _("review")
        RELEARNING = 3, _("relearning")

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="cards")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    state = models.PositiveSmallIntegerField(choices=State, default=State.LEARNING)
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    stability = models.FloatField(null=True, blank=True)
    difficulty = models.FloatField(null=True, blank=True)
    due = models.DateTimeField()
    last_review = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["candidate", "due"], name="repetition_card_due")]
        constraints = [
            unique(
                "repetition_card_unique",
                ["candidate", "question"],
                _("This question is in the repetition of this candidate already."),
            ),
            check(
                "repetition_card_state_known", Q(state__in=[1, 2, 3]), _("A card is in learning, review or relearning.")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.question_id}"
