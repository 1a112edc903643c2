"""Test TeX formulas: which text is one and which a price, their MathML, and a sentence for each that is broken."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.content.formulas import MAX_FORMULA_CHARS, find_formulas, formula_faults
from questions.content.markdown import render, render_inline, render_stem
from questions.content.prose import prose, words
from tests.questions.formats.carried_content import shipped_questions


def formulas(text: str) -> list[str]:
    return [match[0] for match in find_formulas(text)]


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $10", "It costs $5/GB, or $10.", "between $5 and US$ 10", "US$5 and A$", "$0.10 per GB ($0.023)",
        "$5 for users and 7$", "$ x$", "$x $", "$HOME/bin:$PATH", r"\$x\$", "$x$2", "$", "$$", "$$$$",
    ],
)  # fmt: skip
def test_a_price_or_a_variable_of_a_shell_is_no_formula(text: str) -> None:
    assert formulas(text) == []
    assert "<math" not in render(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is $x$ more?", ["$x$"]),
        ("Is $x^2$ more than $5?", ["$x^2$"]),
        ("$5 x^2$ is", ["$5 x^2$"]),
        ("$a$, ($b$)", ["$a$", "$b$"]),
        ("So $$a\n= b$$.", ["$$a\n= b$$"]),
        (r"$a \$ b$", [r"$a \$ b$"]),
        ("$5 for a and $x$", ["$x$"]),
    ],
)
def test_formulas_are_found(text: str, expected: list[str]) -> None:
    assert formulas(text) == expected
    assert render(text).count("<math") == len(expected)


def test_a_formula_is_mathml_with_its_tex_as_alternative_text() -> None:
    assert render("Is $x^2 < y$ so?") == (
        '<p>Is <math display="inline" alttext="x^2 &lt; y"><mrow><msup><mi>x</mi><mn>2</mn></msup><mo>&lt;</mo>'
        "<mi>y</mi></mrow></math> so?</p>"
    )
    assert 'display="block"' in render(r"$$\sum_{i=1}^n x_i$$")
    assert render_inline("$x$").startswith('<math display="inline" alttext="x">')
    assert '<p class="ask">Which $$' not in render_stem("A sum is $a. B$ here. Which fits $x$?")


def test_a_formula_in_code_stays_code() -> None:
    assert render("`$x^2$`") == "<p><code>$x^2$</code></p>"
    assert "<math" not in render("```\n$x^2$\n```")


def test_a_sentence_is_not_split_inside_a_formula() -> None:
    assert render_stem("It is $a. B$ and so on?").startswith('<p class="ask">It is <math')


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\frac{a}", "has a part too few"),
        (r"\foo x", r"the command \foo is not known"),
        ("x_", "nothing follows ^ or _"),
        ("{x", "its braces do not match"),
        ("x}", "its braces do not match"),
        (r"\left( x", r"\left has no \right"),
        ("x^2^3", "two superscripts"),
        (r"\href{javascript:alert(1)}{x}", "href cannot be set in a formula"),
        (r"\style{color:red}{x}", "style cannot be set in a formula"),
        (r"\class{ask}{x}", "class cannot be set in a formula"),
    ],
)
def test_a_broken_formula_is_code_and_a_sentence(tex: str, reason: str) -> None:
    (sentence,) = formula_faults(f"It is ${tex}$ here.")
    assert sentence.startswith(f"The formula '{tex}' is shown as code: ")
    assert reason in sentence
    assert render(f"${tex}$") == f'<p><code class="broken">${tex}$</code></p>'


def test_an_open_display_formula_is_reported() -> None:
    assert "on one side only" in next(formula_faults("It is $$x here."))
    assert list(formula_faults("It is $$x$$ here, for $5.")) == []


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{bmatrix}1 & 2\\3 & 4\end{bmatrix}", r"\begin{cases}1 & x>0\\0 & \text{else}\end{cases}",
        r"\begin{aligned}a &= b\\c &= d\end{aligned}", r"\hat{y} = \arg\max_\theta P(y \mid x)",
        r"\mathrm{TP} / (\mathrm{TP} + \mathrm{FN})", r"\lVert w \rVert_2^2", r"\overline{x}", r"\binom{n}{k}",
        r"\nabla_\theta J(\theta)", r"\sqrt[3]{x}", r"\mathbb{R}^{n \times d}", r"\sigma(z) = \frac{1}{1+e^{-z}}",
    ],
)  # fmt: skip
def test_formulas_of_machine_learning_are_shown(tex: str) -> None:
    assert list(formula_faults(f"${tex}$")) == []
    assert " style=" not in render(f"${tex}$")


def test_a_formula_counts_as_one_word() -> None:
    assert words(r"Is $\sum_{i=1}^n x_i$ large?") == words("Is `x` large?")
    assert "_" not in prose("Is $x_1$ large?")


@pytest.mark.slow
def test_no_shipped_question_has_a_formula() -> None:
    for question in shipped_questions():
        texts = (question.stem, question.explanation, *(o.text for o in question.options))
        rendered = "".join(map(render, (*texts, *(option.rationale for option in question.options))))
        assert "<math" not in rendered, question.id
        assert 'class="broken"' not in rendered, question.id


@pytest.mark.parametrize("part", ["{", r"\frac", "x^", r"\left(", r"\sqrt", "_{", "(", "a", "&", r"\begin{matrix}"])
def test_a_hostile_formula_takes_no_time(part: str) -> None:
    start = time.process_time()
    render(f"${part * (MAX_FORMULA_CHARS // len(part))}$")
    assert time.process_time() - start < 2


@given(st.text("$\\{}x_^ 5a&<\n", max_size=60))
def test_no_text_raises(text: str) -> None:
    render(text)
    render_stem(text)
    render_inline(text)
    list(formula_faults(text))
