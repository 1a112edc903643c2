"""Test questions as typed or pasted text: numbers, letters and answers in common notations."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.schema import OptionContent
from questions.formats import lettered_text
from questions.formats.parsed import ParsedQuestion

OPTIONS = "A) One\nB) Two\nC) Three\n"


def parse(text: str) -> tuple[ParsedQuestion, ...]:
    parsed_file = lettered_text.read(text.encode(), "q.txt")
    assert parsed_file.faults == ()
    return parsed_file.questions


def keys(text: str) -> list[str]:
    (question,) = parse(text)
    assert question.refusals == ()
    assert question.content is not None
    return [option.id for option in question.content.keys]


@pytest.mark.parametrize(
    "options",
    [
        "A) One B) Two C) Three\n",
        "A. One   B. Two\nC. Three\n",
        "(a) One\t(b) Two\t(c) Three\n",
        "A) One\nB) Two    C) Three\n",
    ],
)
def test_options_may_stand_on_one_line(options: str) -> None:
    (parsed,) = parse(f"1. Which?\n{options}Answer: B\n")
    assert parsed.content is not None
    assert [option.text for option in parsed.content.options] == ["One", "Two", "Three"]
    assert [option.id for option in parsed.content.keys] == ["b"]


@pytest.mark.parametrize("text", ["Compare b) and c)", "Plan a. and b. of it", "See (a) and (c)", "A) or B) fits"])
def test_letters_inside_an_option_start_no_option(text: str) -> None:
    (parsed,) = parse(f"1. Which?\nA) {text}\nB) Two\nC) Three\nAnswer: B\n")
    assert parsed.content is not None
    assert [option.text for option in parsed.content.options] == [text, "Two", "Three"]


def test_a_whole_question_is_read() -> None:
    (parsed,) = parse(
        "12. A company has\n\n• a lake\n• a house\n\n1. step\n2. step\n\n```\nA) code\n```\nWhich fit? (Select TWO.)\n"
        "A) One\n   and more\n\nB) Two\n\nC) Three\n\n"
        "Answer: A, C\nExplanation: Because.\n\n1. So it is.\nA) is not meant.\n"
    )
    question = parsed.content
    assert question is not None
    assert question.stem == (
        "A company has\n\n- a lake\n- a house\n\n1. step\n2. step\n\n```\nA) code\n```\nWhich fit? (Select TWO.)"
    )
    assert question.options == (
        OptionContent("a", True, "One\nand more"),
        OptionContent("b", False, "Two"),
        OptionContent("c", True, "Three"),
    )
    assert question.explanation == "Because.\n\n1. So it is.\nA) is not meant."
    assert (parsed.line, question.kind, question.lines["options.b.text"]) == (1, "multiple-response", 16)


@pytest.mark.parametrize(
    "options", ["A) One\nB) Two\nC) Three", "a. One\nb. Two\nc. Three", "(A) One\n(B) Two\n(C) Three"]
)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Answer: B", "b"),
        ("answer: b.", "b"),
        ("Answers: A, C", "ac"),
        ("ANSWER: A and C", "ac"),
        ("Correct answer: (C)", "c"),
        ("Correct Answers: AC", "ac"),
        ("**Answer:** B) Two", "b"),
        ("Answer: Two.", "b"),
        ("Ans - C", "c"),
    ],
)
def test_letters_and_answers_are_read_in_many_notations(options: str, answer: str, expected: str) -> None:
    assert keys(f"1) Which?\n{options}\n{answer}\n") == list(expected)


def test_a_star_marks_a_key() -> None:
    assert keys("Which?\nA) One\n*B) Two\nC) Three\n") == ["b"]
    assert keys("Which?\n*a. One\n* b. Two\nc. Three\nAnswer: a, b") == ["a", "b"]


@pytest.mark.parametrize(
    "start", ["{}. ", "{}) ", "Question {}: ", "Q{}. ", "QUESTION NO: {}\n", "**{}.** ", "Question {}\n"]
)
def test_numbers_start_questions(start: str) -> None:
    text = "".join(f"{start.format(number)}Which {number}?\n{OPTIONS}Answer: B\n" for number in (1, 2, 3))
    assert [parsed.content and parsed.content.stem for parsed in parse(text)] == ["Which 1?", "Which 2?", "Which 3?"]


def test_blank_lines_separate_questions_without_numbers() -> None:
    text = f"Which?\n{OPTIONS}Answer: A\nExplanation: Yes.\n\nWhich else?\n\n{OPTIONS}\nAnswer: C\n"
    assert [parsed.content and parsed.content.stem for parsed in parse(text)] == ["Which?", "Which else?"]


def test_a_key_list_at_the_end_is_read() -> None:
    text = f"1. Which?\n{OPTIONS}\n2. Which else?\n{OPTIONS}\nAnswer key\n\n1. B\n2. A, C\n"
    assert [[key.id for key in parsed.content.keys] for parsed in parse(text) if parsed.content] == [["b"], ["a", "c"]]


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        (f"1. Which?\n{OPTIONS}", 1, "Add a line 'Answer: B'"),
        (f"1. Which?\n{OPTIONS}Answer: D", 1, "Line 5: the answer names D, but there is no such option"),
        (f"1. Which?\n{OPTIONS}Answer: none", 1, "Line 5: the answer 'none' names no option"),
        (f"1. Which?\n*{OPTIONS}Answer: B", 1, "the answer and the options with a star differ"),
        ("1. Which?\nA) One\nC) Three\nAnswer: A", 1, "lettered A, C"),
        (f"1. Which?\n{OPTIONS}Which else?\n{OPTIONS}Answer: A", 1, "number each question"),
        ("1. Which?\nA) Yes\nB) No\nAnswer: A", 1, "has 2 options"),
        ("1. Which?\nAnswer: A", 1, "there is no such option"),
        (f"1. Which?\n{OPTIONS}D) Both A and B\nAnswer: D", 1, "refers to other options"),
        (f"1. Which? ![x](a.png)\n{OPTIONS}Answer: A", 1, "The picture a.png is missing"),
    ],
)
def test_ambiguous_questions_are_refused(text: str, line: int, expected: str) -> None:
    question = parse(text + f"\n2. Which at last?\n{OPTIONS}Answer: B")[0]
    assert (question.content, question.line) == (None, line)
    assert expected in " ".join(question.refusals)


def test_text_before_the_first_question_is_reported() -> None:
    (question,) = parse(f"Practice exam\n\n1. Which?\n{OPTIONS}Answer: B")
    assert question.content is not None
    assert question.ignored == ("the text before the question: 'Practice exam'",)


def test_prose_is_not_a_question() -> None:
    parsed_file = lettered_text.read(b"Dear all,\nthis is a letter.\n", "q.txt")
    assert parsed_file.questions == ()
    assert "'Answer: B'" in parsed_file.faults[0].sentence


@settings(deadline=None)
@given(
    st.one_of(st.binary(), st.text(st.sampled_from("1.)(AaBb*: \nAnswer:Explanation`"), max_size=80).map(str.encode))
)
def test_no_bytes_raise(data: bytes) -> None:
    parsed_file = lettered_text.read(data, "q.txt")
    assert parsed_file.questions or parsed_file.faults
    assert all((parsed.content is None) == bool(parsed.refusals) for parsed in parsed_file.questions)


@pytest.mark.parametrize(
    "options",
    [
        "- A. One\n- B. Two\n- C. Three\n",
        "* A) One\n* B) Two\n* C) Three\n",
        "**A.** One\n**B.** Two\n**C.** Three\n",
        "- **A)** One\n- **B)** Two\n- **C)** Three\n",
        "* **(A)** One\n* **(B)** Two\n* **(C)** Three\n",
    ],
)
def test_options_can_be_bullets_with_bold_letters_as_in_chats(options: str) -> None:
    (question,) = parse(f"**Question 2:** Which fit? (Choose two)\n\n{options}\n**Answers:** A, B\n")
    assert question.refusals == ()
    assert question.content is not None
    assert [option.text for option in question.content.options] == ["One", "Two", "Three"]
    assert [option.id for option in question.content.keys] == ["a", "b"]


def test_a_star_before_one_option_still_marks_the_key() -> None:
    assert keys("1. Which?\nA) One\n*B) Two\nC) Three\n") == ["b"]


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        (f"What follows?\n1. Collect\n2. Train\n{OPTIONS}Answer: B\n", ["What follows?\n1. Collect\n2. Train"]),
        (f"1. What follows?\n1. Collect\n2. Train\n{OPTIONS}Answer: B\n", ["What follows?\n1. Collect\n2. Train"]),
        (f"Chapter 3\n\n1. Which?\n{OPTIONS}Answer: B\n2. 3.12 or 4?\n{OPTIONS}Answer: A\n", ["Which?", "3.12 or 4?"]),
        (f"**1. Which?**\n{OPTIONS}Answer: B\n", ["**Which?**"]),
        (f"10.0.0.1 fails. Which?\n{OPTIONS}Answer: B\n", ["10.0.0.1 fails. Which?"]),
    ],
)
def test_a_number_starts_a_question_and_not_an_item_of_its_list(text: str, stems: list[str]) -> None:
    assert [parsed.content and parsed.content.stem for parsed in parse(text)] == stems


def test_a_list_in_an_option_or_an_explanation_starts_no_question() -> None:
    first, second = parse(
        "1. Which?\nA) Do this:\n1. Collect\n2. Train\nB) Two\nC) Three\nAnswer: B\nExplanation: First:\n1. a\n2. b\n\n"
        f"2. Next?\n{OPTIONS}Answer: A\n"
    )
    assert first.content is not None
    assert second.content is not None
    assert first.content.options[0].text == "Do this:\n1. Collect\n2. Train"
    assert first.content.explanation == "First:\n1. a\n2. b"
    assert second.content.stem == "Next?"
