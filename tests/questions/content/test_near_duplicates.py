"""Test that the near-duplicate index finds exactly the pairs that a comparison of all pairs finds."""

import os
import random
import subprocess
import sys

import pytest

from questions.content.near_duplicates import MAX_COMPARED, THRESHOLD, NearDuplicateIndex, sequences
from questions.content.schema import OptionContent, QuestionContent


def question(code: str, stem: str, *options: str) -> QuestionContent:
    contents = tuple(OptionContent("abcd"[n], n == 0, text) for n, text in enumerate(options))
    return QuestionContent(code, stem, contents, exam_domain=1)


@pytest.mark.slow
def test_the_index_agrees_with_comparing_all_pairs() -> None:
    draw = random.Random(3)
    words = [f"w{n}" for n in range(40)]
    contents = []
    for n in range(120):
        stem = draw.choices(words, k=30)
        contents.append(question(f"q{n}", " ".join(stem), "one two three four five"))
        for place in draw.sample(range(30), k=n % 8):
            stem[place] = draw.choice(words)
        contents.append(question(f"q{n}-again", " ".join(stem), "one two three four five"))
    index = NearDuplicateIndex(contents)
    sets = {content.id: sequences(content) for content in contents}
    pairs = {(content.id, other) for content in contents for other, _ in index.matches(content).found}
    wanted = {
        (one, other)
        for one in sets
        for other in sets
        if one != other and len(sets[one] & sets[other]) / len(sets[one] | sets[other]) >= THRESHOLD
    }
    assert pairs == wanted
    assert len(wanted) > 50


def test_the_order_of_options_and_tables_make_no_difference() -> None:
    one = question(
        "one", "A bakery sells many loaves. Which?\n\n| a |\n|---|\n| 1 |", "use all the rows", "drop all the rows"
    )
    other = question("other", "A bakery sells many loaves. Which?", "drop all the rows", "use all the rows")
    assert NearDuplicateIndex([one, other]).matches(one).found == [("other", 1.0)]


def test_a_question_that_is_not_in_the_index_can_be_matched() -> None:
    known = question("known", "A bakery sells many loaves of bread in town. Which?", "yes", "no")
    fresh = question("fresh", "A bakery sells many loaves of bread in town. Why?", "yes", "no")
    assert [code for code, _ in NearDuplicateIndex([known]).matches(fresh).found] == ["known"]
    assert NearDuplicateIndex([]).matches(fresh).found == []


def by_a_pattern(number: int, end: str) -> QuestionContent:
    """Return a question that shares half of its sequences with all others of the pattern: too few to be a near copy."""
    return question(f"q{number}", f"A baker has many loaves and wants to sell them all by noon. {end}", "yes", "no")


def test_of_thousands_by_one_pattern_a_few_hundred_are_compared_and_the_near_copy_is_among_them() -> None:
    ends = [" ".join(f"w{number}x{n}" for n in range(9)) for number in range(3 * MAX_COMPARED)]
    index = NearDuplicateIndex(by_a_pattern(number, end) for number, end in enumerate(ends))
    copy = by_a_pattern(-1, f"{ends[-1]} again")
    assert [code for code, _share in index.matches(copy).found] == [f"q{len(ends) - 1}"]
    assert index.matches(copy).is_cut
    other = question("other", "Something quite different is asked here, is it not?", "yes", "no")
    assert not index.matches(other).is_cut


def test_the_comparison_is_cut_with_one_more_question_than_are_compared() -> None:
    by_number = [by_a_pattern(number, f"Which? {number}") for number in range(MAX_COMPARED + 2)]
    index = NearDuplicateIndex(by_number[: MAX_COMPARED + 1])
    assert not index.matches(by_number[0]).is_cut, "the question itself is none of those"
    index.put(by_number[-1:])
    assert index.matches(by_number[0]).is_cut


def test_each_process_compares_a_question_with_the_same_of_too_many() -> None:
    """Sets of ids had another order in each process: one found a near copy that another one missed."""
    script = (
        "from tests.questions.content.test_near_duplicates import MAX_COMPARED, NearDuplicateIndex, by_a_pattern\n"
        "index = NearDuplicateIndex(by_a_pattern(n, f'Which? {n}') for n in range(2 * MAX_COMPARED))\n"
        "index.drop(['q3', 'q5'])\n"
        "print(sorted(code for code, _share in index.matches(by_a_pattern(-1, 'Which?')).found))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_a_question_is_near_no_more_than_those_that_it_is_compared_with() -> None:
    index = NearDuplicateIndex(by_a_pattern(number, f"Which? {number}") for number in range(MAX_COMPARED + 100))
    assert len(index.matches(by_a_pattern(-1, "Which?")).found) == MAX_COMPARED


def test_an_index_after_changes_equals_a_new_one() -> None:
    """After any changes, the index finds the same pairs as a new index."""
    draw = random.Random(5)
    index = NearDuplicateIndex([])
    standing: dict[str, QuestionContent] = {}
    n_matches = 0
    for _ in range(30):
        # Two halves of a stem from a small set: some stems share one half and are near duplicates.
        halves = [" ".join(f"w{half}x{n}" for n in range(9)) for half in draw.choices(range(6), k=16)]
        fresh = [question(f"q{draw.randrange(40)}", f"{halves[n]} {halves[n + 8]}", "one two") for n in range(8)]
        last = {row.id: row for row in fresh}
        gone = draw.sample(sorted(standing), k=min(3, len(standing)))
        index.drop(gone)
        for code in gone:
            del standing[code]
        index.put(last.values())
        standing |= last
        new_index = NearDuplicateIndex(standing.values())
        for row in standing.values():
            assert index.matches(row).found == new_index.matches(row).found
            n_matches += len(index.matches(row).found)
    assert n_matches
