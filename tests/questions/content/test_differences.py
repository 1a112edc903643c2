"""Test the differences of two texts word by word, and of two questions part by part."""

from dataclasses import replace
from typing import Any

import pytest

from questions.content.differences import ChangedPart, changed_parts, is_same_question, keys_differ, word_changes
from questions.content.schema import OptionContent, QuestionContent
from tests.authoring import CONTENT


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("a cat sat", "a dog sat", [("", "a "), ("del", "cat"), ("ins", "dog"), ("", " sat")]),
        ("same", "same", [("", "same")]),
        ("", "new", [("ins", "new")]),
        ("old", "", [("del", "old")]),
        ("Which?", "Which one?", [("", "Which"), ("ins", " one"), ("", "?")]),
    ],
)
def test_word_changes_are_unchanged_deleted_and_inserted(
    before: str, after: str, pieces: list[tuple[str, str]]
) -> None:
    assert [(piece.change, piece.text) for piece in word_changes(before, after)] == pieces


def test_both_texts_can_be_restored() -> None:
    before, after = "One | two |\n\n`three`  four.", "One | 2 |\n`three` four, five."
    pieces = list(word_changes(before, after))
    assert "".join(piece.text for piece in pieces if piece.change != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.change != "del") == after


def test_only_parts_that_differ_are_returned() -> None:
    a, b, *rest = CONTENT.options
    other = replace(
        CONTENT,
        options=(replace(a, correct=False), replace(b, correct=True, rationale="New."), *rest[:1]),
        license="CC0",
    )
    assert [(part.name, part.option) for part in changed_parts(CONTENT, other)] == [
        ("key", "a"),
        ("key", "b"),
        ("rationale", "b"),
        ("option", "d"),
        ("key", "d"),
        ("rationale", "d"),
        ("license", ""),
    ]
    assert changed_parts(CONTENT, other)[0] == ChangedPart("key", "a", "key", "no key")
    assert changed_parts(CONTENT, CONTENT) == []


def test_options_have_the_letters_of_their_order_in_the_newer_version() -> None:
    a, _b, c, *rest = CONTENT.options
    other = replace(CONTENT, options=(replace(c, text="New."), replace(a, text="Old."), *rest))
    assert [(part.option, part.letter) for part in changed_parts(CONTENT, other) if part.name == "option"] == [
        ("c", "A"),
        ("a", "B"),
        ("b", "B (removed)"),
    ]


@pytest.mark.slow
def test_long_texts_are_compared_sentence_by_sentence() -> None:
    """Comparing all words of both texts would take minutes here."""
    sentences = [f"Row {n} of the table is read by the job of the bakery in the night." for n in range(3000)]
    changed = [
        sentence.replace("night", "morning") if n % 20 == 0 else sentence for n, sentence in enumerate(sentences)
    ]
    pieces = list(word_changes(" ".join(sentences), " ".join(changed)))
    assert [piece.text for piece in pieces if piece.change == "ins"] == ["morning"] * 150
    other = " ".join(f"Other word {n} stands here now" for n in range(9000))
    assert [piece.change for piece in word_changes(other, other.replace("stands", "is"))] == ["del", "ins"]


READ, WAIT = OptionContent("a", True, "Read all rows."), OptionContent("b", False, "Wait 5 days.")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"stem": "A bakery has 12 ovens. Which step is right, then?"}, True),
        ({"stem": "A bakery has 13 ovens. Which step is right?"}, False),
        ({"options": (replace(READ, text="Read every row!"), WAIT)}, True),
        ({"options": (replace(READ, correct=False), replace(WAIT, correct=True))}, False),
        ({"options": (READ, replace(WAIT, text="Wait 6 days."))}, False),
        ({"options": (READ,)}, False),
        ({"options": (replace(READ, text=WAIT.text), replace(WAIT, text=READ.text))}, False),
    ],
)
def test_another_key_number_of_options_or_figure_is_another_question(changes: dict[str, Any], same: bool) -> None:
    question = QuestionContent("own", "A bakery has 12 ovens. Which step is right?", (READ, WAIT))
    assert is_same_question(question, replace(question, **changes)) == same


def test_a_key_and_another_option_that_exchange_their_texts_change_the_key() -> None:
    norway, italy, spain = (
        OptionContent("a", True, "Norway"),
        OptionContent("b", False, "Italy"),
        OptionContent("c", False, "Spain"),
    )
    question = QuestionContent("own", "Where?", (norway, italy, spain))
    exchanged = replace(question, options=(replace(norway, text="italy "), replace(italy, text="Norway"), spain))
    assert keys_differ(question, exchanged)
    assert not is_same_question(question, exchanged)
    small, capital = OptionContent("a", True, "`-d`"), OptionContent("b", False, "`-D`")
    code = replace(question, options=(small, capital))
    assert not keys_differ(code, replace(code, stem="Which one?")), "capitals of code tell options apart"
    assert keys_differ(code, replace(code, options=(replace(small, text="`-D`"), replace(capital, text="`-d`"))))
    others = replace(question, options=(norway, replace(italy, text="Spain"), replace(spain, text="Italy")))
    assert not keys_differ(question, others)
