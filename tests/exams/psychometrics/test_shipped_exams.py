"""Test that the shipped bank is large enough for the exams that its documentation promises."""

from pathlib import Path

import pytest
import yaml

from exams.psychometrics.drawing import Exposures, PoolItem, Recipe, draw_plan

BANK = Path(__file__).parents[3] / "questions/bank/mls-c01"
RECIPE = Recipe(scored=50, unscored=15, weights={1: 20, 2: 24, 3: 36, 4: 20})


@pytest.fixture(scope="module")
def shipped():
    """Return the pool of the shipped bank and its pairs of enemies, questions numbered by their codes."""
    texts = [yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted(BANK.glob("*/*.yaml"))]
    questions = {
        text["id"]: text | {"number": number}
        for number, text in enumerate((text for text in texts if text["status"] in ("live", "pilot")), 1)
    }
    pool = [
        PoolItem(
            question["number"],
            question["number"],
            int(question["task"][0]),
            question["topic"],
            question["rating"],
            pilot=question["status"] == "pilot",
        )
        for question in questions.values()
    ]
    enemies = [
        (question["number"], questions[enemy]["number"])
        for question in questions.values()
        for enemy in question["enemies"]
        if enemy in questions
    ]
    return pool, enemies


@pytest.mark.parametrize("seed", range(3))
def test_eight_exams_in_a_row_repeat_no_question(shipped, seed) -> None:
    pool, enemies = shipped
    last_shown: dict[int, int] = {}
    for number in range(8):
        plan = draw_plan(RECIPE, pool, last_shown, Exposures(), enemies, f"{seed}-{number}")
        assert not [slot for slot in plan.slots if slot.repeat]
        assert not plan.relaxations
        last_shown |= {slot.revision: number for slot in plan.slots}
