"""Measure how well answers to a question fit the Rasch model, and find rapid guesses.

numpy is allowed here: only analysis imports this module.

Source: Wright & Masters, Rating Scale Analysis (1982) (infit).
"""

import numpy as np

from exams.psychometrics.rapid_guesses import MAX_RAPID_SECONDS, RAPID_SHARE, is_rapid_guess
from exams.psychometrics.rasch import Booleans, Calibration, Floats, Integers, ResponseMatrix, chances


def infit(sample: ResponseMatrix, calibration: Calibration) -> Floats:
    """Return the fit of each question: squared residuals over those expected, weighted by information.

    It is 1 on average in the model, less if answers are too predictable; NaN without responses.
    """
    p = chances(calibration.b)
    right, given = sample.right.T @ calibration.weights, sample.given.T @ calibration.weights
    # Summed over the nodes of ability: the expectation over the posterior makes it exactly 1 in the model.
    squares = (right * (1 - p) ** 2 + (given - right) * p**2).sum(axis=1)
    variances = (given * p * (1 - p)).sum(axis=1)
    return np.divide(squares, variances, out=np.full(len(squares), np.nan), where=calibration.n > 0)


def rapid_guesses(item: Integers, ticked: Integers, seconds: Integers, median_seconds: Floats) -> Booleans:
    """Return which responses are answers given in too little time to read the question."""
    limit = np.minimum(RAPID_SHARE * np.nan_to_num(median_seconds), MAX_RAPID_SECONDS)
    return np.asarray(is_rapid_guess(ticked, seconds, limit[item]))
