"""Test that questions of any format are refused for the same reasons, with instructions."""

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.formats.refusals import code_from_text, kind_for_keys, refusal_reasons

SHORT_ROWS = "|a" * 60 + "|\n" + "|-" * 60 + "|\n" + "|a\n" * 60


def question(*texts: str, keys: str = "a", stem: str = "Which one fits?") -> QuestionContent:
    options = tuple(OptionContent(code, code in keys, text) for code, text in zip("abcdefghijkl", texts, strict=False))
    return QuestionContent(id="q", stem=stem, options=options, kind=kind_for_keys(len(keys)))


def test_a_valid_question_is_accepted() -> None:
    assert refusal_reasons(question("One.", "Two.", "Three.")) == ()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (question("One.", "Two.", "Three.", keys=""), "No option is marked as correct"),
        (question("One.", "Two.", "Three.", keys="abc"), "All options are marked as correct"),
        (question("One.", "Two."), "has 2 options, but at least 3"),
        (question(*(f"Option number {number}." for number in range(11))), "has 11 options, but at most 10"),
        (question("One.", "Two.", "two"), "Option C: This option differs from option B only in capitals"),
        (question("One.", "Two.", ""), "Option C is empty"),
        (question("One.", "Two.", "Three.", stem=" "), "The stem is empty"),
        (
            question("One.", "Two.", "All of the above."),
            "Option C: Do not use 'all of the above' or 'none of the above'",
        ),
        (question("One.", "Two.", "Both A and B"), "Option C: This option refers to other options"),
        (question("One.", "Two.", f"Three.\n\n{SHORT_ROWS}"), "Option C: Rows of a table have many cells less"),
        (
            question("One.", "Two.", "Three.", stem=f"{SHORT_ROWS}\n\nWhich?"),
            "Stem: Rows of a table have many cells less",
        ),
        (question("One.", "Two.", "Three.", keys="ab", stem="Which fit? (Select THREE.)"), "asks for 3, but 2"),
        (question("One.", "Two.", "Three.", keys="a", stem="Which fit? (Choose two.)"), "asks for 2, but 1"),
    ],
)
def test_questions_without_a_fair_answer_are_refused(question: QuestionContent, expected: str) -> None:
    reasons = refusal_reasons(question)
    assert len(reasons) == 1
    assert expected in reasons[0]


def test_an_unstated_number_of_keys_is_left_to_the_lint() -> None:
    assert (
        refusal_reasons(question("One.", "Two.", "Three.", keys="ab", stem="Which fit? (Select all that apply.)")) == ()
    )
    assert refusal_reasons(question("One.", "Two.", "Three.", stem="Which fits? (Choose one.)")) == ()


def test_foreign_ids_become_codes() -> None:
    assert code_from_text("Grant's Tomb (2)") == "grant-s-tomb-2"
    assert code_from_text("???") == ""
    assert len(code_from_text("x" * 200)) == 80
