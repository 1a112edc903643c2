"""Test texts of questions as HTML: the Markdown subset, the marked question, and no unsafe markup."""

import re
from textwrap import indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.content.markdown import has_short_rows, render, render_inline, render_stem

TABLE = "| Model | AUC |\n|:--|--:|\n| `A` | 0.9 |"


def asked(text: str) -> list[str]:
    return re.findall(r'<p class="ask">(.*?)</p>', render_stem(text), re.DOTALL)


def test_paragraphs_lists_code_and_emphasis() -> None:
    html = render("One *two* **three** `a < b`.\n\n- x\n- y\n\n3. z\n\n```python\nif a < b:\n    pass\n```")
    assert "<p>One <em>two</em> <strong>three</strong> <code>a &lt; b</code>.</p>" in html
    assert "<li>x</li>" in html
    assert '<ol start="3">' in html
    assert '<pre tabindex="0"><code>if a &lt; b:\n    pass\n</code></pre>' in html


def test_a_table_scrolls_by_keyboard_and_has_a_label_and_alignment_classes() -> None:
    html = render(TABLE)
    assert '<div class="scroll" role="region" tabindex="0" aria-label="Model, AUC"><table>' in html
    assert '<th scope="col">Model</th>' in html
    assert re.search(r'<th (?=[^>]*class="n")(?=[^>]*scope="col")[^>]*>AUC</th>', html)
    assert '<td class="n">0.9</td>' in html
    assert html.endswith("</table></div>")
    assert "style" not in html


def test_an_empty_header_cell_is_a_plain_cell() -> None:
    html = render("| | Visits |\n|:--|--:|\n| Monday | 3 |")
    assert '<tr>\n<td></td>\n<th class="n" scope="col">Visits</th>\n</tr>' in html
    assert not re.search(r"<th[^>]*></th>", html)


def short_rows(columns: int, rows: int) -> str:
    """Return a table whose rows have one cell each: the parser fills them up to the columns of the head."""
    return "|a" * columns + "|\n" + "|-" * columns + "|\n" + "|a\n" * rows


@pytest.mark.parametrize("columns", [3, 50, 100, 256])
def test_short_rows_of_a_table_do_not_become_thousands_of_cells(columns: int) -> None:
    text = short_rows(columns, 256)
    html = render(text)
    assert html.count("<td") < len(text)
    assert has_short_rows(text)
    assert has_short_rows(f"- A list\n\n{indent(text, '  ')}")


def test_many_tables_in_one_text_do_not_either() -> None:
    text = (short_rows(10, 11) + "\n") * 100  # 99 cells are added to each
    assert render(text).count("<td") < 2 * len(text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (TABLE, 2),
        (short_rows(4, 30), 31),
        ("a | b\n--|--\n" + "c\n" * 90, 91),
        ("|a" * 90 + "\n" + "|-" * 90 + "\n" + ("|a" * 90 + "\n") * 9 + "- a\n- b", 10),
        (f"```\n{short_rows(50, 50)}```", 0),
        ("", 0),
    ],
)
def test_a_table_with_a_few_short_rows_is_a_table(text: str, rows: int) -> None:
    assert not has_short_rows(text)
    assert render(text).count("<tr>") == rows


def test_the_question_of_a_stem_becomes_a_separate_paragraph() -> None:
    html = render_stem("It fails. It runs *late*. Which step helps? (Select TWO.)")
    assert html == '<p>It fails. It runs <em>late</em>.</p>\n<p class="ask">Which step helps? (Select TWO.)</p>'


@pytest.mark.parametrize(
    ("stem", "question"),
    [
        ("Which step helps?", "Which step helps?"),
        (f"It runs:\n\n{TABLE}\n\nWhich model fits?", "Which model fits?"),
        (f"It runs. Which model fits?\n\n{TABLE}", "Which model fits?"),
        ("It costs 1.5 USD. What is the total?\nAll costs count.", "All costs count."),
        ("It runs. Which (if any) fits?\n\nRound to two decimals.", "Which (if any) fits?"),
        ("It runs. The best step is", "The best step is"),
        ("It runs.\n\n- Which one?\n- None?", "It runs."),
        ("It is **so. Which fits?**", "It is <strong>so. Which fits?</strong>"),
        ("Which value of `a.b` fits?", "Which value of <code>a.b</code> fits?"),
    ],
)
def test_one_paragraph_is_marked_as_the_question(stem: str, question: str) -> None:
    assert asked(stem) == [question]


@pytest.mark.parametrize("stem", ["", TABLE, "- a\n- b", "```\nWhich?\n```"])
def test_a_stem_without_a_paragraph_marks_nothing(stem: str) -> None:
    assert asked(stem) == []


def test_an_option_is_phrasing_content_only() -> None:
    assert render_inline("Use `x` **now**.") == "Use <code>x</code> <strong>now</strong>."
    html = render_inline("First:\n\n```json\n{\n    1 < 2\n}\n```\n\n- not a list")
    assert html.startswith("First:<br><code>{</code><br><code>")
    assert html.endswith("<br>- not a list")
    assert set(re.findall(r"</?([a-z]+)", html)) == {"br", "code"}


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    '[x](https://example.com/ "t")',
    "![x](https://example.com/x.png)",
    "<https://example.com/>",
    "[x]: javascript:alert(1)\n\n[x]",
    '<a href="javascript:alert(1)">x</a>',
    "`<b>`",
    "```<b>\"'\n</code></pre><script>alert(1)</script>\n```",
    '| <script>alert(1)</script> | " onfocus=alert(1) x=" |\n|---|---|\n| <img src=x> | `<i>` |',
    "| a |\n|:-:|\n| <style>*{display:none}</style> |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "<!-- --><iframe src=//example.com>",
    '<p style="position:fixed" class="ask" id="ask">Which?</p>',
    "> # heading\n> <form action=//example.com>",
]
ALLOWED = {
    "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div", "pre", "code", "strong", "em", "br",
}  # fmt: skip


def check_harmless(html: str) -> None:
    for closing, tag, attributes in re.findall(r"<(/?)([a-zA-Z0-9!]+)([^>]*)>", html):
        assert tag in ALLOWED, html
        names = re.findall(r'([\w-]+)="[^"]*"', attributes)
        assert set(names) <= {"class", "role", "tabindex", "aria-label", "scope", "start"}, html
        assert not re.sub(r'[\w-]+="[^"]*"', "", attributes).strip(), html
        assert not (closing and attributes), html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    for html in (render(text), render_stem(f"{text}\n\nWhich?"), render_stem(text), render_inline(text)):
        check_harmless(html)
        assert "<script" not in html
        assert "<img" not in html
        assert "href" not in re.sub(r">[^<]*<", "><", f">{html}<")


@given(st.text(alphabet=st.sampled_from(list("<>\"'`*_|-:#[]()!&;=/\\ \n\tab1.?x")), max_size=120))
def test_no_mixture_of_marks_gets_through(text: str) -> None:
    for html in (render(text), render_stem(text), render_inline(text)):
        check_harmless(html)


def test_deep_nesting_ends() -> None:
    check_harmless(render("- " * 500 + "x"))
    check_harmless(render("*" * 3000 + "x" + "*" * 3000))
    check_harmless(render("`" * 3000))


def test_only_columns_of_figures_are_aligned_to_the_right() -> None:
    html = render("| Branch | Visits | Note |\n|---|---|---|\n| P | 1,240 | 3 |\n| Q | −0.5% | none |")
    assert html.count('class="n"') == 3
    assert '<th class="n" scope="col">Visits</th>' in html
    assert '<td class="n">1,240</td>' in html
