"""Test how texts in which a search has found its words are shown."""

from questions.content.word_search import WordSearch
from questions.templatetags.found import marked


def test_found_words_are_marked_and_all_parts_are_escaped() -> None:
    segments = WordSearch("<b>").segments("<i> & a <B>")
    assert marked(segments) == "&lt;i&gt; &amp; a <mark>&lt;B&gt;</mark>"
