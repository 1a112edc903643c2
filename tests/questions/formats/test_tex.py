r"""Test that formulas survive each format, and that foreign texts get formulas only where they have TeX."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from questions.content.markdown import render
from questions.content.schema import OptionContent, QuestionContent
from questions.formats.html_reader import html_to_markdown, text_to_markdown
from questions.formats.html_writer import markdown_to_html
from questions.formats.registry import FORMATS
from tests.questions.formats.parsed_questions import content, single

CODE = re.compile(r"<code>( *)(.*?)( *)</code>")
CODE_GOES_ON = re.compile(r"</code> *<code>")
# Emphasis of nothing or within emphasis, and what keeps a dollar from beginning a formula.
UNSEEN = re.compile(r"</?(?:em|strong)>|<span></span>")

OPTIONS = (
    OptionContent("a", False, "$x_1$"),
    OptionContent("b", True, r"$\frac{1}{2}$"),
    OptionContent("c", False, "$5"),
)
QUESTION = QuestionContent(
    "own-formula", r"It computes $\sum_{i=1}^n x_i^2 < y$ for $5. Which?", OPTIONS, task="1.1", topic="own-topic",
    exam_domain=None, explanation=r"Since $$\hat{y} = a & b$$ or $\{x\}$.".replace(" & ", " + "),
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if format.writes])
def test_formulas_survive_each_format(name: str) -> None:
    data, left_out = FORMATS[name].write([QUESTION])
    assert left_out == {}
    question = content(single(FORMATS[name].read(data, "x")))
    assert render(question.stem) == render(QUESTION.stem)
    assert [option.text for option in question.options] == [option.text for option in OPTIONS]
    if question.explanation:
        assert render(question.explanation) == render(QUESTION.explanation)
    assert b"<m" not in data.replace(b"<manifest", b"").replace(b"<meta", b"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"is \(x_1\) or \[y\]", "is $x_1$ or $$y$$"),
        ("$$a$$ and $x^2$", "$$a$$ and $x^2$"),
        ("a $n$ and $f(x)$", "a $n$ and $f(x)$"),
        ("use $A and B$ now", r"use \$A and B\$ now"),
        ("$5 for a and 7$", "$5 for a and 7$"),
        (r"a \(b", r"a \\(b"),
    ],
)
def test_a_foreign_text_has_a_formula_where_it_has_tex(text: str, expected: str) -> None:
    assert text_to_markdown(text) == html_to_markdown(text).text == expected


def test_mathml_with_tex_is_a_formula_and_other_mathml_is_reported() -> None:
    math = '<p>Is <math alttext="{}"><mi>x</mi></math>?</p>'
    assert html_to_markdown(math.format("x^2")).text == "Is $x^2$?"
    spoken = html_to_markdown(math.format("x squared"))
    assert (spoken.text, spoken.ignored) == ("Is x?", ("a formula",))


@given(st.text("$\\()[]x_ 5a<`", max_size=40))
@example("` ` `")
@example("`5 `5 ")
@example("_` `_")
def test_the_html_of_any_text_reads_as_it_was_written(text: str) -> None:
    html = markdown_to_html(f"It is {text} here")
    # A space at the edge of code goes outside of it, so that the words stay apart.
    kept = CODE.sub(lambda code: f"{code[1]}<code>{code[2]}</code>{code[3]}" if code[2] else " ", html)
    assert seen(markdown_to_html(html_to_markdown(html).text)) == seen(kept)


def seen(html: str) -> list[str]:
    return CODE_GOES_ON.sub(" ", UNSEEN.sub("", html)).split()
