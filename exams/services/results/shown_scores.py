"""Decide what may be shown of the scores of a candidate's own exams: each page, file and prediction asks here.

Two scores can tell a key: made-up names answer one question each, also of papers that are drawn for each from a small
collection, or somebody who sits the paper of a class has the same questions in a mock exam of another browser. So of an
exam of a class there is no score before nobody can start or write any more, and the score of an exam that was handed in
while another one hid some of its questions waits for that one (`kept_scores`). What an exam that can be reopened
has scored is shown by its report alone, which notes that. Staff see all scores at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from exams.models import Attempt, Candidate, Mode, Sitting
from exams.models.attempt import AttemptQuerySet
from exams.models.sitting import telling_nobody
from exams.services.attempt.disclosures import unseen
from exams.services.attempt.hidden_questions import KeptScores, kept_scores


@dataclass(frozen=True)
class ShownScores:
    """What `candidates` may see now. `waiting` has the keys of the exams whose scores wait for another exam.

    `unseen` has those that can be reopened as long as nobody opens the report; `opened` is the one whose report it is.
    """

    waiting: frozenset[int]
    unseen: frozenset[int] = frozenset()
    opened: int | None = None
    candidates: tuple[int, ...] = ()

    @cached_property
    def of_class(self) -> frozenset[int]:
        """Keys of the scored exams of a class whose answers are open: one query, two with exams of a class."""
        # The condition that the answers are open takes Django longer to compile than the query takes.
        rows = _scored().filter(candidate__in=self.candidates, sitting__isnull=False).order_by()
        keys = list(rows.values_list("pk", flat=True)) if self.candidates else []
        opened = Attempt.objects.filter(pk__in=keys).disclosed(timezone.now()) if keys else Attempt.objects.none()
        return frozenset(opened.order_by().values_list("pk", flat=True))

    @cached_property
    def _alone(self) -> frozenset[int]:
        """Keys of the scored exams of a class whose score tells nobody a key: five queries, however many they are."""
        now = timezone.now()
        scored = _scored().filter(candidate__in=self.candidates, sitting__before_release=Sitting.BeforeRelease.SCORE)
        rows = scored.select_related("sitting").order_by()
        exams = {attempt.pk: attempt.sitting for attempt in rows if attempt.sitting}
        quiet = telling_nobody(exams.values(), now)
        writing = Attempt.objects.unfinished(now).filter(sitting__in=quiet).order_by()
        quiet -= set(writing.values_list("sitting", flat=True))
        told = {pk for pk, sitting in exams.items() if sitting.pk in quiet}
        not_yet = unseen(Attempt.objects.filter(pk__in=told - {self.opened}), now).order_by()
        return frozenset(told.difference(not_yet.values_list("pk", flat=True)))

    def waits(self, attempt: Attempt) -> bool:
        """Return whether the score waits for another exam that has questions of this one."""
        return attempt.pk in self.waiting

    def shows_report(self, attempt: Attempt) -> bool:
        """Return whether all figures of the score may be shown, also by exam domain."""
        if attempt.report_id is None or self.waits(attempt) or attempt.pk in self.unseen:
            return False
        return attempt.sitting_id is None or attempt.pk in self.of_class

    def shows_score(self, attempt: Attempt) -> bool:
        """Return whether the score may be shown, perhaps alone.

        Of an exam of a class, not before nobody can start or write any more. So without an end, the score comes with
        the release.
        """
        if self.shows_report(attempt):
            return True
        if attempt.sitting_id is None or self.waits(attempt) or attempt.pk in self.unseen:
            return False
        return attempt.pk in self._alone

    def reported_exams(self, candidate: Candidate) -> AttemptQuerySet:
        """Return the scored exams of this candidate whose figures may all be shown."""
        scored = _scored().filter(candidate=candidate)
        if self.of_class:
            scored = scored.filter(Q(sitting=None) | Q(pk__in=self.of_class))
        else:
            scored = scored.filter(sitting=None)
        kept = self.waiting | self.unseen
        return scored.exclude(pk__in=kept) if kept else scored


def shown_scores(
    candidates: Collection[int], hidden: Collection[int] | None = None, opened: int | None = None
) -> ShownScores:
    """Return what these candidates may see: as many queries as `kept_scores` takes."""
    kept = kept_scores(candidates, hidden, opened) if candidates else KeptScores()
    return ShownScores(*kept, opened, tuple(candidates))


def _scored() -> AttemptQuerySet:
    return Attempt.objects.filter(mode=Mode.EXAM, status=Attempt.Status.SCORED)
