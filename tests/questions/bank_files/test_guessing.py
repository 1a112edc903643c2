"""Test that somebody who knows all tricks of test takers, but no subject, gains little in the shipped banks."""

from collections.abc import Callable
from random import Random

import pytest
from django.conf import settings

from questions.content.schema import OptionContent, QuestionContent
from tests.guessing import gains, learned_gain, questions_of

GOAL = 0.06  # above chance
BANKS = ("mls-c01", "mla-c02")
LEARNED_BOUND = 0.10
WORDS = [
    "bucket",
    "cluster",
    "endpoint",
    "feature",
    "gradient",
    "metric",
    "notebook",
    "pipeline",
    "record",
    "schema",
    "shard",
    "tensor",
]


def made(text: Callable[[Random, bool], str], n: int = 200) -> list[QuestionContent]:
    """Return questions whose options are made from chance and from whether they are correct."""
    random = Random(5)
    questions = []
    for number in range(n):
        key = random.randrange(4)
        options = tuple(OptionContent("abcd"[place], place == key, text(random, place == key)) for place in range(4))
        questions.append(QuestionContent(f"q{number}", "A bank stores data. Which step is next?", options))
    return questions


def words(random: Random, n: int) -> str:
    return " ".join(random.choices(WORDS, k=n))


@pytest.mark.slow
@pytest.mark.parametrize("one_key", [False, True], ids=["all kinds", "one key"])
@pytest.mark.parametrize("bank", BANKS)
def test_no_cue_of_the_options_tells_the_key(bank: str, one_key: bool) -> None:
    told = gains(questions_of(settings.BANKS_DIR / bank, one_key=one_key))
    assert {name: round(above, 3) for name, above in told.items() if above > GOAL} == {}


@pytest.mark.slow
@pytest.mark.parametrize("bank", BANKS)
def test_a_model_that_has_learned_all_cues_gains_little_in_new_questions(bank: str) -> None:
    assert learned_gain(questions_of(settings.BANKS_DIR / bank)) <= LEARNED_BOUND


@pytest.mark.slow
def test_options_by_chance_tell_nothing() -> None:
    questions = made(lambda random, _correct: words(random, random.randint(3, 9)), 600)
    assert max(gains(questions).values()) < GOAL
    assert learned_gain(questions) < GOAL


@pytest.mark.slow
def test_long_keys_and_negated_distractors_are_found() -> None:
    long_keys = made(lambda random, correct: words(random, 9 if correct else 6))
    assert gains(long_keys)["most length"] > 0.5
    negated = made(lambda random, correct: f"{'Use' if correct else 'Never use'} {words(random, 5)}")
    assert gains(negated)["least negation"] > 0.5


@pytest.mark.slow
def test_a_model_joins_cues_that_are_weak_alone() -> None:
    def text(random: Random, correct: bool) -> str:
        commas = "," * (random.random() < (0.75 if correct else 0.25))
        digits = "7" * (random.random() < (0.75 if correct else 0.25))
        code = "`x`" * (random.random() < (0.75 if correct else 0.25))
        return f"{words(random, 6)} {code} {digits}{commas}"

    questions = made(text, 400)
    assert learned_gain(questions) > max(gains(questions).values()) + 0.05
