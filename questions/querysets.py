"""The vocabulary of the question table."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from questions.models import Question


class QuestionQuerySet(models.QuerySet["Question"]):
    def askable(self, collections: list[str]) -> "QuestionQuerySet":
        """Live and pilot questions of these collections: what a form may be drawn from."""
        return self.filter(status__in=["live", "pilot"], collection__in=collections, current__isnull=False)

    def in_review(self) -> "QuestionQuerySet":
        """Questions with a wording that waits for a reviewer: new ones and newer wordings."""
        from questions.models import Revision  # the table is defined after this vocabulary

        unpublished = Revision.objects.filter(question=OuterRef("pk"), published_at=None)
        return self.filter(Exists(unpublished)).filter(
            Q(status="review") | Exists(unpublished.exclude(submitted_at=None))
        )
