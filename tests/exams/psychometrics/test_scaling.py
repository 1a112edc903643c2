"""Compare scaled scores with the worked values of the specification and with R's true-score equating."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.scaling import (
    PassLine,
    ScoreScale,
    calibrated_line,
    difficulty,
    equate,
    expected_raw,
    half_up,
    on_the_lines,
    rated_line,
    score,
)

DATA = Path(__file__).parent / "data"
VECTORS = json.loads((DATA / "scoring_vectors.json").read_text())["vectors"]
EQUATINGS = json.loads((DATA / "small.json").read_text())["tse"]
SPECIALTY = ScoreScale(100, 750, 1000)
RATINGS = st.lists(st.integers(1, 99), min_size=1, max_size=90)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_every_raw_score_of_the_reference_forms(vector):
    line = rated_line(vector["ratings_pct"])
    assert (line.n, float(line.exact), line.raw_cut) == (vector["n"], vector["pass_line"], vector["raw_cut"])
    result = [score(row["raw"], line, SPECIALTY) for row in vector["rows"]]
    assert [(s.scaled, s.passed) for s in result] == [(row["scaled"], row["passed"]) for row in vector["rows"]]


@pytest.mark.parametrize(
    ("raw", "scaled", "passed"),
    [(30, 664, False), (34, 739, False), (35, 756, True), (40, 838, True), (50, 1000, True)],
)
def test_worked_values_at_a_pass_line_of_34_60(raw, scaled, passed):
    line = rated_line([69] * 40 + [70] * 10)
    assert line.exact == Fraction("34.6")
    result = score(raw, line, SPECIALTY)
    assert (result.scaled, result.passed) == (scaled, passed)


def test_a_half_is_rounded_up():
    assert score(38, rated_line([68] * 50), SPECIALTY).scaled == 813


def test_fifty_ratings_of_sixty_require_thirty_correct_answers():
    assert rated_line([60] * 50).raw_cut == 30


def test_rounding_never_moves_a_fail_to_the_pass_mark():
    ratings = [70] * 49 + [71]  # pass_line 35.01: 35 right would round to 750
    assert score(35, rated_line(ratings), SPECIALTY).scaled == 749


def test_another_pass_mark_only_changes_the_scale():
    associate = ScoreScale(100, 720, 1000)
    assert [score(raw, rated_line([70] * 50), associate).scaled for raw in (0, 34, 35, 50)] == [
        100,
        702,
        720,
        1000,
    ]


@given(RATINGS)
def test_the_scale_increases_strictly_stays_in_range_and_agrees_with_the_pass_line(ratings):
    line, total = rated_line(ratings), sum(ratings)
    scores = [score(raw, line, SPECIALTY) for raw in range(line.n + 1)]
    scaled = [s.scaled for s in scores]
    assert all(type(value) is int for value in scaled)
    assert all(lower < higher for lower, higher in pairwise(scaled))
    assert (scaled[0], scaled[-1]) == (100, 1000)
    for raw, result in enumerate(scores):
        assert result.passed == (100 * raw >= total) == (result.scaled >= 750) == (raw >= line.raw_cut)


@given(RATINGS)
def test_an_uncalibrated_form_is_a_special_case_of_a_calibrated_one(ratings):
    rated = rated_line(ratings)
    calibrated = calibrated_line([difficulty(rating) for rating in ratings])
    assert calibrated.exact == rated.exact
    for raw in range(rated.n + 1):
        assert abs(equate(raw, calibrated, calibrated) - raw) <= Fraction(1, 10**6)
        assert score(raw, calibrated, SPECIALTY) == score(raw, rated, SPECIALTY)


@pytest.mark.parametrize("case", EQUATINGS, ids=["harder form", "easier form"])
def test_equating_agrees_with_r(case):
    form, reference = calibrated_line(case["b_form"]), calibrated_line(case["b_ref"])
    assert expected_raw(0, form.difficulties) == pytest.approx(case["pass_line_form"], abs=1e-9)
    assert expected_raw(0, reference.difficulties) == pytest.approx(case["pass_line_ref"], abs=1e-9)
    assert float(form.exact) == round(case["pass_line_form"], 4)
    exact_pass_line = Fraction(case["pass_line_ref"])
    for raw, (equated, scaled, passed) in enumerate(
        zip(case["equated"], case["scaled_unrounded"], case["pass"], strict=True)
    ):
        right = equate(raw, form, reference)
        assert float(right) == pytest.approx(equated, abs=1e-6)
        unrounded = on_the_lines(Fraction(equated), reference.n, exact_pass_line, passed, SPECIALTY)
        assert float(unrounded) == pytest.approx(scaled, abs=1e-6)
        result = score(raw, form, SPECIALTY, reference)
        assert result.passed == passed == (result.scaled >= 750)
        # The rule rounds pass_line to four decimals, which moves a score by at most a thousandth of a point.
        assert result.scaled == half_up(Fraction(scaled))


@pytest.mark.slow
@given(st.lists(st.floats(-3, 2), min_size=40, max_size=50), st.lists(st.floats(-3, 2), min_size=50, max_size=50))
def test_an_equated_scale_never_decreases_and_agrees_with_the_pass_line(form_b, reference_b):
    form, reference = calibrated_line(form_b), calibrated_line(reference_b)
    scores = [score(raw, form, SPECIALTY, reference) for raw in range(form.n + 1)]
    scaled = [s.scaled for s in scores]
    assert scaled == sorted(scaled)
    assert (scaled[0], scaled[-1]) == (100, 1000)
    assert all(s.passed == (s.scaled >= 750) == (raw >= form.exact) for raw, s in enumerate(scores))


@pytest.mark.parametrize("rating", [0, 100, -3])
def test_a_rating_outside_of_1_to_99_percent_is_refused(rating):
    with pytest.raises(ValueError, match="rating"):
        rated_line([70, rating])


def test_a_form_that_cannot_be_failed_or_passed_is_refused():
    with pytest.raises(ValueError, match="impossible"):
        rated_line([])
    with pytest.raises(ValueError, match="impossible"):
        PassLine(Fraction(2), (0.0, 0.0))


@pytest.mark.parametrize("raw", [-1, 51])
def test_more_correct_answers_than_questions_are_refused(raw):
    with pytest.raises(ValueError, match="impossible"):
        score(raw, rated_line([70] * 50), SPECIALTY)
