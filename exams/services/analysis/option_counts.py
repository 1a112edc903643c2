"""Counts how the options of a wording were ticked, by all who finished an exam with it and by those who passed."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from exams.models import Attempt, Mode, Response
from questions.models import Revision


@dataclass(frozen=True, slots=True)
class Ticks:
    """Of `n` finished exams (`passed` of them passed) how many ticked each bit, and each mask, the commonest first."""

    n: int
    passed: int
    unanswered: int
    by_bit: dict[int, int]
    by_bit_passed: dict[int, int]
    masks: list[tuple[int, int]]


def of(revision: Revision) -> Ticks:
    """One query. Exams of synthetic candidates, running ones and those ended without a score are left out."""
    rows = (
        Response.objects.filter(revision=revision, attempt__mode=Mode.EXAM, attempt__synthetic=False)
        .filter(attempt__status__in=[Attempt.Status.SUBMITTED, Attempt.Status.SCORED, Attempt.Status.SCORING_FAILED])
        .order_by()
        .values_list("ticked", "attempt__report__passed")
        .annotate(n=Count("pk"))
    )
    masks: Counter[int] = Counter()
    passing: Counter[int] = Counter()
    for mask, passed, n in rows:
        masks[mask] += n
        passing[mask] += n if passed else 0
    return Ticks(
        n=masks.total(),
        passed=passing.total(),
        unanswered=masks[0],
        by_bit=_by_bit(masks, revision.n_options),
        by_bit_passed=_by_bit(passing, revision.n_options),
        masks=[(mask, n) for mask, n in masks.most_common() if mask],
    )


def _by_bit(masks: Counter[int], n_options: int) -> dict[int, int]:
    return {bit: sum(n for mask, n in masks.items() if mask >> bit & 1) for bit in range(n_options)}
