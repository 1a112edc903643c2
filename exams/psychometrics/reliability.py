"""Compute how reliable scores and decisions are. Plain Python.

Sources: Kuder & Richardson, Psychometrika 2 (1937) (KR-20); Green et al., Journal of Educational Measurement 21 (1984)
(marginal reliability); Huynh, Journal of Educational Measurement 13 (1976), and Lee, Journal of Educational Measurement
47 (2010) (decision consistency from one administration).
"""

import math
from collections.abc import Sequence
from statistics import fmean, pvariance

from exams.psychometrics.ability import THETA_GRID, posterior
from exams.psychometrics.precision import poisson_binomial
from exams.psychometrics.scaling import PassLine, chance


def marginal_reliability(abilities: Sequence[float], errors: Sequence[float]) -> float | None:
    """Return var(EAP) / (var(EAP) + mean PSD²): the share of the variance of ability that scores explain.

    Candidates may have sat different forms. None with fewer than two of them.
    """
    if len(abilities) < 2:
        return None
    explained, left = pvariance(abilities), fmean(error * error for error in errors)
    return explained / (explained + left) if explained + left else None


def kr20(answers: Sequence[Sequence[int]]) -> float | None:
    """Return the internal consistency of a fixed form: a row of 0 and 1 for each candidate, all of one length.

    Both variances have the same divisor, n. None where scores do not differ or where there is one question.
    """
    if not answers or len(answers[0]) < 2:
        return None
    k, total = len(answers[0]), pvariance([sum(row) for row in answers])
    if not total:
        return None
    shares = [fmean(column) for column in zip(*answers, strict=True)]
    return k / (k - 1) * (1 - math.fsum(p * (1 - p) for p in shares) / total)


def decision_consistency(form: PassLine, mu: float = 0.0, sigma: float = 1.0) -> float:
    """Return the probability that a candidate gets the same decision on two such forms.

    Abilities are N(mu, sigma²), in logits. It is the mean of pi² + (1 - pi)², with pi the chance of passing.
    """
    weights = posterior(0, (), mu, sigma)
    return math.fsum(
        weight * (passing**2 + (1 - passing) ** 2)
        for weight, passing in zip(weights, _passing_chances(form), strict=True)
    )


def _passing_chances(form: PassLine) -> list[float]:
    """Return the chance of passing at each node of THETA_GRID."""
    return [
        math.fsum(poisson_binomial(chance(theta, b) for b in form.difficulties)[form.raw_cut :]) for theta in THETA_GRID
    ]
