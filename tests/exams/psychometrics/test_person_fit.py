"""Fit is 1 in the model; guessing and mistaken keys raise it. Rapid guesses are found by time."""

import numpy as np
import pytest

from exams.psychometrics.person_fit import infit, rapid_guesses
from exams.psychometrics.rapid_guesses import is_rapid_guess
from exams.psychometrics.rasch import ResponseMatrix, calibrate


@pytest.fixture(scope="module")
def simulated():
    """Return 2000 candidates on 40 questions: the model holds, but question 0 is guessed and candidate 0 guesses."""
    rng = np.random.default_rng(11)
    b, theta = np.linspace(-2, 2, 40), rng.normal(size=2000)
    chance = 1 / (1 + np.exp(b - theta[:, None]))
    chance[:, 0], chance[0] = 0.5, 0.5
    correct = rng.random((2000, 40)) < chance
    correct[1] = np.arange(40) < 20  # too regular: all easy ones right, all hard ones wrong
    sample = ResponseMatrix(np.repeat(np.arange(2000), 40), np.tile(np.arange(40), 2000), correct.ravel(), 2000, 40)
    return sample, calibrate(sample, b)


def test_the_mean_squares_of_questions_are_1_in_the_model_and_more_for_a_guessed_one(simulated):
    fit = infit(*simulated)
    assert fit[1:] == pytest.approx(np.ones(39), abs=0.2)
    assert fit[0] > 1.1
    assert fit[0] == max(fit)


def test_nobody_has_no_fit():
    sample = ResponseMatrix(np.array([0]), np.array([0]), np.array([True]), 2, 2)
    calibration = calibrate(sample, np.zeros(2))
    assert np.isfinite(infit(sample, calibration)[0])
    assert np.isnan(infit(sample, calibration)[1])


def test_a_rapid_guess_takes_under_a_tenth_of_the_median_and_under_10_seconds():
    item = np.array([0, 0, 0, 1, 1, 2])
    seconds = np.array([7, 8, 0, 9, 10, 1])
    rapid = rapid_guesses(item, np.array([1, 2, 1, 1, 1, 1]), seconds, np.array([80.0, 200.0, np.nan]))
    assert rapid.tolist() == [True, False, False, True, False, False]


def test_an_unknown_time_and_a_question_left_open_are_no_rapid_guess():
    ticked, seconds = [1, 1, 1, 0], [5, 6, 0, 5]
    one_by_one = [is_rapid_guess(*row, 6.0) for row in zip(ticked, seconds, strict=True)]
    assert one_by_one == [True, False, False, False]
    rapid = rapid_guesses(np.zeros(4, int), np.array(ticked), np.array(seconds), np.array([60.0]))
    assert rapid.tolist() == one_by_one
