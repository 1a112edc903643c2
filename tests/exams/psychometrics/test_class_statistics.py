"""Test the statistics of one class against figures that were computed by hand or elsewhere."""

import math

import pytest

from exams.psychometrics.class_statistics import correlation, discrimination, interval


def test_a_question_that_the_better_half_has_right_discriminates() -> None:
    found = discrimination([False, False, True, True], [1.0, 2.0, 3.0, 4.0])
    assert found is not None
    assert math.isclose(found.r, 2 / math.sqrt(5))  # covariance 2, variances 1 and 5
    assert found.low is not None
    assert found.low < 0 < found.r < (found.high or 0), "four people say little"


def test_the_interval_is_that_of_fisher() -> None:
    low, high = interval(0.5, 28) or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.156, 0.736)  # tanh(atanh(.5) ± 1.96 / 5)
    assert interval(0.5, 3) is None
    assert all(math.isfinite(end) for end in interval(1.0, 5) or ())


@pytest.mark.parametrize(("right", "rest"), [([True, True], [1.0, 2.0]), ([True, False], [1.0, 1.0]), ([True], [1.0])])
def test_where_nobody_differs_there_is_no_discrimination(right: list[bool], rest: list[float]) -> None:
    assert discrimination(right, rest) is None


def test_a_correlation_has_the_sign_of_the_relation() -> None:
    assert correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
