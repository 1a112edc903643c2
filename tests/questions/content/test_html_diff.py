"""Test changes marked in rendered texts: words in place, tables as tables, nothing lost, no unsafe markup."""

import re

from hypothesis import given
from hypothesis import strategies as st

from questions.content.html_diff import mark_changes
from questions.content.markdown import render, render_inline

TABLE = "| Loss | Training |\n|---|---|\n| logged | {} |\n| again | 0.55 |"
PIECES = st.lists(
    st.sampled_from(
        ["row", "rows", " ", "\n\n", "`a < b`", "**key**", "- one\n- two", TABLE.format("0.4"), "<b>", '"']
    ),
    max_size=7,
).map("".join)


def test_a_changed_word_is_marked_in_its_place() -> None:
    assert mark_changes("<p>all rows</p>", "<p>some rows</p>") == "<p><del>all</del><ins>some</ins> rows</p>"


def test_a_table_stays_a_table() -> None:
    marked = mark_changes(render(TABLE.format("0.44")), render(TABLE.format("0.46")))
    assert "<del>44</del><ins>46</ins></td>" in marked
    assert marked.count("<tr>") == 3


def test_a_deleted_paragraph_is_marked_within_a_paragraph() -> None:
    marked = mark_changes(render("One.\n\nTwo."), render("One."))
    assert re.fullmatch(r"<p>One\.</p>\s*<p><del>\s*Two\.\s*</del></p>", marked)
    assert mark_changes("", render("New.")) == "<p><ins>New.</ins></p>"
    assert mark_changes(render_inline("Old."), "") == "<del>Old.</del>"


@given(PIECES, PIECES)
def test_without_marks_the_result_is_the_new_text(before: str, after: str) -> None:
    new = render(after)
    marked = re.sub(r"<del>.*?</del>", "", mark_changes(render(before), new), flags=re.DOTALL)
    assert re.sub(r"</?ins>", "", marked).removesuffix("<p></p>") == new
    assert set(re.findall(r"<\w+", marked)) <= {*re.findall(r"<\w+", new), "<ins", "<p"}


@given(PIECES, PIECES)
def test_no_word_of_either_text_is_lost(before: str, after: str) -> None:
    """Apart from white space, unchanged and deleted words are the old text, unchanged and new ones the new text."""

    def text(html: str) -> str:
        return re.sub(r"\s+", "", re.sub(r'<(?:"[^"]*"|[^">])*>', "", html))

    marked = mark_changes(render(before), render(after))
    assert text(re.sub(r"<del>.*?</del>", "", marked, flags=re.DOTALL)) == text(render(after))
    gone = "".join(re.findall(r"<del>(.*?)</del>", marked, flags=re.DOTALL))
    assert len(text(gone)) + len(text(re.sub(r"<ins>.*?</ins>|<del>.*?</del>", "", marked, flags=re.DOTALL))) == len(
        text(render(before))
    )
