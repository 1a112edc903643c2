"""A rating by a rater: the percentage of minimally qualified candidates that would answer a question correctly."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import check, unique
from questions.models.question import Question


class RaterRating(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="rater_ratings")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    value = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            unique("rater_rating_unique", ["question", "rater"], _("You have rated this question already.")),
            check(
                "rater_rating_percent",
                Q(value__gte=1, value__lte=99),
                _("A rating is a whole percentage from 1 to 99."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.value}"
