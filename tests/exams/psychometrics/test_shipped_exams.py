"""Test that the shipped banks are large enough for the exams that their documentation promises."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from exams.psychometrics.drawing import Exposures, PoolItem, Recipe, draw_plan

BANKS = Path(__file__).parents[3] / "questions" / "bank"


@dataclass(frozen=True)
class Shipped:
    """The pool of a shipped bank with its pairs of enemies, questions numbered by their codes; what an exam asks."""

    recipe: Recipe
    exams: int  # without a repeated question
    pool: list[PoolItem]
    enemies: list[tuple[int, int]]
    points: dict[int, list[str]]


WEIGHTS = {"mls-c01": {1: 20, 2: 24, 3: 36, 4: 20}, "mla-c02": {1: 28, 2: 24, 3: 24, 4: 24}}
EXAMS = {"mls-c01": 10, "mla-c02": 6}


@pytest.fixture(scope="module", params=list(EXAMS))
def shipped(request) -> Shipped:
    texts = [yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted(BANKS.glob(f"{request.param}/*/*.yaml"))]
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
    points = {question["number"]: question["points"] for question in questions.values()}
    recipe = Recipe(scored=50, unscored=15, weights=WEIGHTS[request.param])
    return Shipped(recipe, EXAMS[request.param], pool, enemies, points)


def exams_in_a_row(shipped: Shipped, count: int, seed: int):
    """Yield the plans of the exams that one candidate gets."""
    last_shown: dict[int, int] = {}
    for number in range(count):
        plan = draw_plan(shipped.recipe, shipped.pool, last_shown, Exposures(), shipped.enemies, f"{seed}-{number}")
        yield plan
        last_shown |= {slot.revision: number for slot in plan.slots}


@pytest.mark.parametrize("seed", range(3))
def test_exams_in_a_row_repeat_no_question(shipped: Shipped, seed: int) -> None:
    for plan in exams_in_a_row(shipped, shipped.exams, seed):
        assert not [slot for slot in plan.slots if slot.repeat]
        assert not plan.relaxations


@pytest.mark.parametrize("seed", range(3))
def test_ten_exams_ask_every_point(shipped: Shipped, seed: int) -> None:
    asked = {
        point
        for plan in exams_in_a_row(shipped, 10, seed)
        for slot in plan.slots
        for point in shipped.points[slot.revision]
    }
    assert {point for points in shipped.points.values() for point in points} - asked == set()


@pytest.mark.parametrize("exams", [1, 3])
def test_topics_with_more_questions_are_asked_two_to_three_times_as_often(exams: int) -> None:
    # As the bank of 660 is planned: a quarter of the topics are staples with 11 questions, the others have 3 or 4.
    pool: list[PoolItem] = []
    for domain, size in {1: 132, 2: 162, 3: 234, 4: 132}.items():
        topics = round(size / 5.5)
        stock = [11 if topic % 4 == 0 else 3 + topic % 2 for topic in range(topics)]
        for topic, count in enumerate(stock):
            pool += [
                PoolItem(
                    number, number, domain, f"{'staple' if count == 11 else 'other'} {domain}.{topic}", 60 + n * 5 % 20
                )
                for n, number in enumerate(range(len(pool) + 1, len(pool) + 1 + count))
            ]
    topics_of = Counter(name.split()[0] for name in {item.topic or "" for item in pool})
    bank = Shipped(Recipe(scored=50, unscored=15, weights=WEIGHTS["mls-c01"]), exams, pool, [], {})
    kind = {item.revision: (item.topic or "").split()[0] for item in pool}
    asked = Counter(
        kind[slot.revision] for seed in range(10) for plan in exams_in_a_row(bank, exams, seed) for slot in plan.slots
    )
    ratio = asked["staple"] / topics_of["staple"] / (asked["other"] / topics_of["other"])
    assert 2 <= ratio <= 3
