"""Test guessing strategies: exactly chance without cues, exact hits with cues."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.content.schema import OptionContent, QuestionContent
from questions.lint.guessing_strategies import STRATEGIES, StrategyResult, hit, measure_strategies


def question(stem: str, keys: tuple[int, ...], *texts: str) -> QuestionContent:
    options = tuple(OptionContent("abcdef"[n], n in keys, text) for n, text in enumerate(texts))
    return QuestionContent("q", stem, options, exam_domain=1)


def by_name(*contents: QuestionContent) -> dict[str, StrategyResult]:
    return {result.name: result for result in measure_strategies(contents)}


def test_hits_are_shared_evenly_among_ties() -> None:
    assert hit([3, 1, 1, 1], [True, False, False, False], 1) == 1
    assert hit([1, 3, 1, 1], [True, False, False, False], 1) == 0
    assert hit([2, 2, 1, 1], [True, False, False, False], 1) == 0.5
    assert hit([3, 2, 2, 1, 1], [True, True, False, False, False], 2) == pytest.approx(0.75)
    assert hit([0, 0, 0, 0, 0], [True, True, False, False, False], 2) == pytest.approx(0.4)


@given(st.lists(st.integers(0, 3), min_size=3, max_size=6), st.data())
def test_a_strategy_hits_exactly_chance_over_all_positions_of_the_keys(scores: list[int], data: st.DataObject) -> None:
    take = data.draw(st.integers(1, len(scores) - 1))
    turns = [[(n + turn) % len(scores) < take for n in range(len(scores))] for turn in range(len(scores))]
    mean = sum(hit(scores, keys, take) for keys in turns) / len(turns)
    assert mean == pytest.approx(take / len(scores))


def test_identical_options_give_exactly_chance() -> None:
    results = by_name(question("Which?", (0,), "x", "x", "x", "x"), question("Which?", (1, 2), "x", "x", "x", "x", "x"))
    for name in STRATEGIES:
        assert results[name].hit == pytest.approx(results[name].chance) == pytest.approx((0.25 + 0.4) / 2)
        assert results[name].decided == 0


def test_each_strategy_finds_the_key_that_its_cue_reveals() -> None:
    cues = {
        "longest": question("Which?", (1,), "one", "a much longer one", "two", "ten"),
        "shortest": question("Which?", (1,), "one by one", "a", "two by two", "ten by ten"),
        "stem overlap": question("Loaves are sold. Which?", (2,), "drop rows", "add rows", "count loaves", "cut rows"),
        "like the others": question("Which?", (0,), "red big cat", "red big dog", "red old cat", "ten odd men"),
        "odd one out": question("Which?", (3,), "red big cat", "red big dog", "red old cat", "ten odd men"),
        "hedges": question("Which?", (2,), "it is red", "it is big", "it may be", "it is old"),
        "no absolutes": question("Which?", (2,), "never red", "always big", "it is so", "only old"),
        "numbers": question("Which?", (2,), "red", "big", "the 2 of 3", "old"),
        "capitals": question("Which?", (2,), "Use it", "Use all", "Use Amazon S3", "Use one"),
    }
    assert set(cues) == set(STRATEGIES)
    for name, content in cues.items():
        assert by_name(content)[name].hit == 1, name
        assert not by_name(content)[name].passes


def test_the_length_of_numbers_is_not_a_cue() -> None:
    results = by_name(question("Which?", (0,), "1,000 shards", "2 shards", "3 shards", "4 shards"))
    assert results["longest"].hit == results["longest"].chance == 0.25


def test_a_position_beyond_the_options_is_a_guess() -> None:
    four = question("Which?", (0,), "a", "b", "c", "d")
    six = question("Which?", (0, 4, 5), "a", "b", "c", "d", "e", "f")
    results = by_name(four, six)
    assert (results["position 1"].hit, results["position 1"].questions) == (1, 2)
    assert results["position 1"].chance == pytest.approx((0.25 + 0.5) / 2)
    assert results["position 5"].hit == pytest.approx((0.25 + 1) / 2)
    assert (results["position 5"].decided, results["position 5"].questions) == (1, 2)


@pytest.mark.slow
def test_random_keys_are_hit_close_to_chance() -> None:
    draw = random.Random(7)
    words = ["train", "drop", "scale", "add", "cut", "count", "rows", "shops", "Amazon", "never", "may", "12", "7"]
    contents = [
        question(
            "Which rows?",
            (draw.randrange(4),),
            *(" ".join(draw.choices(words, k=draw.randint(2, 9))) for _ in range(4)),
        )
        for _ in range(2000)
    ]
    assert [result.name for result in measure_strategies(contents) if not result.passes] == []


def test_questions_without_key_are_left_out() -> None:
    assert measure_strategies([question("Which?", (), "a", "b")]) == []
