"""Test that highlights are shown on pages without a script as the room shows them."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.services.attempt.highlights import marked
from questions.content.markdown import render_stem


@pytest.mark.parametrize(
    ("html", "spans", "expected"),
    [
        ("<p>Use Athena.</p>", [[4, 10]], "<p>Use <mark>Athena</mark>.</p>"),
        ("<p>Use Athena.</p>", [[0, 3], [4, 10]], "<p><mark>Use</mark> <mark>Athena</mark>.</p>"),
        ("<p>Use <b>EMR</b> now.</p>", [[2, 9]], "<p>Us<mark>e </mark><b><mark>EMR</mark></b><mark> n</mark>ow.</p>"),
        ("<p>a &lt; b &amp; c</p>", [[2, 3]], "<p>a <mark>&lt;</mark> b &amp; c</p>"),
        ("<p>1</p>\n<p>2</p>", [[0, 3]], "<p><mark>1</mark></p>\n<p><mark>2</mark></p>"),
        ("<p>\U0001f40d snake</p>", [[3, 8]], "<p>\U0001f40d <mark>snake</mark></p>"),
        ('<p>x<br>y <a href="/a?b=1&amp;c=2" title="a > b">z</a></p>', [[3, 4]],
         '<p>x<br>y <a href="/a?b=1&amp;c=2" title="a > b"><mark>z</mark></a></p>'),
        ("<p>short</p>", [[3, 900]], "<p>sho<mark>rt</mark></p>"),
        ("plain", [], "plain"),
    ],
)  # fmt: skip
def test_marks_go_around_the_characters_at_the_offsets(html: str, spans: list[list[int]], expected: str) -> None:
    assert marked(html, spans) == expected


@given(st.text(max_size=200), st.lists(st.integers(0, 120), max_size=8))
def test_marks_change_nothing_else(text: str, edges: list[int]) -> None:
    html = render_stem(text)
    ends = sorted(set(edges))
    spans = [list(pair) for pair in zip(ends[::2], ends[1::2], strict=False)]
    result = marked(html, spans)
    assert unescape(re.sub("</?mark>", "", result)) == unescape(html)
