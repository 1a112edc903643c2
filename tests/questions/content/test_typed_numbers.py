"""Test that whole numbers are read from digits only, within a limit; everything else gives the default."""

import pytest

from questions.content.typed_numbers import MAX_NUMBER, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), (str(MAX_NUMBER), MAX_NUMBER)])
def test_digits_give_their_number(text: str, number: int) -> None:
    assert whole_number(text, None) == number


@pytest.mark.parametrize("text", [None, "", " 7", "-7", "+7", "7.0", "1e3", "١٢", "²", "seven", "9" * 16, "9" * 5000])
def test_other_text_gives_the_default(text: str | None) -> None:
    assert whole_number(text, None) is None
    assert whole_number(text, -1) == -1


def test_a_number_above_the_maximum_gives_the_default() -> None:
    assert whole_number("30", None, maximum=30) == 30
    assert whole_number("31", None, maximum=30) is None
