"""Test scores in percent: what answers earn, when a score passes, and how it is shown."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics import percent
from exams.psychometrics.percent import PointAnswer, Points


def answer(ticked: int, key: int = 0b00011, *, worth: int = 100, partial: bool = True, **values: int) -> PointAnswer:
    return PointAnswer(worth, partial, key, values.get("also", 0), bool(values.get("credited", 0)), ticked)


@pytest.mark.parametrize(
    ("ticked", "hundredths"),
    [
        (0b00011, 100),  # both keys
        (0b00001, 50),
        (0b00101, 0),  # the wrong option takes away what the key earned
        (0b01100, 0),  # never below zero
        (0b00000, 0),
        (0b00111, 50),
    ],
)
def test_each_key_earns_its_share_and_each_wrong_option_takes_one_away(ticked: int, hundredths: int) -> None:
    assert percent.earned(answer(ticked)) == hundredths


def test_without_partial_credit_only_the_whole_key_earns_points() -> None:
    assert [percent.earned(answer(ticked, partial=False)) for ticked in (0b11, 0b01, 0b111)] == [100, 0, 0]


def test_either_of_two_accepted_keys_earns_all_points() -> None:
    assert [percent.earned(answer(ticked, also=0b00101)) for ticked in (0b00011, 0b00101)] == [100, 100]
    assert percent.earned(answer(0b00100, also=0b00101)) == 50, "partly right by the second key"


def test_a_credited_question_earns_all_points_for_any_answer() -> None:
    assert percent.earned(answer(0, credited=1, worth=250)) == 250


def test_thirds_are_added_exactly_and_rounded_once() -> None:
    thirds = [answer(0b001, 0b111)] * 50
    assert percent.total(thirds) == Points(earned=1667, possible=5000, n=50)
    assert percent.total([answer(0b1, 0b11, worth=1)]).earned == 1, "half a hundredth is rounded up"


def test_the_pass_mark_is_reached_by_the_points_as_they_are() -> None:
    assert percent.score(Points(1300, 2000, 20), 65).passed
    assert not percent.score(Points(1299, 2000, 20), 65).passed
    assert (percent.score(Points(1200, 2000, 20), 60).scaled, percent.score(Points(1300, 2000, 20), 60).scaled) == (
        60,
        65,
    )


def test_a_failed_score_is_never_shown_as_the_pass_mark() -> None:
    failed = percent.score(Points(1194, 2000, 20), 60)
    assert (failed.scaled, failed.passed) == (59, False), "59.7 is rounded to 60, which would pass"
    assert percent.score(Points(1010, 2000, 20), 60).scaled == 51, "50.5 is rounded up"


@pytest.mark.parametrize(
    ("mark", "possible", "unit", "needed"),
    [(60, 2000, 1, 1200), (60, 2100, 1, 1260), (60, 2100, 100, 1300), (100, 2000, 100, 2000), (1, 99, 1, 1)],
)
def test_the_fewest_points_that_pass(mark: int, possible: int, unit: int, needed: int) -> None:
    assert percent.needed(mark, possible, unit) == needed


@given(st.integers(1, 100), st.integers(1, 5_000_000), st.data())
def test_the_shown_score_says_whether_it_passed(mark: int, possible: int, data: st.DataObject) -> None:
    points = Points(data.draw(st.integers(0, possible)), possible, 20)
    score = percent.score(points, mark)
    assert score.passed == (Fraction(100 * points.earned, possible) >= mark) == (score.scaled >= mark)
    assert score.passed == (points.earned >= percent.needed(mark, possible))
    assert 0 <= score.scaled <= 100
    band = percent.band(points)
    assert 0 <= band.lo <= band.hi <= 100


def test_the_band_is_the_wilson_interval_of_the_points_with_the_number_of_questions() -> None:
    # 13 of 20, z = 1: (13 + .5 -+ sqrt(13 * 7 / 20 + .25)) / 21
    band = percent.band(Points(1300, 2000, 20))
    assert (band.lo, band.hi) == (54, 75)
    assert (percent.band(Points(0, 2000, 20)).lo, percent.band(Points(2000, 2000, 20)).hi) == (0, 100)
