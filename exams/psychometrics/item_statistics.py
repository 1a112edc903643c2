"""Compute the classical statistics of many questions at once, over columns of responses.

numpy is allowed here: a million responses take seconds, and only analysis imports this module. Nothing from the start
of an exam to its report may.

A response has a criterion: the level of the candidate without this response, from `rest_scores` (without a scale) or
`rest_abilities` (with one). Candidates sit different forms, so plain totals cannot be compared.

Sources: Lord & Novick, Statistical Theories of Mental Test Scores (1968), chapter 15 (item-rest correlation);
Kelley, Journal of Educational Psychology 30 (1939) (27%).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exams.psychometrics.item_curve import AbilityGroup
from exams.psychometrics.item_flags import ItemFigures, OptionFigures
from exams.psychometrics.rasch import NODES, ResponseMatrix, posteriors

Floats = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]
Booleans = NDArray[np.bool_]

UPPER_LOWER_SHARE = 0.27
GROUP_WIDTH = 0.5  # of ability, in logits
OUTER_GROUP = 6  # groups on each side of the standard; the outermost are open
MIN_VARIANCE = 1e-12  # of a criterion; below it everybody is equal, and a correlation is undefined


@dataclass(frozen=True, slots=True)
class ResponseColumns:
    """Responses in columns of one length.

    `item` numbers the questions from 0. `ticked` is a mask of bits, 0 for no answer. `seconds` is 0 where unknown.
    Responses that are not `reached` count only into the share not reached.
    """

    item: Integers
    correct: Booleans
    ticked: Integers
    criterion: Floats
    seconds: Integers
    reached: Booleans

    def where(self, mask: Booleans) -> "ResponseColumns":
        return ResponseColumns(
            self.item[mask],
            self.correct[mask],
            self.ticked[mask],
            self.criterion[mask],
            self.seconds[mask],
            self.reached[mask],
        )


def rest_scores(person: Integers, scored: Booleans, correct: Booleans, expected: Floats) -> Floats:
    """Return for each response x_rest - pass_line_rest, in questions: the lead of its candidate over the standard.

    `expected` is the probability that a candidate at the standard is correct. Only scored responses count, except
    the response itself.
    """
    lead = np.where(scored, correct - expected, 0.0)
    return np.bincount(person, weights=lead)[person] - lead if len(person) else lead


def rest_abilities(
    person: Integers, scored: Booleans, correct: Booleans, b: Floats, mu: float = 0.0, sigma: float = 1.0
) -> Floats:
    """Return for each response the EAP ability of its candidate, in logits, from the other scored responses.

    `b` is the difficulty of each response's question, in logits; abilities are N(mu, sigma²).
    """
    if not len(person):
        return np.zeros(0)
    difficulties, number = np.unique(b, return_inverse=True)
    sample = ResponseMatrix(person[scored], number[scored], correct[scored], int(person.max()) + 1, len(difficulties))
    weights, _ = posteriors(sample, difficulties, mu, sigma)
    return without_each(weights, person, scored, correct, b)


def without_each(weights: Floats, person: Integers, used: Booleans, correct: Booleans, b: Floats) -> Floats:
    """Return for each response the mean of its candidate's posterior over NODES without it, if it was `used` there.

    Taking a response out of a posterior divides it by P, and 1/P = 1 + exp(±(b - theta)), so that six sums for each
    candidate suffice.
    """
    sums = weights @ np.stack(
        [NODES**power * factor for factor in (np.ones_like(NODES), np.exp(-NODES), np.exp(NODES)) for power in (0, 1)],
        axis=1,
    )
    total, weighted = sums[person, 0], sums[person, 1]
    odds = np.where(correct, np.exp(b), np.exp(-b))
    without = np.where(correct, sums[person, 2], sums[person, 4])
    weighted_without = np.where(correct, sums[person, 3], sums[person, 5])
    return np.where(used, (weighted + odds * weighted_without) / (total + odds * without), weighted / total)


def point_biserials(item: Integers, success: Booleans, criterion: Floats, n_items: int) -> Floats:
    """Return the correlation of success with the criterion for each question; NaN where nobody differs."""
    n = np.maximum(np.bincount(item, minlength=n_items), 1)
    p = np.bincount(item, weights=success, minlength=n_items) / n
    mean = np.bincount(item, weights=criterion, minlength=n_items) / n
    centered = criterion - mean[item]
    variance = np.bincount(item, weights=centered**2, minlength=n_items) / n
    covariance = np.bincount(item, weights=centered * success, minlength=n_items) / n
    product = np.where(variance > MIN_VARIANCE, variance * p * (1 - p), 0)
    return np.divide(covariance, np.sqrt(product), out=np.full(n_items, np.nan), where=product > 0)


def ranks(item: Integers, criterion: Floats, n_items: int) -> tuple[Integers, Integers]:
    """Return the rank from 0 of each response within its question by criterion (ties in row order), and the counts."""
    n = np.bincount(item, minlength=n_items)
    order = np.lexsort((criterion, item))
    rank = np.empty(len(item), dtype=np.int64)
    rank[order] = np.arange(len(item)) - np.repeat(np.cumsum(n) - n, n)
    return rank, n


def upper_lower(item: Integers, correct: Booleans, rank: Integers, group: Integers, n: Integers) -> Floats:
    """Return the share correct of the highest `group[i]` of the `n[i]` candidates minus that of the lowest."""
    high = np.bincount(item, weights=correct & (rank >= (n - group)[item]), minlength=len(n))
    low = np.bincount(item, weights=correct & (rank < group[item]), minlength=len(n))
    return np.divide(high - low, group, out=np.full(len(n), np.nan), where=group > 0)


def medians(item: Integers, seconds: Integers, n_items: int) -> Floats:
    """Return the median of the known seconds of each question; NaN where none is known."""
    known = seconds > 0
    item, seconds = item[known], seconds[known]
    if not len(item):
        return np.full(n_items, np.nan)
    base = int(seconds.max()) + 1
    in_order = np.sort(item.astype(np.int64) * base + seconds) % base
    n = np.bincount(item, minlength=n_items)
    start = np.cumsum(n) - n
    has = n > 0
    result = np.full(n_items, np.nan)
    lower, upper = (start + (n - 1) // 2)[has], (start + n // 2)[has]
    result[has] = (in_order[lower] + in_order[upper]) / 2
    return result


def ability_groups(item: Integers, ability: Floats, correct: Booleans, n_items: int) -> list[list[AbilityGroup]]:
    """Return the candidates of each question by half logits of ability, without empty groups, the lowest first."""
    group = np.clip(np.floor(ability / GROUP_WIDTH).astype(np.int64), -OUTER_GROUP, OUTER_GROUP - 1) + OUTER_GROUP
    n_groups = 2 * OUTER_GROUP
    cell, n_cells = item * n_groups + group, n_items * n_groups
    n = np.bincount(cell, minlength=n_cells)
    right = np.bincount(cell, weights=correct, minlength=n_cells)
    total = np.bincount(cell, weights=ability, minlength=n_cells)
    groups: list[list[AbilityGroup]] = [[] for _ in range(n_items)]
    for number in np.flatnonzero(n).tolist():
        mean = float(total[number] / n[number])
        groups[number // n_groups].append(AbilityGroup(mean, int(n[number]), int(right[number])))
    return groups


def analyze(responses: ResponseColumns, n_options: Sequence[int]) -> list[ItemFigures]:
    """Return the statistics of each question, in the order of `n_options`, its number of options."""
    n_items = len(n_options)
    given = np.bincount(responses.item, minlength=n_items)
    reached = responses.where(responses.reached)
    item = reached.item
    rank, n = ranks(item, reached.criterion, n_items)
    right = np.bincount(item, weights=reached.correct, minlength=n_items)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = right / n
        se = np.sqrt(p * (1 - p) / n)
        omit = np.bincount(item, weights=reached.ticked == 0, minlength=n_items) / n
        not_reached = (given - n) / given
    columns = [
        p,
        se,
        point_biserials(item, reached.correct, reached.criterion, n_items),
        upper_lower(item, reached.correct, rank, np.rint(UPPER_LOWER_SHARE * n).astype(np.int64), n),
        omit,
        not_reached,
        medians(item, reached.seconds, n_items),
    ]
    options = _options(reached, rank, n, n_options)
    lists = [[_defined(value) for value in column.tolist()] for column in columns]
    return [ItemFigures(*row) for row in zip(n.tolist(), *lists, map(tuple, options), strict=True)]


def _options(
    responses: ResponseColumns, rank: Integers, n: Integers, n_options: Sequence[int]
) -> list[list[OptionFigures]]:
    """Return the figures of the options of each question; the middle third takes what does not divide by three."""
    n_items, item = len(n), responses.item
    third = n // 3
    group = (rank >= third[item]).astype(np.int64) + (rank >= (n - third)[item])
    sizes = np.stack([third, n - 2 * third, third], axis=1)
    figures: list[list[OptionFigures]] = [[] for _ in range(n_items)]
    for bit in range(max(n_options, default=0)):
        chosen = (responses.ticked >> bit & 1).astype(bool)
        count = np.bincount(item, weights=chosen, minlength=n_items)
        by_third = np.bincount(item * 3 + group, weights=chosen, minlength=3 * n_items).reshape(-1, 3)
        total = np.bincount(item, weights=np.where(chosen, responses.criterion, 0.0), minlength=n_items)
        with np.errstate(invalid="ignore", divide="ignore"):
            share, mean, shares = count / n, total / count, by_third / sizes
        r = point_biserials(item, chosen, responses.criterion, n_items)
        rows = zip(share.tolist(), mean.tolist(), r.tolist(), *shares.T.tolist(), strict=True)
        for number, row in enumerate(rows):
            if bit < n_options[number]:
                figures[number].append(OptionFigures(bit, int(count[number]), *(_defined(value) for value in row)))
    return figures


def _defined(value: float) -> float | None:
    return value if np.isfinite(value) else None
