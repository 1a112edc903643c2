"""Test wordings: bits, hashes and rendered rows."""

import hashlib
from dataclasses import replace

from questions.services import wordings
from tests.questions.services.two_keys import CONTENT


def test_bits_are_ranks_of_hashes_and_do_not_reveal_the_order() -> None:
    codes = ["a", "b", "c", "d"]
    bits = wordings.option_bits("some-question", codes)
    assert sorted(bits.values()) == [0, 1, 2, 3]
    by_hash = sorted(codes, key=lambda code: hashlib.sha256(f"some-question{code}".encode()).hexdigest())
    assert sorted(codes, key=lambda code: bits[code]) == by_hash
    assert wordings.option_bits("some-question", codes[::-1]) == bits
    first = [wordings.option_bits(f"question-{n}", codes)["a"] for n in range(400)]
    assert {first.count(bit) > 60 for bit in range(4)} == {True}, "the first authored option has every bit"


def test_the_hash_covers_the_wording_and_nothing_else() -> None:
    same = wordings.wording_sha256(CONTENT)
    assert same == wordings.wording_sha256(replace(CONTENT, explanation="Else.", rating=10, status="live", revision=9))
    a, *rest = CONTENT.options
    for other in (
        replace(CONTENT, kind="multiple-choice"),
        replace(CONTENT, stem="?"),
        replace(CONTENT, options=(replace(a, correct=False), *rest)),
        replace(CONTENT, options=(replace(a, text="Else."), *rest)),
        replace(CONTENT, options=(replace(a, id="z"), *rest)),
    ):
        assert wordings.wording_sha256(other) != same
