"""Compare estimates of ability with R."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.ability import THETA_GRID, eap, posterior, wle

DATA = Path(__file__).parent / "data"
LSAT = json.loads((DATA / "lsat6.json").read_text())
FORMS = json.loads((DATA / "small.json").read_text())["tse"]
R_TOLERANCE = 1e-4
DIFFICULTIES = st.lists(st.floats(-4, 4), min_size=1, max_size=60)


def test_posterior_means_and_deviations_are_those_of_r():
    slope, difficulties = (LSAT["rasch_mml_openmx"][name] for name in ("common_slope", "rasch_difficulty"))
    abilities = [eap(raw, difficulties, sigma=slope) for raw in LSAT["eap_1pl"]["raw"]]
    # R's ability has a standard deviation of 1: the slope is the unit.
    assert [ability.theta / slope for ability in abilities] == pytest.approx(LSAT["eap_1pl"]["eap"], abs=R_TOLERANCE)
    assert [ability.se / slope for ability in abilities] == pytest.approx(LSAT["eap_1pl"]["psd"], abs=R_TOLERANCE)


@pytest.mark.parametrize("form", FORMS, ids=["form 1", "form 2"])
def test_weighted_likelihood_estimates_are_those_of_r(form):
    abilities = [wle(raw, form["b_form"]) for raw in range(51)]
    assert [ability.theta for ability in abilities] == pytest.approx(form["wle"], abs=R_TOLERANCE)
    assert [ability.se for ability in abilities] == pytest.approx(form["sem_theta_at_wle"], abs=R_TOLERANCE)


def test_without_answers_the_prior_remains():
    ability = eap(0, (), mu=0.4, sigma=0.8)
    assert (ability.theta, ability.se) == pytest.approx((0.4, 0.8), abs=1e-6)


@pytest.mark.slow
@given(DIFFICULTIES)
def test_each_further_correct_answer_raises_both_estimates(difficulties):
    raws = range(len(difficulties) + 1)
    for estimate in (eap, wle):
        thetas = [estimate(raw, difficulties).theta for raw in raws]
        assert thetas == sorted(set(thetas))
        assert all(map(math.isfinite, thetas))


@given(DIFFICULTIES, st.data())
def test_a_posterior_is_a_distribution(difficulties, data):
    weights = posterior(data.draw(st.integers(0, len(difficulties))), difficulties)
    assert len(weights) == len(THETA_GRID)
    assert math.fsum(weights) == pytest.approx(1)
    assert min(weights) >= 0
