"""Decide what may be shown of the scores of a candidate's own exams: each page, file and prediction asks here.

Two scores can tell a key: made-up names answer one question each, also of papers that are drawn for each from a small
collection, or somebody who sits the paper of a class has the same questions in a mock exam of another browser. So of an
exam of a class there is no score before nobody can start or write any more, and the score of an exam that was handed in
while another one hid some of its questions waits for that one (`waiting_scores`). Staff see all scores at once.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from exams.models import Attempt, Candidate, Mode, Sitting
from exams.models.attempt import AttemptQuerySet
from exams.services.attempt.hidden_questions import waiting_scores


@dataclass(frozen=True, slots=True)
class ShownScores:
    """What may be shown now. `waiting` has the keys of the exams whose scores wait for another exam."""

    waiting: frozenset[int]

    def waits(self, attempt: Attempt) -> bool:
        """Return whether the score waits for another exam that has questions of this one."""
        return attempt.pk in self.waiting

    def shows_report(self, attempt: Attempt) -> bool:
        """Return whether all figures of the score may be shown, also by exam domain."""
        return attempt.report_id is not None and not self.waits(attempt) and attempt.is_disclosed

    def shows_score(self, attempt: Attempt) -> bool:
        """Return whether the score may be shown, perhaps alone.

        Of an exam of a class, not before nobody can start or write any more. So without an end, the score comes with
        the release.
        """
        if self.shows_report(attempt):
            return True
        sitting = attempt.sitting
        if attempt.report_id is None or self.waits(attempt) or sitting is None:
            return False
        if sitting.before_release != Sitting.BeforeRelease.SCORE:
            return False
        now = timezone.now()
        return sitting.admits_nobody(now) and not Attempt.objects.unfinished(now).filter(sitting=sitting).exists()

    def reported_exams(self, candidate: Candidate) -> AttemptQuerySet:
        """Return the scored exams of this candidate whose figures may all be shown."""
        scored = Attempt.objects.filter(candidate=candidate, mode=Mode.EXAM, status=Attempt.Status.SCORED)
        return scored.disclosed(timezone.now()).exclude(pk__in=self.waiting)


def shown_scores(candidates: Collection[int], hidden: Collection[int] | None = None) -> ShownScores:
    """Return what these candidates may see: as many queries as `waiting_scores` takes."""
    return ShownScores(waiting_scores(candidates, hidden) if candidates else frozenset())
