"""The vocabulary of the question table."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from questions.models import Question


class QuestionQuerySet(models.QuerySet["Question"]):
    def askable(self, collections: list[str]) -> "QuestionQuerySet":
        """Live and pilot questions of these collections: what a form may be drawn from."""
        return self.filter(status__in=["live", "pilot"], collection__in=collections, current__isnull=False)
