"""The two probabilities agree with the reference vectors, and with a computation at each ability."""

import json
import random
from pathlib import Path

import pytest

from exams.psychometrics import outlook as outlooks
from exams.psychometrics.outlook import Outlook, outlook, outlook_by_nodes
from exams.psychometrics.scaling import EVERYBODY, PassLine, calibrated_line, rated_line

VECTORS = json.loads((Path(__file__).parent / "data" / "scoring_vectors.json").read_text())["vectors"]

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])


@each_vector
def test_the_two_probabilities_of_every_raw_score(vector):
    line = rated_line(vector["ratings_pct"])
    for row in vector["rows"]:
        result = outlook(row["raw"], line)
        assert result.at_or_above == pytest.approx(row["p_at_or_above"], abs=5e-4)
        assert result.pass_again == pytest.approx(row["p_pass_again"], abs=5e-4)


def same(one: Outlook, other: Outlook) -> bool:
    return (one.at_or_above, one.pass_again) == pytest.approx((other.at_or_above, other.pass_again), abs=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 10, 50, 100])
def test_powers_give_the_same_as_each_ability(n: int) -> None:
    rng = random.Random(n)
    lines = [rated_line([rng.randint(5, 97) for _ in range(n)]), calibrated_line([rng.gauss(-1, 2) for _ in range(n)])]
    for line in lines:
        for raw in {0, 1, n // 2, line.raw_cut, n}:
            assert same(outlook(raw, line), outlook_by_nodes(raw, line))


def test_a_point_that_everybody_has_says_nothing_about_ability() -> None:
    line = rated_line([70] * 40, credited=2)
    assert line.difficulties.count(EVERYBODY) == 2
    assert same(outlook(30, line), outlook_by_nodes(30, line))
    without = PassLine(line.exact - 2, line.difficulties[:40])
    assert same(outlook(30, line), outlook(28, without))


def test_exams_with_more_questions_than_floats_have_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    line = rated_line([70] * 300)
    assert 0 < outlook(210, line).pass_again < 1
    monkeypatch.setattr(outlooks, "MAX_QUESTIONS", 20)
    line = rated_line([70] * 30)
    assert outlook(20, line) == outlook_by_nodes(20, line)
