"""Compare the answers to a question with the Rasch model: candidates by groups of ability. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass

MIN_GROUP = 10  # candidates; the share of fewer says little


@dataclass(frozen=True, slots=True)
class AbilityGroup:
    """Candidates of nearly the same ability: their mean in logits, how many, and how many answered correctly."""

    ability: float
    n: int
    right: int


def merge(groups: Sequence[AbilityGroup], min_n: int = MIN_GROUP) -> list[AbilityGroup]:
    """Join neighbors, the lowest first, until each group has `min_n` candidates, or all are in one."""
    merged: list[AbilityGroup] = []
    for group in groups:
        if merged and merged[-1].n < min_n:
            merged[-1] = _join(merged[-1], group)
        else:
            merged.append(group)
    if len(merged) > 1 and merged[-1].n < min_n:
        merged[-2:] = [_join(merged[-2], merged[-1])]
    return merged


def _join(one: AbilityGroup, two: AbilityGroup) -> AbilityGroup:
    n = one.n + two.n
    return AbilityGroup((one.ability * one.n + two.ability * two.n) / n, n, one.right + two.right)
