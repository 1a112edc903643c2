"""Test wordings: bits, hashes and rendered rows."""

from dataclasses import replace

from questions.models import Option, Question
from questions.services import wordings
from tests.questions.services.two_keys import CONTENT

CODES = ["a", "b", "c", "d"]


def options(bits: dict[str, int]) -> list[Option]:
    """Return the unsaved options of an earlier wording."""
    return [Option(code=code, ordinal=ordinal, bit=bit) for ordinal, (code, bit) in enumerate(bits.items())]


def test_the_written_order_cannot_be_told_from_the_bits() -> None:
    drawn = [wordings.option_bits(CODES) for _ in range(400)]
    assert {tuple(sorted(bits.values())) for bits in drawn} == {(0, 1, 2, 3)}
    for code in CODES:
        assert {[bits[code] for bits in drawn].count(bit) > 60 for bit in range(4)} == {True}, "it has every bit"


def test_two_servers_that_load_the_same_question_give_its_options_other_bits() -> None:
    question, content = Question(code=CONTENT.id), CONTENT
    servers = [wordings.compose(question, content, 1).options for _ in range(20)]
    assert len({tuple(option.bit for option in rows) for rows in servers}) > 1


def test_options_keep_their_bits_in_later_wordings_and_a_new_one_takes_the_place_that_is_free() -> None:
    first = wordings.option_bits(CODES)
    assert wordings.option_bits(CODES[::-1], options(first)) == first
    second = wordings.option_bits(["x", "a", "b", "d"], options(first))
    assert second == {"x": first["c"], "a": first["a"], "b": first["b"], "d": first["d"]}
    work = options({"a": 3, "b": 2, "c": 1, "y": 0})
    published = options({"a": 0, "b": 1, "c": 2, "d": 3})
    assert wordings.option_bits(["a", "b", "y", "d"], published, work) == {"a": 0, "b": 1, "d": 3, "y": 2}


def test_an_option_that_is_added_does_not_get_the_last_bit() -> None:
    earlier = options(dict(zip(CODES, range(4), strict=True)))
    drawn = [wordings.option_bits([*CODES, "e"], earlier)["e"] for _ in range(100)]
    assert set(drawn) == set(range(5))


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
