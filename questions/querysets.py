"""The vocabulary of the question table."""

import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from questions.models import Question, Revision

STALE_AFTER = datetime.timedelta(days=365)  # the facts of a question are checked again after that


class QuestionQuerySet(models.QuerySet["Question"]):
    def askable(self, collections: list[str]) -> "QuestionQuerySet":
        """Live and pilot questions of these collections: what a form may be drawn from."""
        return self.filter(status__in=["live", "pilot"], collection__in=collections, current__isnull=False)

    def in_review(self) -> "QuestionQuerySet":
        """Questions whose newest wording waits for a reviewer; one that a published wording has overtaken does not."""
        return self.filter(_waits())

    def in_use(self) -> "QuestionQuerySet":
        """All but the retired ones: what there may be work to do with."""
        return self.exclude(status="retired")

    def reported(self) -> "QuestionQuerySet":
        """Questions with a report by a candidate that nobody has answered."""
        from questions.models import QuestionReport

        # The few reports first: the other way round all questions would be looked through.
        open_ones = QuestionReport.objects.filter(status="open")
        return self.filter(pk__in=open_ones.values("revision__question"))

    def stale(self, today: datetime.date) -> "QuestionQuerySet":
        """Questions whose facts nobody has checked for a year, or ever."""
        return self.in_use().filter(Q(as_of=None) | Q(as_of__lt=today - STALE_AFTER))

    def without_references(self) -> "QuestionQuerySet":
        """Questions whose newest wording names no page that backs its key."""
        return self.in_use().filter(pk__in=_newest(references=[]))

    def without_topic(self) -> "QuestionQuerySet":
        return self.in_use().filter(topic=None)

    def without_rating(self) -> "QuestionQuerySet":
        """Questions that nobody has rated; an import gives a figure and no rater."""
        return self.in_use().filter(Q(rating=None) | Q(raters=0, origin="local"))

    def of_kind(self, kind: str) -> "QuestionQuerySet":
        """Questions whose newest wording is of this kind."""
        return self.filter(pk__in=_newest(kind=kind))

    def with_newer_version(self) -> "QuestionQuerySet":
        """Shipped questions that were changed both here and in the version loaded last."""
        return self.filter(conflict__isnull=False)


def rating_secret() -> Q:
    """Questions in work or in review: until they have given a rating themselves people see none of others."""
    return Q(status="draft") | _waits()


def rating_known(reader: int | None) -> Q:
    """Questions whose rating the user with this key may see."""
    from questions.models import RaterRating

    return ~rating_secret() | Q(Exists(RaterRating.objects.filter(question=OuterRef("pk"), rater=reader)))


def _waits() -> Q:
    # The few that were submitted first: a look at the wordings of every question would cost a tenth of a second.
    submitted = _newest(published_at=None, submitted_at__isnull=False)
    return Q(pk__in=submitted) | Q(Exists(_newest(published_at=None, question=OuterRef("pk"))), status="review")


def _newest(**said: object) -> "models.QuerySet[Revision, Any]":
    """Keys of the questions whose newest wording says this."""
    from questions.models import Revision

    newer = Revision.objects.filter(question=OuterRef("question"), number__gt=OuterRef("number"))
    return Revision.objects.filter(~Exists(newer), **said).order_by().values("question")
