"""Questions of any format are refused for the same reasons, in sentences that say what to do."""

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.formats.refusals import code_of, kind_of, refusals


def draft(*texts: str, keys: str = "a", stem: str = "Which one fits?") -> QuestionContent:
    options = tuple(
        OptionContent(code, code in keys, text) for code, text in zip("abcdefghijkl", texts, strict=False)
    )  # fmt: skip
    return QuestionContent(id="q", stem=stem, options=options, kind=kind_of(len(keys)))


def test_a_sound_question_is_taken() -> None:
    assert refusals(draft("One.", "Two.", "Three.")) == ()


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (draft("One.", "Two.", "Three.", keys=""), "No option is marked as correct"),
        (draft("One.", "Two.", "Three.", keys="abc"), "All options are marked as correct"),
        (draft("One.", "Two."), "has 2 options, and at least 3"),
        (draft(*(f"Option number {number}." for number in range(11))), "has 11 options, and at most 10"),
        (draft("One.", "Two.", "two"), "Option c: This option is the same as 'b'"),
        (draft("One.", "Two.", ""), "Option c is empty"),
        (draft("One.", "Two.", "Three.", stem=" "), "The stem is empty"),
        (draft("One.", "Two.", "All of the above."), "Option c: 'All' or 'none of the above'"),
        (draft("One.", "Two.", "Both A and B"), "Option c: This option combines others"),
        (draft("One.", "Two.", "Three.", keys="ab", stem="Which fit? (Select THREE.)"), "asks for 3, but 2"),
        (draft("One.", "Two.", "Three.", keys="a", stem="Which fit? (Choose two.)"), "asks for 2, but 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_fairly_is_refused(question: QuestionContent, says: str) -> None:
    reasons = refusals(question)
    assert len(reasons) == 1
    assert says in reasons[0]


def test_a_number_of_keys_that_is_not_said_is_left_to_the_lint() -> None:
    assert refusals(draft("One.", "Two.", "Three.", keys="ab", stem="Which fit? (Select all that apply.)")) == ()
    assert refusals(draft("One.", "Two.", "Three.", stem="Which fits? (Choose one.)")) == ()


def test_foreign_ids_become_codes() -> None:
    assert code_of("Grant's Tomb (2)") == "grant-s-tomb-2"
    assert code_of("???") == ""
    assert len(code_of("x" * 200)) == 80
