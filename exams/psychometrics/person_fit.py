"""Measure how well answers fit the Rasch model, by question and by candidate, and find rapid guesses.

numpy is allowed here: only analysis imports this module.

Sources: Wright & Masters, Rating Scale Analysis (1982) (infit, outfit); Wise & Ma, NCME 2012 (rapid guesses: less than
a tenth of the usual time).
"""

from dataclasses import dataclass

import numpy as np

from exams.psychometrics.rasch import Booleans, Calibration, Floats, Integers, ResponseMatrix, chances

RAPID_SHARE = 0.10  # of the median time of the question
MAX_RAPID_SECONDS = 10


@dataclass(frozen=True)
class MeanSquares:
    """Squared residuals over those expected: 1 on average in the model, less if answers are too predictable.

    `infit` weighs each response by its information, `outfit` weighs all alike; NaN without responses.
    """

    infit: Floats
    outfit: Floats


def item_fit(sample: ResponseMatrix, calibration: Calibration) -> MeanSquares:
    """Return the fit of each question."""
    p = chances(calibration.b)
    right, given = sample.right.T @ calibration.weights, sample.given.T @ calibration.weights
    return _mean_squares(
        right * (1 - p) ** 2 + (given - right) * p**2,
        given * p * (1 - p),
        right * (1 - p) / p + (given - right) * p / (1 - p),
        calibration.n,
    )


def person_fit(sample: ResponseMatrix, calibration: Calibration) -> MeanSquares:
    """Return the fit of each candidate."""
    p, weights = chances(calibration.b), calibration.weights
    wrong = sample.given - sample.right
    return _mean_squares(
        weights * (sample.right @ (1 - p) ** 2 + wrong @ p**2),
        weights * (sample.given @ (p * (1 - p))),
        weights * (sample.right @ ((1 - p) / p) + wrong @ (p / (1 - p))),
        np.bincount(sample.person, minlength=sample.n_persons),
    )


def _mean_squares(squares: Floats, variances: Floats, standardized: Floats, n: Integers) -> MeanSquares:
    """Sum over the nodes of ability: the expectation over the posterior makes both exactly 1 in the model."""
    has = n > 0
    undefined = np.full(len(n), np.nan)
    return MeanSquares(
        np.divide(squares.sum(axis=1), variances.sum(axis=1), out=undefined.copy(), where=has),
        np.divide(standardized.sum(axis=1), n, out=undefined.copy(), where=has),
    )


def rapid_guesses(item: Integers, seconds: Integers, median_seconds: Floats) -> Booleans:
    """Return which responses took too little time to read the question. Seconds of 0 are unknown."""
    limit = np.minimum(RAPID_SHARE * np.nan_to_num(median_seconds), MAX_RAPID_SECONDS)
    return (seconds > 0) & (seconds < limit[item])
