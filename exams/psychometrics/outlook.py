"""Compute the two probabilities that follow from a score: being at the standard, and passing another exam like it.

Both are averages over abilities on a grid, with a standard normal prior. In the Rasch model, the chances of 0, 1, ... n
correct answers at one ability, multiplied by the powers of e^theta, are those at another ability but for a factor. So
they are computed once, at the standard, and each ability costs one sum. This takes a hundredth of the time of
`outlook_by_nodes`, which computes them at each ability; the results agree to 12 decimals.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from exams.psychometrics.ability import THETA_GRID, posterior
from exams.psychometrics.precision import poisson_binomial
from exams.psychometrics.scaling import PassLine, chance, chance_at_standard

MIN_NODE_WEIGHT = 1e-12  # relative to the likeliest ability; the rest of the grid is left out
MAX_QUESTIONS = 100  # more would exceed the range of floats: e^(6 * 100) is about 10^260
STANDARD = THETA_GRID.index(0)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The probabilities (0..1) of being at or above the standard, and of passing another exam like this."""

    at_or_above: float
    pass_again: float


def outlook(raw: int, form: PassLine) -> Outlook:
    """Return the probabilities that follow from `raw` correct answers on the form."""
    if form.n > MAX_QUESTIONS:
        return outlook_by_nodes(raw, form)
    masses = poisson_binomial(map(chance_at_standard, form.difficulties))
    totals, weights = _peak(raw, masses)
    first, last = min(totals), max(totals)
    nodes = range(first, last + 1)
    total = math.fsum(weights.values())
    above = math.fsum(weight for node, weight in weights.items() if node > STANDARD)
    # The sums change places: first over abilities for each passing number of correct answers, of which there are fewer.
    shares = [weights[node] / totals[node] for node in nodes]
    columns = _columns(form.n)
    again = math.fsum(
        masses[right] * math.sumprod(shares, columns[right][first : last + 1])
        for right in range(form.raw_cut, form.n + 1)
    )
    return Outlook((above + weights.get(STANDARD, 0.0) / 2) / total, again / total)


def outlook_by_nodes(raw: int, form: PassLine) -> Outlook:
    """Return the same from the chances of each number of correct answers at each ability, for forms of any length."""
    weights = posterior(raw, form.difficulties)
    least = max(weights) * MIN_NODE_WEIGHT
    above = again = 0.0
    for theta, weight in zip(THETA_GRID, weights, strict=True):
        if theta >= 0:
            above += weight if theta > 0 else weight / 2
        if weight > least:
            masses = poisson_binomial(chance(theta, b) for b in form.difficulties)
            again += weight * math.fsum(masses[form.raw_cut :])
    return Outlook(above, again)


@cache
def _powers(n: int) -> list[tuple[float, ...]]:
    """Return e^(r theta) for 0..n correct answers at each ability."""
    return [tuple(math.exp(r * theta) for r in range(n + 1)) for theta in THETA_GRID]


@cache
def _columns(n: int) -> list[tuple[float, ...]]:
    """Return the same by the number of correct answers, at each ability."""
    return list(zip(*_powers(n), strict=True))


@cache
def _priors(raw: int) -> list[float]:
    """Return the factors of the posterior of each ability that depend on nothing but the number of correct answers."""
    return [math.exp(raw * theta - theta * theta / 2) for theta in THETA_GRID]


def _peak(raw: int, masses: Sequence[float]) -> tuple[dict[int, float], dict[int, float]]:
    """Return, by node, the factor that all chances have in common and the weight, where weights are not negligible.

    The posterior has one peak: go from the middle to both sides until the weights have become negligible.
    """
    totals, weights, highest = {}, {}, 0.0
    priors, powers = _priors(raw), _powers(len(masses) - 1)
    for nodes in (range(STANDARD, len(THETA_GRID)), range(STANDARD - 1, -1, -1)):
        for node in nodes:
            totals[node] = total = math.sumprod(masses, powers[node])
            weights[node] = weight = priors[node] / total
            if weight > highest:
                highest = weight
            elif weight < highest * MIN_NODE_WEIGHT:
                break
    return totals, weights
