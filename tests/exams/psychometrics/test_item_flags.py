"""Flags appear with enough responses, at their thresholds, and name the most urgent first."""

import subprocess
import sys
from dataclasses import replace

import pytest

from exams.psychometrics.item_flags import (
    Difficulty,
    Flag,
    ItemFigures,
    Obstacle,
    OptionFigures,
    drifted,
    find_flags,
    promotion_obstacles,
)

KEY = 0b0001
GOOD = ItemFigures(
    n=250,
    p=0.6,
    se=0.03,
    r=0.3,
    upper_lower=0.4,
    omit=0.01,
    not_reached=0.0,
    median_seconds=80,
    options=(
        OptionFigures(0, 150, 0.60, 1.0, 0.30, 0.4, 0.6, 0.8),
        OptionFigures(1, 40, 0.16, -1.0, -0.10, 0.2, 0.2, 0.1),
        OptionFigures(2, 35, 0.14, -1.0, -0.15, 0.2, 0.1, 0.1),
        OptionFigures(3, 25, 0.10, -1.0, -0.20, 0.2, 0.1, 0.0),
    ),
)
CALIBRATED = Difficulty(b=-0.4, se=0.15, rated_b=-0.5, infit=1.0)


def with_option(bit, **changes):
    options = list(GOOD.options)
    options[bit] = replace(options[bit], **changes)
    return replace(GOOD, options=tuple(options))


def test_a_good_question_has_no_flag_and_no_obstacle():
    assert find_flags(GOOD, KEY, 90, CALIBRATED) == ()
    assert promotion_obstacles(GOOD, KEY, CALIBRATED) == ()


@pytest.mark.parametrize(
    ("figures", "flag"),
    [
        (replace(GOOD, p=0.24), Flag.TOO_HARD),
        (replace(GOOD, p=0.96), Flag.TOO_EASY),
        (replace(GOOD, r=0.09), Flag.LOW_R),
        (replace(GOOD, omit=0.06), Flag.OMITTED),
        (replace(GOOD, not_reached=0.06), Flag.NOT_REACHED),
        (replace(GOOD, median_seconds=271), Flag.TAKES_LONG),
        (with_option(2, r=0.06), Flag.DISTRACTOR_ATTRACTS),
        (with_option(3, share=0.04), Flag.DISTRACTOR_UNUSED),
    ],
)
def test_each_threshold_raises_its_flag_from_100_responses_on(figures, flag):
    assert find_flags(figures, KEY, 90) == (flag,)
    assert find_flags(replace(figures, n=99), KEY, 90) == ()


@pytest.mark.parametrize(
    ("difficulty", "flag"),
    [
        (replace(CALIBRATED, rated_b=1.2), Flag.RATING),
        (replace(CALIBRATED, infit=1.31), Flag.MISFIT),
        (replace(CALIBRATED, earlier_b=-0.9, earlier_se=0.1), Flag.DRIFT),
    ],
)
def test_the_model_flags_of_a_calibrated_question(difficulty, flag):
    assert find_flags(GOOD, KEY, 90, difficulty) == (flag,)


def test_a_distractor_is_unused_below_2_percent_and_with_200_responses_below_5():
    rare = with_option(3, share=0.03)
    assert find_flags(replace(rare, n=150), KEY) == ()
    assert find_flags(rare, KEY) == (Flag.DISTRACTOR_UNUSED,)


def test_a_low_correlation_is_not_judged_where_nearly_everybody_agrees():
    assert find_flags(replace(GOOD, p=0.93, r=0.02), KEY) == ()


@pytest.mark.parametrize("suspect", [replace(GOOD, r=-0.01), with_option(1, high=0.85)])
def test_a_doubtful_key_is_the_one_flag_of_30_responses(suspect):
    assert find_flags(replace(suspect, n=29, p=0.1), KEY) == ()
    assert find_flags(replace(suspect, n=30, p=0.1), KEY) == (Flag.KEY,)


def test_two_accepted_keys_are_not_doubtful_because_they_share_the_best_candidates():
    """A ruling accepts option 2 too: of the top third, 45% choose the key, 15% the second one, 20% a distractor."""
    thirds = (0.45, 0.2, 0.15, 0.2)
    figures = replace(GOOD, options=tuple(replace(GOOD.options[bit], high=high) for bit, high in enumerate(thirds)))
    assert find_flags(figures, KEY, also=0b0100) == ()
    assert promotion_obstacles(figures, KEY, CALIBRATED, also=0b0100) == ()
    assert Flag.KEY in find_flags(figures, 0b0100)
    assert Flag.KEY in find_flags(with_option(1, high=0.6), 0b1000, also=0b0100)


def test_the_most_urgent_flag_comes_first():
    flags = find_flags(replace(GOOD, r=-0.2, p=0.2, omit=0.2), KEY)
    assert flags == (Flag.KEY, Flag.LOW_R, Flag.TOO_HARD, Flag.OMITTED)


def test_drift_must_exceed_what_matters_and_what_chance_explains():
    assert not drifted(Difficulty(b=0.29, se=0.01, earlier_b=0.0, earlier_se=0.01))
    assert drifted(Difficulty(b=0.31, se=0.01, earlier_b=0.0, earlier_se=0.01))
    assert not drifted(Difficulty(b=0.5, se=0.2, earlier_b=0.0, earlier_se=0.2))


def test_undefined_figures_raise_no_flag():
    nothing = ItemFigures(0, None, None, None, None, None, None, None, (OptionFigures(0, 0, *[None] * 6),))
    assert find_flags(nothing, KEY) == ()
    assert promotion_obstacles(nothing, KEY, None)[0] == Obstacle.N


@pytest.mark.parametrize(
    ("figures", "difficulty", "obstacle"),
    [
        (replace(GOOD, n=199), CALIBRATED, Obstacle.N),
        (replace(GOOD, p=0.29), CALIBRATED, Obstacle.P),
        (replace(GOOD, r=0.14), CALIBRATED, Obstacle.R),
        (with_option(1, high=0.85), CALIBRATED, Obstacle.KEY),
        (with_option(1, r=0.06), CALIBRATED, Obstacle.DISTRACTORS),
        (replace(GOOD, omit=0.06), CALIBRATED, Obstacle.OMITTED),
        (GOOD, replace(CALIBRATED, se=0.26), Obstacle.SE),
        (GOOD, replace(CALIBRATED, infit=None), Obstacle.INFIT),
    ],
)
def test_what_keeps_a_pilot_from_promotion(figures, difficulty, obstacle):
    assert promotion_obstacles(figures, KEY, difficulty) == (obstacle,)


def test_an_easy_pilot_needs_a_smaller_correlation():
    assert promotion_obstacles(replace(GOOD, p=0.92, r=0.12), KEY, CALIBRATED) == ()


def test_pages_can_use_the_flags_without_numpy():
    program = "import sys, exams.psychometrics.item_flags; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
