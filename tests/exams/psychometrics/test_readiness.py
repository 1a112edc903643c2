"""Test the predicted chance of passing: against the outlook of a report, over time, and its record."""

import random
from fractions import Fraction

import pytest

from exams.psychometrics import scaling
from exams.psychometrics.outlook import outlook
from exams.psychometrics.readiness import ExamResult, chance_to_pass, record

RATINGS = [55, 60, 65, 70, 75, 80, 85] * 7 + [70]
FORM = scaling.rated_line(RATINGS)
PASS_LINE = float(FORM.exact)


def result(right: int) -> ExamResult:
    return ExamResult(right, FORM.n, PASS_LINE)


def test_there_is_no_prediction_without_a_result() -> None:
    assert chance_to_pass([], FORM) is None


@pytest.mark.parametrize("right", [0, 20, 30, 35, 38, 45, 50])
def test_after_one_exam_it_is_the_outlook_of_its_report(right: int) -> None:
    expected = outlook(right, FORM).pass_again
    assert chance_to_pass([result(right)], FORM) == pytest.approx(expected, abs=0.02)


def test_the_newest_exam_counts_most_and_old_ones_fade() -> None:
    improving = chance_to_pass([result(42), result(25)], FORM)
    declining = chance_to_pass([result(25), result(42)], FORM)
    assert improving is not None
    assert declining is not None
    assert improving > 0.5 > declining
    many = [result(35)] * 5
    assert chance_to_pass([*many, result(0)], FORM) == chance_to_pass(many, FORM)


def test_more_exams_of_the_same_level_make_it_more_certain() -> None:
    once, often = chance_to_pass([result(42)], FORM), chance_to_pass([result(42)] * 4, FORM)
    assert once is not None
    assert often is not None
    assert often > once


def test_an_easier_pass_line_is_passed_more_often() -> None:
    easier = scaling.PassLine(Fraction(30), FORM.difficulties)
    assert (chance_to_pass([result(35)], easier) or 0) > (chance_to_pass([result(35)], FORM) or 0)


def test_the_predictions_of_simulated_candidates_come_true() -> None:
    """Candidates of a fixed ability sit two exams: in each bin as many pass the second as the first predicts."""
    rng = random.Random(7)
    predictions = []
    cache: dict[int, float] = {}
    for _ in range(2000):
        theta = rng.gauss(0, 1)

        def sit(theta: float = theta) -> int:
            return sum(rng.random() < scaling.chance(theta, b) for b in FORM.difficulties)

        first, second = sit(), sit()
        if first not in cache:
            cache[first] = chance_to_pass([result(first)], FORM) or 0
        predictions.append((cache[first], FORM.passes(second)))
    bins = record(predictions)
    assert sum(row.n for row in bins) == 2000
    assert [(row.lo, row.hi) for row in bins] == [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100)]
    for row in bins:
        assert abs(row.passed - row.expected) < 0.12 * row.n


def test_the_record_has_no_empty_bins_and_certainty_is_in_the_last() -> None:
    (row,) = record([(1.0, True), (0.95, False)])
    assert (row.lo, row.hi, row.n, row.expected, row.passed) == (80, 100, 2, pytest.approx(1.95), 1)
    assert record([]) == []
