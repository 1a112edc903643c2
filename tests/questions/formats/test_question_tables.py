"""Test tables of questions with columns, keys and options as people write them in their own spreadsheets."""

import csv
import io

import pytest

from questions.content.schema import QuestionContent
from questions.formats.parsed import ParsedQuestion
from questions.formats.udemy_csv import read
from tests.questions.formats.parsed_questions import content, reasons, single

OPTIONS = ("Amazon S3", "Amazon EBS", "Amazon EFS")


def parsed(heads: str, *cells: str) -> ParsedQuestion:
    buffer = io.StringIO()
    csv.writer(buffer).writerows((heads.split(","), cells))
    return single(read(buffer.getvalue().encode(), "x.csv"))


def with_key(key: str, *options: str) -> ParsedQuestion:
    return parsed("Question,A,B,C,Answer", "Which?", *(options or OPTIONS), key)


def keys(question: QuestionContent) -> str:
    return "".join(option.id for option in question.keys)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("2", "b"), ("2.0", "b"), ("1.0, 3.0", "ac"), ("B", "b"), ("b)", "b"), ("(A), (C)", "ac"), ("A and C", "ac"),
        ("AC", "ac"), ("amazon  ebs", "b"), ("Amazon EBS.", "b"), ("Amazon S3; Amazon EFS", "ac"),
        ("Amazon S3|Amazon EFS", "ac"), ("Amazon S3\nAmazon EFS", "ac"),
    ],
)  # fmt: skip
def test_a_key_is_a_number_a_letter_or_the_text_of_an_option(key: str, expected: str) -> None:
    assert keys(content(with_key(key))) == expected


def test_a_text_with_a_semicolon_is_one_option() -> None:
    assert keys(content(with_key("One; two", "One; two", "One", "two"))) == "a"


@pytest.mark.parametrize(
    ("key", "options", "sentence"),
    [
        ("4", ("2", "4", "6", "8"), "the text of option 2, but the place of option 4. Write the letter"),
        ("B", ("C", "D", "B", "A"), "the text of option 3, but the place of option 2. Write the number"),
        ("Amazon", OPTIONS, "Answer contains 'Amazon', which is no option."),  # the name of the column in the file
        ("", OPTIONS, "Answer is empty."),
    ],
)
def test_a_key_that_could_be_two_options_is_refused(key: str, options: tuple[str, ...], sentence: str) -> None:
    heads = f"Question,{','.join('ABCD'[: len(options)])},Answer"
    assert sentence in reasons(parsed(heads, "Which?", *options, key))


def test_a_number_is_a_place_in_udemys_template() -> None:
    heads = "Question,Answer Option 1,Answer Option 2,Answer Option 3,Answer Option 4,Correct Answers"
    assert keys(content(parsed(heads, "Which?", "2", "4", "6", "8", "4"))) == "d"


@pytest.mark.parametrize(
    "heads",
    [
        "Question,Option A,Option B,Option C,Correct answer,Explanation",
        "Question text,Option 1,Option 2,Option 3,Correct option,Rationale",
        "Stem,Choice A,Choice B,Choice C,Key,Feedback",
        "question,answer 1,answer 2,answer 3,correct,explanation",
        "Frage,Antwort A,Antwort B,Antwort C,Richtig,Erklärung",
    ],
)
def test_columns_of_other_spreadsheets_are_known(heads: str) -> None:
    question = content(parsed(heads, "Which?", *OPTIONS, "C", "Because."))
    assert (keys(question), question.explanation) == ("c", "Because.")


def test_each_option_may_have_its_rationale() -> None:
    heads = "Question,Option A,Feedback A,Option B,Feedback B,Option C,Feedback C,Correct"
    question = content(parsed(heads, "Which?", "One", "No.", "Two", "Yes.", "Three", "", "B"))
    assert [option.rationale for option in question.options] == ["No.", "Yes.", ""]


@pytest.mark.parametrize(
    "cell",
    [
        "A) One B) Two C) Three", "A. One  B. Two  C. Three", "(a) One (b) Two (c) Three", "One|Two|Three",
        "One; Two; Three", "One\nTwo\nThree", "A) One\nB) Two\nC) Three", "1. One\n2. Two\n3. Three",
    ],
)  # fmt: skip
def test_all_options_may_stand_in_one_cell(cell: str) -> None:
    question = content(parsed("Question,Options,Answer", "Which?", cell, "Two"))
    assert [option.text for option in question.options] == ["One", "Two", "Three"]
    assert keys(question) == "b"


def test_a_column_that_is_not_imported_is_said_once_by_its_own_name() -> None:
    rows = "nr,Question,A,B,C,Answer,Level\n1,Which?,Ebb,Tide,Flood,A,easy\n2,What?,Bow,Stern,Keel,B,\n"
    parsed = read(rows.encode(), "q.csv")
    assert parsed.warnings == ("Columns that are not imported: 'nr', 'Level'.",)
    assert [question.ignored for question in parsed.questions] == [(), ()]


@pytest.mark.parametrize(
    ("head", "cell", "worth"),
    [
        ("Points", "2", 200), ("points", "2.5", 250), ("Default mark", "3.0000000", 300), ("Worth", "0,25", 25),
        ("Marks", "", 100), ("Punkte", "1,5", 150),
    ],
)  # fmt: skip
def test_a_column_says_what_the_question_is_worth(head: str, cell: str, worth: int) -> None:
    parsed_question = parsed(f"Question,A,B,C,Answer,{head}", "Which?", *OPTIONS, "B", cell)
    assert (content(parsed_question).worth, parsed_question.ignored) == (worth, ())


def test_columns_say_id_partial_credit_order_and_tags() -> None:
    heads = "Code,Question,A,B,C,Answer,Partial credit,Shuffle,Tags"
    question = content(parsed(heads, "Tide 01", "Which two?", *OPTIONS, "A,B", "Yes", "no", "week 1; exam, week 1"))
    assert (question.id, question.partial, question.shuffle) == ("tide-01", True, False)
    assert question.tags == ("week 1", "exam")


def test_an_empty_cell_leaves_the_defaults() -> None:
    question = content(
        parsed("Id,Question,A,B,C,Answer,Partial,Shuffle,Points", "", "Which?", *OPTIONS, "A", "", "", "")
    )
    assert (question.id, question.partial, question.shuffle, question.worth) == ("", False, True, 100)


def test_a_number_is_no_id() -> None:
    parsed_question = parsed("Id,Question,A,B,C,Answer", "7.0", "Which?", *OPTIONS, "A")
    assert content(parsed_question).id == ""
    assert parsed_question.ignored == ("the id 7, which is only a number: the code is made from the question",)


@pytest.mark.parametrize(
    ("head", "cell", "sentence"),
    [
        ("Default mark", "-3", "Row 2, column 'Default mark': '-3' cannot be read. Write from 0.01 to 100 points"),
        ("Worth", "0", "Row 2, column 'Worth': '0' cannot be read."),
        ("Points", "1.125", "with at most two decimals"),
        ("Partial", "half", "Row 2, column 'Partial': 'half' cannot be read. Write yes or no."),
        ("Tags", "t" * 41, "Row 2, column 'Tags': "),
    ],
)
def test_a_fault_of_a_fact_names_row_and_column(head: str, cell: str, sentence: str) -> None:
    assert sentence in reasons(parsed(f"Question,A,B,C,Answer,{head}", "Which?", *OPTIONS, "A", cell))
