"""Test Aiken: files that Moodle reads are read; unsupported content is refused when reading and writing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import aiken
from questions.formats.html_reader import text_to_markdown
from questions.formats.parsed import ParsedQuestion
from questions.formats.refusals import UnsupportedQuestions, kind_for_keys

GOOD = "What is it?\nA) One\nB. Two *stars*\nC) Three\nANSWER: B\n"


def parse(text: str) -> tuple[ParsedQuestion, ...]:
    parsed_file = aiken.read(text.encode(), "q.txt")
    assert parsed_file.faults == ()
    return parsed_file.questions


def test_questions_are_read_with_and_without_blank_lines() -> None:
    first, second = parse(GOOD + "Next?\r\n\r\nA) x\r\nB) y\r\nC) z\r\n\r\nANSWER: A\r\n")
    assert first.content == QuestionContent(
        id="",
        stem="What is it?",
        options=(
            OptionContent("a", False, "One"),
            OptionContent("b", True, r"Two \*stars\*"),
            OptionContent("c", False, "Three"),
        ),
    )
    assert second.content is not None
    assert (second.line, second.name, [key.text for key in second.content.keys]) == (6, "Next?", ["x"])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("What is it?", "A case.\nWhat is it?", "2 lines before its options"),
        ("ANSWER: B\n", "Next?\nA) x\nB) y\nC) z\nANSWER: A\n", "The line 'ANSWER:' with the letter"),
        ("ANSWER: B", "ANSWER: D", "answer is 'D', but there is no such option"),
        ("ANSWER: B", "ANSWER: A, B", "Aiken allows one key"),
        ("ANSWER: B", "ANSWER:", "answer is '', but there is no such option"),
        ("A) One", "A)One", "Line 2: a space is missing after 'A)'"),
        ("C) Three", "D) Three", "lettered A, B, D"),
        ("C) Three", "goes on\nC) Three", "Line 4: an option continues"),
        ("C) Three\n", "", "has 2 options"),
        ("C) Three", "C) one", "differs from option A only in capitals"),
        ("What is it?\n", "", "The stem is empty"),
    ],
)
def test_unsupported_content_is_refused(old: str, new: str, expected: str) -> None:
    assert old in GOOD
    first = parse(GOOD.replace(old, new, 1))[0]
    assert first.content is None
    assert expected in " ".join(first.refusals)


def test_a_file_without_answers_is_not_aiken() -> None:
    parsed_file = aiken.read(b"Dear all,\nA) thanks\n", "q.txt")
    assert parsed_file.questions == ()
    assert "'ANSWER: B'" in parsed_file.faults[0].sentence


def test_unsupported_questions_are_not_written() -> None:
    good = parse(GOOD)[0].content
    assert good is not None
    both = tuple(replace(option, correct=option.id != "c") for option in good.options)
    bad = {
        "several-keys": replace(good, options=both),
        "several-lines": replace(good, stem="A case.\n\nWhich one?"),
        "code-block": replace(good, options=(*good.options[:2], OptionContent("c", False, "```\nx\n```"))),
        "no-text": replace(good, options=(*good.options[:2], OptionContent("c", False, " "))),
        "looks-so": replace(good, stem="A) is it?"),
        "one-option": replace(good, options=good.options[1:2]),
    }
    with pytest.raises(UnsupportedQuestions) as error:
        aiken.write([replace(good, id="good"), *(replace(question, id=code) for code, question in bad.items())])
    assert set(error.value.reasons) == set(bad)


def test_emphasis_and_code_lose_their_marks_but_no_words() -> None:
    options = (
        OptionContent("a", True, "`a_b` is **it**"),
        OptionContent("b", False, "x < y"),
        OptionContent("c", False, "z"),
    )
    assert aiken.write([QuestionContent(id="q", stem="Which\none?", options=options)]) == (
        b"Which one?\nA) a_b is it\nB) x < y\nC) z\nANSWER: A\n"
    )


WORDS = st.text(st.one_of(st.sampled_from("*_`\\A).:<&"), st.characters(categories=["L", "N", "P", "S"])), min_size=1)


@st.composite
def questions(draw: st.DrawFn) -> QuestionContent:
    count = draw(st.integers(3, 10))
    texts = [text_to_markdown(f"{draw(WORDS)} {number}") for number in range(count)]
    key = draw(st.integers(0, count - 1))
    options = tuple(OptionContent("abcdefghij"[n], n == key, text) for n, text in enumerate(texts))
    return QuestionContent(
        id="", stem=text_to_markdown(f"Is {draw(WORDS)} it?"), options=options, kind=kind_for_keys(1)
    )


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(questions(), min_size=1, max_size=3))
def test_plain_questions_are_restored(written: list[QuestionContent]) -> None:
    parsed_file = aiken.read(aiken.write(written), "q.txt")
    for question, parsed in zip(written, parsed_file.questions, strict=True):
        assert parsed.content == question or all("Option" in reason for reason in parsed.refusals)


@settings(deadline=None)
@given(st.one_of(st.binary(), st.text(st.sampled_from("ABC).\n ANSWER: x"), max_size=60).map(str.encode)))
def test_no_bytes_raise(data: bytes) -> None:
    parsed_file = aiken.read(data, "q.txt")
    assert parsed_file.questions or parsed_file.faults
    assert all((parsed.content is None) == bool(parsed.refusals) for parsed in parsed_file.questions)
