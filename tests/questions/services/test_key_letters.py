"""Test how a key is named: by the letters of its options, and of a second one."""

from collections.abc import Sequence

import pytest

from questions.services.key_letters import key_letters


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (["w", ""], "A"),
        (["wy", ""], "A, C"),
        (["x", "yw"], "A, C or B"),
        (["", ""], ""),
    ],
)
def test_keys_are_named_by_letters_in_their_order(keys: Sequence[str], named: str) -> None:
    assert key_letters("wxyz", keys) == named
