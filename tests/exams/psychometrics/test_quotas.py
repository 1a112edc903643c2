"""Test the largest-remainder split over exam domains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.quotas import split

WEIGHTS = st.dictionaries(st.integers(1, 9), st.integers(0, 60), min_size=1, max_size=6).filter(
    lambda weights: sum(weights.values())
)


@pytest.mark.parametrize(
    ("total", "weights", "counts"),
    [
        (50, [20, 24, 36, 20], [10, 12, 18, 10]),
        (15, [20, 24, 36, 20], [3, 4, 5, 3]),
        (50, [28, 26, 22, 24], [14, 13, 11, 12]),
        (15, [28, 26, 22, 24], [4, 4, 3, 4]),
        (65, [31, 26, 20, 12, 11], [20, 17, 13, 8, 7]),
        (10, [31, 26, 20, 12, 11], [3, 3, 2, 1, 1]),
        (15, [20, 24, 28, 14, 14], [3, 4, 4, 2, 2]),
        (15, [34, 26, 22, 18], [5, 4, 3, 3]),
        (1, [20, 24, 36, 20], [0, 0, 1, 0]),
        (0, [20, 24, 36, 20], [0, 0, 0, 0]),
    ],
)
def test_known_blueprints_split_as_published(total, weights, counts):
    assert list(split(total, dict(enumerate(weights, 1))).values()) == counts


def test_equal_remainders_go_to_the_lower_number_first():
    assert split(5, {3: 1, 2: 1, 1: 1}) == {1: 2, 2: 2, 3: 1}


@given(st.integers(0, 200), WEIGHTS)
def test_counts_sum_to_the_total_and_stay_within_one_of_the_exact_share(total, weights):
    counts = split(total, weights)
    assert sum(counts.values()) == total
    assert list(counts) == sorted(weights)
    whole = sum(weights.values())
    assert all(abs(counts[d] * whole - total * weights[d]) < whole for d in weights)


@given(st.integers(0, 200), WEIGHTS)
def test_a_heavier_domain_never_gets_less_and_equal_ones_favor_the_lower_number(total, weights):
    counts = split(total, weights)
    for one in weights:
        for other in weights:
            if (weights[one], -one) > (weights[other], -other):
                assert counts[one] >= counts[other]


@pytest.mark.parametrize(("total", "weights"), [(-1, {1: 1}), (5, {}), (5, {1: 0}), (5, {1: 3, 2: -1})])
def test_impossible_splits_are_refused(total, weights):
    with pytest.raises(ValueError, match="Cannot split"):
        split(total, weights)
