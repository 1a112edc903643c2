"""Spaced repetition: when a candidate is shown a question, or a flash card, again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import Candidate
from questions.models import Question
from questions.models.constraints import check, unique


class ScheduledCard(models.Model):
    """The fields of the library's `fsrs.Card`. `step` is null in the review state."""

    class State(models.IntegerChoices):
        LEARNING = 1, _("learning")
        REVIEW = 2, _("review")
        RELEARNING = 3, _("relearning")

    state = models.PositiveSmallIntegerField(choices=State, default=State.LEARNING)
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    stability = models.FloatField(null=True, blank=True)
    difficulty = models.FloatField(null=True, blank=True)
    due = models.DateTimeField()
    last_review = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class RepetitionCard(ScheduledCard):
    """A question that comes back: its answers are the reviews."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="cards")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")

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


class FlashCard(ScheduledCard):
    """A flash card of an exam that the candidate has rated. Rows exist only for rated ones.

    `exam` is the code of the syllabus. `name` is the name of the service or term, the topic with both names of a pair,
    or the code of the question; the card is made of the guide or the question each time it is shown. `before` are the
    scheduled fields as they were before the last rating, so that it can be taken back: null if that was the first one,
    or was taken back already.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", _("service")
        TERM = "term", _("term")
        PAIR = "pair", _("pair")
        QUESTION = "question", _("question")

    MAX_NAME = 200

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="flash_cards")
    exam = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=MAX_NAME)
    first_review = models.DateTimeField()
    last_review = models.DateTimeField()
    before = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            unique(
                "flash_card_unique",
                ["candidate", "exam", "kind", "name"],
                _("This candidate has this flash card already."),
            ),
            check("flash_card_state_known", Q(state__in=[1, 2, 3]), _("A card is in learning, review or relearning.")),
            check(
                "flash_card_kind_known",
                Q(kind__in=["service", "term", "pair", "question"]),
                _("A flash card is about a service, a term, a pair or a question."),
            ),
            check("flash_card_is_named", ~Q(exam="") & ~Q(name=""), _("A flash card has an exam and a name.")),
            check(
                "flash_card_due_after_review",
                Q(due__gt=models.F("last_review")),
                _("A flash card comes back after it was rated."),
            ),
            check(
                "flash_card_first_review_first",
                Q(first_review__lte=models.F("last_review")),
                _("The first rating of a flash card is not after the last one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} / {self.kind} {self.name}"
