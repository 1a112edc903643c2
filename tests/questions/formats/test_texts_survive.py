"""No reader changes a text beyond its documented losses: numbers, versions, addresses and code stay as they are."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.markdown import render, render_inline
from questions.content.schema import OptionContent, QuestionContent
from questions.formats import checkbox_markdown, lettered_text
from questions.formats.registry import FORMATS

# Parts of a text that look like numbers of questions, letters of options, or markup.
PARTS = (
    "Python 3.12", "0.75 dollars", "10.0.0.1", "in 2.", "about 12)", "(3)", "Q4-2023", "question 7: none", "q 5.",
    "1.", "No. 4", "A) of B)", "v1.2.3", "50%", "`a[1:]`", "`FROM python:3.12`", "x = 3", "{0, 1}", "#5", "a_b_c", "~2",
    "ratio 1:4", "**2.** of 3", "e.g. 5.", "$3.50", "a|b", "C# or F#", "-1", "1-2", "*3*", "Answer 3.4", "<5", "R&D",
    "https://aws.example/?a=1&copy=2", "AT&T 5",
)  # fmt: skip
STARTS = ("The", "Python 3.12", "0.75 dollars", "10.0.0.1", "3.5 GB of", "Q4-2023 is", "(2) of the", "Version 2.")
sentences = st.builds(
    lambda start, parts: " ".join((start, *parts, "and what?")),
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=6),
)
# Blocks of a text with lines that look like questions, options, keys or page navigation.
BLOCKS = (
    "```\nFROM python:3.12\n1. RUN\nA) b\n```",
    "```yaml\n---\nport: 8080\n- [ ] no option\n---\n```",
    "~~~\n[a](b) &lt;\n~~~",
    "1. one of 3.12\n2. two",
    "- a 3.12\n- b 0.75",
    "| a | b |\n|---|---|\n| 3.12 | 0.75 |",
    "10.0.0.1 is up",
    "It has 3.12.\nLine 2.5 of it",
)
texts = st.builds(
    lambda first, blocks, last: "\n\n".join((first, *blocks, last)),
    sentences,
    st.lists(st.sampled_from(BLOCKS), max_size=2, unique=True),
    sentences,
)
BUILD = "```\nFROM python:3.12\n1. RUN\n```"
OPTIONS = tuple(OptionContent(code, code == "b", f"Way {code}") for code in "abc")


def as_heading(question: QuestionContent) -> bytes:
    return f"### 12. {question.stem}\n\n{_boxes(question)}".encode()


def as_paragraph(question: QuestionContent) -> bytes:
    return f"# Questions\n\n**3.** {question.stem}\n{_boxes(question)}".encode()


def as_plain_paragraph(question: QuestionContent) -> bytes:
    return f"{question.stem}\n\n{_boxes(question)}".encode()


def as_lettered_text(question: QuestionContent) -> bytes:
    options = "\n".join(f"{option.id.upper()}) {option.text}" for option in question.options)
    return f"1. {question.stem}\n{options}\nAnswer: B\n".encode()


def _boxes(question: QuestionContent) -> str:
    return "".join(f"- [{'x' if option.correct else ' '}] {option.text}\n" for option in question.options)


def _written(name: str) -> Callable[[QuestionContent], bytes]:
    return lambda question: FORMATS[name].write([question])[0]


WRITERS = {
    "heading": (as_heading, checkbox_markdown.read),
    "paragraph": (as_paragraph, checkbox_markdown.read),
    "plain paragraph": (as_plain_paragraph, checkbox_markdown.read),
    "lettered text": (as_lettered_text, lettered_text.read),
} | {name: (_written(name), format.read) for name, format in FORMATS.items() if format.writes and name != "aiken"}


@pytest.mark.slow
@pytest.mark.parametrize("way", WRITERS)
@given(stem=sentences, option=sentences)
def test_a_text_with_numbers_reads_as_it_was_written(way: str, stem: str, option: str) -> None:
    content = _read_as_written(way, _question(stem, option))
    assert render(content.stem) == render(stem)
    assert render(content.options[0].text) == render(option)


@pytest.mark.slow
@pytest.mark.parametrize("way", [way for way in WRITERS if way != "heading"])
@settings(max_examples=25)
@given(stem=texts, option=sentences, rationale=sentences, explanation=texts)
def test_a_text_of_several_blocks_reads_as_it_was_written(
    way: str, stem: str, option: str, rationale: str, explanation: str
) -> None:
    question = _question(stem, option, rationale=rationale, explanation=explanation)
    content = _read_as_written(way, question)
    assert _shown(content.stem) == _shown(stem)
    assert _shown(content.options[0].text) == _shown(option)
    if content.explanation:
        assert _shown(content.explanation) == _shown(explanation)
    if content.options[0].rationale:
        assert _shown(content.options[0].rationale) == _shown(rationale)


def _question(stem: str, option: str, *, rationale: str = "", explanation: str = "") -> QuestionContent:
    options = (replace(OPTIONS[0], text=option, rationale=rationale), *OPTIONS[1:])
    return QuestionContent(
        "own-one", stem, options, task="1.1", topic="own-topic", exam_domain=None, explanation=explanation
    )


def _read_as_written(way: str, question: QuestionContent) -> QuestionContent:
    write, read = WRITERS[way]
    (parsed,) = read(write(question), "x").questions
    assert parsed.content is not None, parsed.refusals
    return parsed.content


def _shown(text: str) -> str:
    """Return the HTML of a text without what is not shown: line ends in a paragraph, paragraphs in a list."""
    html = re.sub(r"<li>\s*<p>(.*?)</p>\s*</li>", r"<li>\1</li>", render(text), flags=re.DOTALL)
    parts = re.split(r"(<pre>.*?</pre>)", html, flags=re.DOTALL)
    parts[::2] = [" ".join(part.split()) for part in parts[::2]]
    return "".join(parts)


@pytest.mark.parametrize(
    ("written", "stem"),
    [
        ("Use Python 3.12 or 3.13. Which?", "Use Python 3.12 or 3.13. Which?"),
        ("It costs 0.75 dollars. Which?", "It costs 0.75 dollars. Which?"),
        ("The host is 10.0.0.1) or not. Which?", "The host is 10.0.0.1) or not. Which?"),
        ("7. Use Python 3.12. Which?", "Use Python 3.12. Which?"),
        ("Question 8: Use Python 3.12. Which?", "Use Python 3.12. Which?"),
        ("**9)** It costs 0.75. Which?", "It costs 0.75. Which?"),
        ("## Question 12\n\n3. of 4 hosts fail. Which?", "3. of 4 hosts fail. Which?"),
        ("### 12. 5. Which?", "5. Which?"),
        ("It sends `&lt;` at ?a=1&copy=2. &lt; or &#42;a&#42;?", "It sends `&lt;` at ?a=1&copy=2. < or \\*a\\*?"),
        (f"A build:\n\n{BUILD}\n\nWhich?", f"A build:\n\n{BUILD}\n\nWhich?"),
        ("3.5 GB are stored. Which?", "3.5 GB are stored. Which?"),
        ("Q4-2023 was good. Which?", "Q4-2023 was good. Which?"),
    ],
)
@pytest.mark.parametrize("heading", ["", "## Storage\n\n"])
def test_only_the_number_at_the_start_of_a_markdown_question_is_left_out(written: str, stem: str, heading: str) -> None:
    text = f"{heading}{written}\n\n- [ ] One\n- [x] Two\n- [ ] Three\n"
    (parsed,) = checkbox_markdown.read(text.encode(), "q.md").questions
    assert parsed.content is not None, parsed.refusals
    assert parsed.content.stem == stem


@pytest.mark.parametrize("name", ["csv", "moodle-xml"])
@pytest.mark.parametrize("text", ["100.", "1. first", "2) second", "- minus", "+ plus", "# heading", "> 5"])
def test_an_option_that_starts_like_a_list_heading_or_quote_is_restored(name: str, text: str) -> None:
    options = (replace(OPTIONS[0], text=text), *OPTIONS[1:])
    data, _left_out = FORMATS[name].write([QuestionContent("x1", "Which way?", options)])
    (parsed,) = FORMATS[name].read(data, "x").questions
    assert parsed.content is not None
    assert render_inline(parsed.content.options[0].text) == render_inline(text)
    assert "<li>" not in data.decode()
