"""Split a number of questions over exam domains by the largest-remainder method."""

from collections.abc import Mapping


def split(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Split `total` questions over exam domains in proportion to their weights.

    `weights` maps the numbers of exam domains to weights in any unit. The result maps the same numbers, in
    ascending order, to counts that sum to `total`. Questions left after rounding down go to the largest
    remainders; of equal remainders, the lower number comes first.

    Raise ValueError for a negative total, a negative weight, or weights that sum to 0.
    """
    total_weight = sum(weights.values())
    if total < 0 or total_weight <= 0 or min(weights.values()) < 0:
        raise ValueError(f"Cannot split {total} questions by the weights {dict(weights)}.")
    counts = {number: total * weights[number] // total_weight for number in sorted(weights)}
    by_remainder = sorted(counts, key=lambda number: (-(total * weights[number] % total_weight), number))
    for number in by_remainder[: total - sum(counts.values())]:
        counts[number] += 1
    return counts
