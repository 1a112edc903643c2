"""Test that the probabilities of many reports at once are those of each alone."""

import random

import pytest

from exams.psychometrics import precision, scaling
from exams.psychometrics.outlooks import FORMS_AT_ONCE, outlooks


def test_many_at_once_are_the_same_as_each_alone() -> None:
    rng = random.Random(1)
    lines = [scaling.rated_line([rng.randint(30, 95) for _ in range(50)]) for _ in range(FORMS_AT_ONCE + 6)]
    lines.append(scaling.calibrated_line([rng.gauss(-1, 1) for _ in range(50)]))
    results = [(rng.choice((0, 20, 34, 35, 50)), line) for line in lines]
    for found, (raw, line) in zip(outlooks(results), results, strict=True):
        alone = precision.outlook(raw, line)
        assert (found.at_or_above, found.pass_again) == pytest.approx((alone.at_or_above, alone.pass_again), abs=1e-10)


def test_nothing_gives_nothing() -> None:
    assert outlooks([]) == []
