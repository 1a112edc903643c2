"""Compare bands, probabilities and exam-domain verdicts with R and the reference vectors."""

import json
from pathlib import Path
from statistics import NormalDist

import pytest

from exams.psychometrics.precision import (
    ScoredAnswer,
    band,
    by_exam_domain,
    percent,
    plausible_shares,
    poisson_binomial,
    verdict,
    wilson,
)
from exams.psychometrics.scaling import ScoreScale, difficulty, rated_line

DATA = Path(__file__).parent / "data"
VECTORS = json.loads((DATA / "scoring_vectors.json").read_text())["vectors"]
R_VALUES = json.loads((DATA / "small.json").read_text())
SPECIALTY = ScoreScale(100, 750, 1000)

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])


def domain_ratings(vector):
    """Return the ratings of each exam domain; the vectors list them one domain after the other."""
    start = 0
    for domain in vector["domains"]:
        yield domain, vector["ratings_pct"][start : start + domain["n"]]
        start += domain["n"]


def test_wilson_agrees_with_r():
    for row in R_VALUES["wilson"]["rows"]:
        result = wilson(row["x"], row["n"], NormalDist().inv_cdf((1 + row["conf"]) / 2))
        assert (result.lo, result.hi) == pytest.approx((row["lo"], row["hi"]), abs=1e-6)


def test_poisson_binomial_agrees_with_r():
    case = R_VALUES["poisson_binomial"]
    assert poisson_binomial(case["p"]) == pytest.approx(case["pmf"], rel=1e-8)


@each_vector
def test_the_band_of_every_raw_score(vector):
    line = rated_line(vector["ratings_pct"])
    result = [band(row["raw"], line, SPECIALTY) for row in vector["rows"]]
    assert [[b.lo, b.hi] for b in result] == [row["band68"] for row in vector["rows"]]


@each_vector
def test_each_exam_domain_with_every_number_of_correct_answers(vector):
    for domain, ratings in domain_ratings(vector):
        for correct, (verdict_, interval) in enumerate(zip(domain["classes"], domain["wilson80"], strict=True)):
            answers = [
                ScoredAnswer(domain["domain"], difficulty(rating), correct=i < correct, answered=True)
                for i, rating in enumerate(ratings)
            ]
            (result,) = by_exam_domain(answers)
            assert (result.domain, result.n, result.correct) == (domain["domain"], domain["n"], correct)
            assert result.expected == domain["pass_line_d"]
            assert result.verdict == verdict_
            assert [round(result.interval.lo, 4), round(result.interval.hi, 4)] == interval


def test_exam_domains_are_sorted_by_number_and_unanswered_questions_count_as_incorrect():
    b = difficulty(70)
    first, second = by_exam_domain(
        [
            ScoredAnswer(2, b, True, True),
            ScoredAnswer(1, b, False, False),
            ScoredAnswer(1, b, True, True),
            ScoredAnswer(1, b, False, True),
        ]
    )
    assert (first.domain, first.n, first.correct, first.unanswered, first.percent) == (1, 3, 1, 1, 33)
    assert (second.domain, second.n, second.correct, second.unanswered, second.percent) == (2, 1, 1, 0, 100)


@pytest.mark.parametrize(("part", "whole", "expected"), [(1, 8, 13), (1, 3, 33), (5, 200, 3), (0, 7, 0), (7, 7, 100)])
def test_percents_round_half_up(part, whole, expected):
    assert percent(part, whole) == expected


def test_a_probability_of_exactly_fifteen_percent_counts_as_unusual():
    assert verdict(0, [difficulty(85)]) == "below"
    assert verdict(1, [difficulty(15)]) == "above"
    assert verdict(0, [difficulty(84)]) == "near"
    assert verdict(1, [difficulty(16)]) == "near"


@each_vector
def test_the_bar_of_an_exam_domain_touches_the_standard_exactly_when_the_verdict_is_near(vector):
    for domain, ratings in domain_ratings(vector):
        difficulties = [difficulty(rating) for rating in ratings]
        expected = sum(ratings) / 100 / domain["n"]
        for correct in range(domain["n"] + 1):
            bar = plausible_shares(correct, difficulties)
            side = "below" if bar.hi < expected else "above" if bar.lo > expected else "near"
            assert side == verdict(correct, difficulties)
            assert bar.lo <= correct / domain["n"] <= bar.hi


def test_a_result_of_nine_in_ten_is_on_one_side_of_both_bar_and_verdict():
    easier, harder = [difficulty(71)] * 10, [difficulty(69)] * 10
    assert (verdict(9, easier), plausible_shares(9, easier).lo < 0.71) == ("near", True)
    assert (verdict(9, harder), plausible_shares(9, harder).lo > 0.69) == ("above", True)


def test_a_bar_grows_with_the_number_of_correct_answers_and_reaches_the_ends():
    difficulties = [difficulty(rating) for rating in (30, 45, 60, 75, 90)]
    bars = [plausible_shares(correct, difficulties) for correct in range(6)]
    assert [bar.lo for bar in bars] == sorted(bar.lo for bar in bars)
    assert [bar.hi for bar in bars] == sorted(bar.hi for bar in bars)
    assert (bars[0].lo, bars[5].hi) == (0.0, 1.0)


def test_nothing_of_nothing_is_0_percent():
    assert percent(0, 0) == 0
