"""How many questions each exam domain gets: the largest-remainder split."""

from collections.abc import Mapping


def split(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Split `total` questions over exam domains in proportion to their weights.

    `weights` maps an exam domain's number to its weight (any unit); the result maps the same numbers, in
    ascending order, to counts that sum to `total`. Places left after rounding down go to the largest
    remainders; of equal remainders the lower exam-domain number is served first.

    Raises ValueError for a negative total, a negative weight, or weights that sum to nothing.
    """
    whole = sum(weights.values())
    if total < 0 or whole <= 0 or min(weights.values()) < 0:
        raise ValueError(f"Cannot split {total} questions by the weights {dict(weights)}.")
    counts = {number: total * weights[number] // whole for number in sorted(weights)}
    by_remainder = sorted(counts, key=lambda number: (-(total * weights[number] % whole), number))
    for number in by_remainder[: total - sum(counts.values())]:
        counts[number] += 1
    return counts
