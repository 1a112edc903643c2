"""Count how often the options of a revision were ticked in finished exams, and in passed ones."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from exams.models import Attempt, Response
from questions.models import Revision


@dataclass(frozen=True, slots=True)
class OptionCounts:
    """The ticks of each bit and of each mask, most frequent first, in `n` finished exams of which `passed` passed."""

    n: int
    passed: int
    unanswered: int
    by_bit: dict[int, int]
    by_bit_passed: dict[int, int]
    masks: list[tuple[int, int]]


def count_options(revision: Revision) -> OptionCounts:
    """Count the ticks in finished exams of real candidates: one query."""
    exams = Attempt.objects.finished_exams().filter(synthetic=False)
    rows = (
        Response.objects.filter(revision=revision, attempt__in=exams)
        .order_by()
        .values_list("ticked", "attempt__report__passed")
        .annotate(n=Count("pk"))
    )
    masks: Counter[int] = Counter()
    passed_masks: Counter[int] = Counter()
    for mask, passed, n in rows:
        masks[mask] += n
        passed_masks[mask] += n if passed else 0
    return OptionCounts(
        n=masks.total(),
        passed=passed_masks.total(),
        unanswered=masks[0],
        by_bit=_by_bit(masks, revision.n_options),
        by_bit_passed=_by_bit(passed_masks, revision.n_options),
        masks=[(mask, n) for mask, n in masks.most_common() if mask],
    )


def _by_bit(masks: Counter[int], n_options: int) -> dict[int, int]:
    return {bit: sum(n for mask, n in masks.items() if mask >> bit & 1) for bit in range(n_options)}
