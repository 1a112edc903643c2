"""Test that fingerprints ignore markup, capitals and the order of options."""

from dataclasses import replace

import pytest

from questions.content.fingerprint import (
    differ_in_marks_alone,
    fingerprint,
    fingerprint_without_key,
    normalized,
)
from questions.content.schema import OptionContent, QuestionContent

QUESTION = QuestionContent(
    "one", "Which **step**?", (OptionContent("a", True, "Use `pip`."), OptionContent("b", False, "Wait."))
)


def test_markup_capitals_and_order_of_options_make_no_difference() -> None:
    first, second = QUESTION.options
    same = replace(QUESTION, id="two", stem="which step?", options=(second, replace(first, id="z", text="Use pip.")))
    assert fingerprint(same) == fingerprint(QUESTION)
    assert normalized("| A | b |\n|---|---|\n| 1 | 2 |") == "ab12"


@pytest.mark.parametrize("changes", [{"stem": "Which steps?"}, {"options": QUESTION.options[:1]}])
def test_another_stem_or_other_options_make_another_fingerprint(changes: dict[str, object]) -> None:
    assert fingerprint(replace(QUESTION, **changes)) != fingerprint(QUESTION)  # type: ignore[arg-type]


def test_another_key_makes_another_fingerprint() -> None:
    moved = tuple(replace(option, correct=not option.correct) for option in QUESTION.options)
    assert fingerprint(replace(QUESTION, options=moved)) != fingerprint(QUESTION)


def test_nothing_of_the_key_goes_into_the_fingerprint_without_it() -> None:
    moved = tuple(replace(option, correct=not option.correct) for option in QUESTION.options)
    assert fingerprint_without_key(replace(QUESTION, options=moved)) == fingerprint_without_key(QUESTION)
    assert fingerprint_without_key(replace(QUESTION, stem="Which steps?")) != fingerprint_without_key(QUESTION)


def test_options_that_exchange_their_texts_are_more_than_another_spelling() -> None:
    first, second = QUESTION.options
    assert differ_in_marks_alone(QUESTION, replace(QUESTION, stem="Which  *step*?", options=(second, first)))
    exchanged = (replace(first, id="b"), replace(second, id="a"))
    assert not differ_in_marks_alone(QUESTION, replace(QUESTION, options=exchanged))
