"""Test that HTML of other systems becomes Markdown that renders the same, with as few backslashes as possible."""

import re
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.markdown import render
from questions.formats.file_pictures import FilePictures
from questions.formats.html_reader import html_to_markdown, text_to_markdown
from questions.formats.html_writer import markdown_to_html
from tests.pictures import picture

# Letters with everything that Markdown and HTML could interpret as markup.
MARKUP = st.text(st.sampled_from("ab1. \n*_`\\|-+#>&<()[]~é\u00a0"), max_size=40)
WORDS = st.lists(
    st.sampled_from(("one", "a_b", "2 * 3", "x < y", "`f(x)`", "**bold**", "*so*", "C:\\dir", "&amp;")), min_size=1
)
LINES = WORDS.map(" ".join)
BLOCKS = st.one_of(
    LINES,
    st.lists(LINES, min_size=1, max_size=3).map(lambda rows: "\n".join(f"- {row}" for row in rows)),
    st.lists(LINES, min_size=1, max_size=3).map(lambda rows: "\n".join(f"{n}. {row}" for n, row in enumerate(rows, 1))),
    LINES.map(lambda line: f"```json\n{line}\n  more\n```"),
    st.tuples(LINES, LINES).map(lambda cells: "| a | n |\n|---|---|\n| {} | {} |".format(*cells).replace("\\", "")),
)
TEXTS = st.lists(BLOCKS, min_size=1, max_size=3).map("\n\nand\n\n".join)


def letters(text: str) -> str:
    return re.sub(r"<[^>]*>|\s|&nbsp;", "", render(text))


@pytest.mark.parametrize(
    ("given_html", "text"),
    [
        ("<p>A <b>bold </b>and <i>it</i>.</p><p>Two&nbsp; lines<br/>more", "A **bold** and *it*.\n\nTwo lines\\\nmore"),
        ("2 * 3, scale_pos_weight, C:\\temp, 1 < 2 & 3", "2 * 3, scale_pos_weight, C:\\temp, 1 < 2 & 3"),
        ("<p>*not* `code`</p>", "\\*not\\* \\`code\\`"),
        ("<p>- no list</p><p>1. nor this</p>", "\\- no list\n\n1\\. nor this"),
        ("<ul><li>one<li>two<ol><li>x</ol></ul>", "- one\n- two\n  1. x"),
        ("<ol start=4><li><p>a</p><p>b</p></li></ol>", "4. a\n\n   b"),
        ("<table><tr><th>a<th>b|c<tr><td>1<td><p>x</p><p>y</table>", "| a | b\\|c |\n|---|---|\n| 1 | x y |"),
        ("<pre><code class='language-python'>x = 1\n  y</code></pre>", "```python\nx = 1\n  y\n```"),
        ("<code>a`b</code> and <b><code>k</code></b>", "``a`b`` and **`k`**"),
        ("H<sub>2</sub>O, x<sup>2</sup>, x<sup>max</sup>", "H₂O, x², x^(max)"),
        ("<h2>Head</h2><div>Text<!-- no --></div>", "Head\n\nText"),
        ("<a href='https://x.example/doc'>The page</a>", "The page (https://x.example/doc)"),
        ("<b>(x)</b>y", "(x)y"),
        ("<![if !vml]>kept<![endif]><o:p>&nbsp;</o:p>", "kept"),
        ("", ""),
    ],
)
def test_html_becomes_markdown(given_html: str, text: str) -> None:
    assert html_to_markdown(given_html).text == text


def test_ignored_parts_are_reported() -> None:
    cleaned = html_to_markdown(
        "a<script>alert(1)</script><iframe src='https://x'></iframe><video></video><input><svg></svg>b"
    )
    assert cleaned.text == "ab"
    assert cleaned.ignored == ("a page within the page", "a film", "a form field", "a drawing")


def test_a_picture_of_the_package_is_kept_and_one_that_cannot_be_is_reported() -> None:
    source = "<p><img src='@@PLUGINFILE@@/a%20b.png' alt='A curve'> <img src='c.png'> <img src='https://x.example/d.png'></p>"
    pictures = FilePictures({"a b.png": picture()}.get)
    converted = html_to_markdown(source, pictures)
    (kept,) = pictures.files().values()
    assert converted.text == f"![A curve]({kept.name})"
    assert converted.ignored == ("the picture https://x.example/d.png",)
    assert converted.missing == ("c.png",)
    broken = html_to_markdown(source, pictures.at({"a b.png": b"<svg/>", "c.png": picture("blue")}.get))
    assert broken.text.startswith("[Picture: A curve] ![](images/")
    assert broken.ignored[0].startswith("the picture a b.png (SVG pictures are not accepted")
    inline = f"<p><img alt='Red' src='data:image/png;base64,{b64encode(picture()).decode()}'></p>"
    assert html_to_markdown(inline, pictures).text == f"![Red]({kept.name})"


def test_text_without_markup_renders_the_same() -> None:
    assert text_to_markdown("a *b*\nline 2\n\n\n- x <b>") == "a \\*b\\*\\\nline 2\n\n\\- x <b>"


@pytest.mark.slow
def test_very_deep_html_is_read() -> None:
    assert html_to_markdown("<div>" * 5000 + "deep" + "</div>" * 5000).text == "deep"


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_html_is_converted(text: str) -> None:
    html_to_markdown(text)


@settings(deadline=None)
@given(MARKUP)
def test_any_text_renders_as_it_was(text: str) -> None:
    shown = re.sub(r"<br>|\s+", " ", render(text_to_markdown(text)))
    plain = (
        re.sub(r"</?p>", " ", shown)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
    )
    assert plain.split() == text.replace("\u00a0", " ").split()


@pytest.mark.slow
@settings(deadline=None)
@given(TEXTS)
def test_our_texts_are_restored(text: str) -> None:
    assert html_to_markdown(markdown_to_html(text)).text == text


@settings(deadline=None)
@given(MARKUP)
def test_any_markdown_is_restored_and_renders_the_same(text: str) -> None:
    back = html_to_markdown(markdown_to_html(text)).text
    assert letters(back) == letters(text)
    assert html_to_markdown(markdown_to_html(back)).text == back


def test_a_table_with_one_wide_row_and_many_short_ones_is_left_out() -> None:
    table = f"<table><tr>{'<td>a' * 2000}</tr>{'<tr><td>b</tr>' * 2000}</table>"
    converted = html_to_markdown(f"<p>Before.</p>{table}<p>After.</p>")
    assert converted.text == "Before.\n\nAfter."
    assert converted.ignored == ("a table of over 2,000 cells",)
