"""Make statistics of a revision as item analysis writes them, for tests of pages."""

from typing import Any

from exams.psychometrics import scaling
from questions.models import ItemStatistics, OptionStatistics, Revision

ABILITIES = (-1.5, -0.75, 0.0, 0.75, 1.5)


def statistics(revision: Revision, n: int, p: float = 0.6, **changes: Any) -> ItemStatistics:
    """Store statistics of `n` candidates of whom the share `p` chose the key, and the others the other options."""
    b = scaling.difficulty(min(99, max(1, round(100 * p))))
    curve = [[ability, n // 5, round(n // 5 * scaling.chance(ability, b))] for ability in ABILITIES if n >= 5]
    facts = {
        "n": n,
        "exposures": n,
        "p": p if n else None,
        "r": 0.3 if 0 < p < 1 and n > 1 else None,
        "upper_lower": 0.5,
        "infit": 1.0,
        "b": b,
        "se": 0.2,
        "curve": curve,
        "median_seconds": 95,
        "omit": 0.0,
        "not_reached": 0.0,
        "flags": [],
    }
    row = ItemStatistics.objects.create(revision=revision, **(facts | changes))
    wrong = revision.n_options - revision.key.bit_count()
    for bit in range(revision.n_options):
        is_key = revision.key >> bit & 1
        share = p if is_key else (1 - p) / wrong
        OptionStatistics.objects.create(
            statistics=row,
            bit=bit,
            count=round(share * n),
            mean=0.0,
            r=0.3 if is_key else -0.2,
            low=share * (0.7 if is_key else 1.2),
            mid=share,
            high=share * (1.2 if is_key else 0.7),
        )
    return row
