"""Compare reliability with R, and decision consistency with simulated pairs of exams."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.reliability import decision_consistency, kr20, marginal_reliability
from exams.psychometrics.scaling import calibrated_line, chance, rated_line

LSAT = json.loads((Path(__file__).parent / "data" / "lsat6.json").read_text())


def lsat_answers():
    return [[int(digit) for digit in pattern] for pattern, count in LSAT["patterns"] for _ in range(count)]


def test_kr20_is_that_of_r_with_and_without_each_question():
    answers = lsat_answers()
    assert kr20(answers) == pytest.approx(LSAT["ctt"]["alpha"], abs=1e-6)
    without = [kr20([row[:item] + row[item + 1 :] for row in answers]) for item in range(5)]
    assert without == pytest.approx(LSAT["ctt"]["alpha_if_deleted"], abs=1e-6)


@pytest.mark.parametrize("answers", [[], [[1]], [[1, 0]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]])
def test_kr20_is_undefined_where_nothing_differs(answers):
    assert kr20(answers) is None


def test_marginal_reliability_is_the_share_of_variance_that_scores_explain():
    assert marginal_reliability([-1.0, 1.0], [0.5, 0.5]) == pytest.approx(0.8)
    assert marginal_reliability([1.0], [0.5]) is None
    assert marginal_reliability([], []) is None
    assert marginal_reliability([1.0, 1.0], [0.5, 0.5]) == 0
    assert marginal_reliability([1.0, 1.0], [0.0, 0.0]) is None


def test_decision_consistency_is_the_share_of_candidates_with_the_same_decision_twice():
    rng = random.Random(3)
    form = calibrated_line([rng.gauss(-0.8, 0.7) for _ in range(50)])

    def passes(theta):
        return sum(rng.random() < chance(theta, b) for b in form.difficulties) >= form.raw_cut

    pairs = [(passes(theta), passes(theta)) for theta in (rng.gauss(0.2, 0.9) for _ in range(3000))]
    share = sum(first == second for first, second in pairs) / len(pairs)
    assert decision_consistency(form, 0.2, 0.9) == pytest.approx(share, abs=0.025)


@given(st.lists(st.integers(5, 97), min_size=2, max_size=50), st.floats(-3, 3), st.floats(0.2, 2))
def test_decision_consistency_is_at_least_that_of_a_coin(ratings, mu, sigma):
    assert 0.5 <= decision_consistency(rated_line(ratings), mu, sigma) <= 1 + 1e-12
