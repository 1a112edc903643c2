"""Compare calibration with R's marginal maximum likelihood, and check how well it recovers known difficulties."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams.psychometrics import scaling
from exams.psychometrics.precision import poisson_binomial
from exams.psychometrics.rasch import PRIOR_SD, ResponseMatrix, calibrate, free_estimates

LSAT = json.loads((Path(__file__).parent / "data" / "lsat6.json").read_text())
MML = LSAT["rasch_mml_openmx"]
R_TOLERANCE = 2e-3
TIGHT = 1e-6  # R iterates longer than a calibration needs


def complete(answers):
    """Return the sample of a complete table of answers, a row for each candidate."""
    persons, items = answers.shape
    return ResponseMatrix(
        np.repeat(np.arange(persons), items), np.tile(np.arange(items), persons), answers.ravel() > 0, persons, items
    )


def lsat():
    return complete(np.array([[int(digit) for digit in row] for row, count in LSAT["patterns"] for _ in range(count)]))


def simulate(responses_per_item, seed, *, items=300, length=50, mu=0.0, sigma=1.0, prior_sd=PRIOR_SD):
    """Return a sample of candidates who sit random forms, the prior means, and the true difficulties."""
    rng = np.random.default_rng(seed)
    persons = responses_per_item * items // length
    item = np.argsort(rng.random((persons, items)), axis=1)[:, :length].ravel()
    person = np.repeat(np.arange(persons), length)
    prior = rng.normal(-0.8, 0.7, items)
    b = prior + rng.normal(0, prior_sd, items)
    theta = rng.normal(mu, sigma, persons)
    correct = rng.random(len(item)) < 1 / (1 + np.exp(b[item] - theta[person]))
    return ResponseMatrix(person, item, correct, persons, items), prior, b


@pytest.mark.slow
def test_difficulties_sigma_and_likelihood_are_those_of_r():
    # R fixes the mean of ability at 0. One fixed difficulty does the same.
    anchors = np.array([MML["rasch_difficulty"][0], *[np.nan] * 4])
    result = calibrate(lsat(), np.zeros(5), anchors, prior_sd=np.inf, tolerance=TIGHT)
    assert result.b == pytest.approx(MML["rasch_difficulty"], abs=R_TOLERANCE)
    assert result.mu == pytest.approx(0, abs=R_TOLERANCE)
    assert result.sigma == pytest.approx(MML["common_slope"], abs=R_TOLERANCE)
    assert result.log_likelihood == pytest.approx(MML["loglik"], abs=0.02)


def test_abilities_are_those_of_r():
    anchors = np.array(MML["rasch_difficulty"])
    sample = lsat()
    result = calibrate(sample, np.zeros(5), anchors, tolerance=TIGHT)
    of_raw = np.array(LSAT["eap_1pl"]["eap"]) * MML["common_slope"]
    sd_of_raw = np.array(LSAT["eap_1pl"]["psd"]) * MML["common_slope"]
    raw = sample.raw.astype(int)
    assert result.ability == pytest.approx(of_raw[raw], abs=R_TOLERANCE)
    assert result.ability_sd == pytest.approx(sd_of_raw[raw], abs=R_TOLERANCE)


def test_weak_priors_place_the_scale_without_any_anchor():
    result = calibrate(lsat(), np.full(5, -1.0), prior_sd=100, tolerance=TIGHT)
    centered = np.array(MML["rasch_difficulty"]) - np.mean(MML["rasch_difficulty"])
    assert result.b - result.b.mean() == pytest.approx(centered, abs=R_TOLERANCE)
    assert result.b.mean() == pytest.approx(-1.0, abs=1e-6)
    assert result.sigma == pytest.approx(MML["common_slope"], abs=R_TOLERANCE)


@pytest.mark.parametrize(("responses", "limit"), [(200, 0.21), (500, 0.13), (1000, 0.095)])
def test_known_difficulties_are_recovered(responses, limit):
    sample, prior, b = simulate(responses, seed=2, mu=0.3, sigma=0.9)
    result = calibrate(sample, prior)
    assert np.sqrt(np.mean((result.b - b) ** 2)) <= limit
    assert np.std((result.b - b) / result.se) == pytest.approx(1, abs=0.12)  # the standard errors tell the truth
    assert (result.mu, result.sigma) == pytest.approx((0.3, 0.9), abs=0.1)


@pytest.mark.parametrize("spread", [0.3, 0.5, 0.8])
def test_the_spread_of_difficulties_around_their_ratings_is_estimated(spread):
    sample, prior, _b = simulate(100, seed=3, prior_sd=spread)
    assert calibrate(sample, prior, prior_sd=None).prior_sd == pytest.approx(spread, rel=0.15)
    assert calibrate(sample, prior).prior_sd == PRIOR_SD


@pytest.mark.parametrize("spread", [0.0, 0.3, 0.5, 0.7])
def test_candidates_at_the_standard_pass_as_often_on_forms_of_easy_as_of_hard_questions(spread):
    # Chosen by their estimates, as forms are. With a prior that is wider than the truth it is 40 and 58 %.
    sample, prior, b = simulate(60, seed=5, items=500, length=65, prior_sd=spread)
    result = calibrate(sample, prior, prior_sd=None)
    estimated = result.b + (b - result.b).mean()  # the place of the standard is not in question here
    order = np.argsort(estimated - prior)
    for easier_or_harder in (order[:250], order[250:]):
        rates = []
        for form in np.random.default_rng(1).permuted(np.tile(easier_or_harder, (100, 1)), axis=1)[:, :50]:
            line = scaling.calibrated_line(estimated[form].tolist())
            masses = poisson_binomial(1 / (1 + np.exp(b[form])))
            rates.append(sum(masses[line.raw_cut :]))
        assert 0.45 < np.mean(rates) < 0.56


def test_a_prior_keeps_few_responses_from_making_wild_difficulties():
    sample, prior, b = simulate(30, seed=4)
    result = calibrate(sample, prior)
    assert np.sqrt(np.mean((result.b - b) ** 2)) <= 0.45
    assert np.abs(result.b - b).max() < 2


def test_an_item_without_responses_returns_its_prior_exactly():
    sample, prior, _ = simulate(100, seed=5, items=60)
    wider = ResponseMatrix(sample.person, sample.item, sample.correct, sample.n_persons, 62)
    result = calibrate(wider, np.append(prior, [-0.847, 1.5]))
    assert result.b[-2:].tolist() == [-0.847, 1.5]
    assert result.se[-2:].tolist() == pytest.approx([PRIOR_SD] * 2)
    assert result.n[-2:].tolist() == [0, 0]
    assert result.b[:60] == pytest.approx(calibrate(sample, prior).b)


def test_fixed_anchors_stay_and_place_the_others():
    sample, prior, b = simulate(1000, seed=6, items=100, mu=-0.4)
    anchors = np.where(np.arange(100) < 50, b, np.nan)
    result = calibrate(sample, prior + 1, anchors)  # ratings that are a logit too low
    assert result.b[:50].tolist() == b[:50].tolist()
    assert np.mean(result.b[50:] - b[50:]) == pytest.approx(0, abs=0.03)
    assert result.mu == pytest.approx(-0.4, abs=0.05)


def test_nobody_changes_nothing():
    nobody = ResponseMatrix(np.zeros(0, int), np.zeros(0, int), np.zeros(0, bool), 0, 3)
    result = calibrate(nobody, np.array([-1.0, 0.0, 1.0]))
    assert (result.b.tolist(), result.mu, result.sigma) == ([-1.0, 0.0, 1.0], 0.0, 1.0)
    assert len(result.ability) == 0


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("persons", [1, 40])
def test_all_right_or_all_wrong_gives_finite_difficulties(value, persons):
    result = calibrate(complete(np.full((persons, 4), value)), np.full(4, -0.8))
    for values in (result.b, result.se, result.ability, result.ability_sd, [result.mu, result.sigma]):
        assert np.isfinite(values).all()
    assert (result.mu > 0) == bool(value)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 2**32))
def test_the_order_of_the_responses_changes_nothing(persons, items, seed):
    rng = np.random.default_rng(seed)
    sample = complete(rng.integers(0, 2, (persons, items)))
    order = rng.permutation(persons * items)
    shuffled = ResponseMatrix(sample.person[order], sample.item[order], sample.correct[order], persons, items)
    prior = rng.normal(size=items)
    straight, other = calibrate(sample, prior), calibrate(shuffled, prior)
    assert other.b == pytest.approx(straight.b, abs=1e-9)
    assert np.isfinite(straight.b).all()


@pytest.mark.slow
def test_an_easier_question_gets_a_lower_b():
    rng = np.random.default_rng(8)
    answers = rng.random((300, 5)) < np.array([0.9, 0.7, 0.5, 0.3, 0.1])
    result = calibrate(complete(answers.astype(int)), np.zeros(5))
    assert (np.diff(result.b) > 0).all()


def test_a_fixed_question_that_has_become_easier_shows_it_in_its_free_estimate():
    sample, prior, b = simulate(1000, seed=9, items=100)
    anchors = b.copy()
    anchors[0] += 0.8  # it was harder when it was fixed
    result = calibrate(sample, prior, anchors)
    free, se = free_estimates(sample, result, prior)
    assert result.b[0] == anchors[0]
    assert free[0] == pytest.approx(b[0], abs=0.25)
    assert np.mean(np.abs(free[1:] - b[1:]) < 3 * se[1:]) > 0.97
    assert (
        len(
            free_estimates(
                ResponseMatrix(sample.person[:0], sample.item[:0], sample.correct[:0], 0, 0),
                calibrate(ResponseMatrix(sample.person[:0], sample.item[:0], sample.correct[:0], 0, 0), prior[:0]),
                prior[:0],
            )[0]
        )
        == 0
    )
