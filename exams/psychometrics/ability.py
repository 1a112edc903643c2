"""Estimate the ability of a candidate, in logits, from the number of correct answers and the difficulties.

In the Rasch model the number of correct answers contains all that the answers say about ability. 0 is the standard.
Plain Python: scoring uses it.

Sources: Bock & Mislevy, Applied Psychological Measurement 6 (1982) (EAP); Warm, Psychometrika 54 (1989) (WLE).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from exams.psychometrics.scaling import EVERYBODY, THETA_LIMIT, THETA_TOLERANCE, chance

THETA_GRID = tuple(step / 20 for step in range(-120, 121))  # -6 to 6, with 0 as a node


@dataclass(frozen=True, slots=True)
class Ability:
    """An estimated ability and its standard error, in logits."""

    theta: float
    se: float


def posterior(raw: int, difficulties: Sequence[float], mu: float = 0.0, sigma: float = 1.0) -> list[float]:
    """Return the probability of each node of THETA_GRID after `raw` correct answers; before, ability is N(mu, sigma²).

    The terms of the correct answers' difficulties are the same at each node and cancel. A point that everybody has says
    nothing.
    """
    credited = difficulties.count(EVERYBODY)
    raw -= credited
    telling = [b for b in difficulties if b != EVERYBODY] if credited else difficulties
    logs = [
        raw * theta - (theta - mu) ** 2 / (2 * sigma**2) - math.fsum(math.log1p(math.exp(theta - b)) for b in telling)
        for theta in THETA_GRID
    ]
    likeliest = max(logs)
    weights = [math.exp(log - likeliest) for log in logs]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def eap(raw: int, difficulties: Sequence[float], mu: float = 0.0, sigma: float = 1.0) -> Ability:
    """Return the mean and the standard deviation of the posterior."""
    weights = posterior(raw, difficulties, mu, sigma)
    mean = math.sumprod(weights, THETA_GRID)
    variance = math.fsum(weight * (theta - mean) ** 2 for weight, theta in zip(weights, THETA_GRID, strict=True))
    return Ability(mean, math.sqrt(variance))


def wle(raw: int, difficulties: Sequence[float]) -> Ability:
    """Return Warm's weighted likelihood estimate, which is finite and nearly unbiased, without any prior.

    It solves raw - T(theta) + J / 2I = 0, with information I = sum of PQ and J = sum of PQ(Q - P).
    """
    low, high = -THETA_LIMIT, THETA_LIMIT
    while high - low > THETA_TOLERANCE:
        theta = (low + high) / 2
        chances = [chance(theta, b) for b in difficulties]
        information = math.fsum(p * (1 - p) for p in chances)
        skew = math.fsum(p * (1 - p) * (1 - 2 * p) for p in chances)
        if raw - math.fsum(chances) + skew / (2 * information) > 0:
            low = theta
        else:
            high = theta
    return Ability(theta, 1 / math.sqrt(information))
