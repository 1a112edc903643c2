"""Test how a question is asked: what stays on one line."""

import pytest

from questions.templatetags.asked import unbroken


@pytest.mark.parametrize("words", ["4 TB", "2,000 MB", "1.5 %", "n-gram", "real-time", "out-of-memory", "SSE-KMS"])
def test_a_number_with_its_unit_and_a_word_with_a_hyphen_are_not_broken(words: str) -> None:
    assert unbroken(f"<p>It has {words}, daily.</p>") == f'<p>It has <span class="nb">{words}</span>, daily.</p>'


@pytest.mark.parametrize(
    "html",
    [
        "<p>4 tables, 20 and 3 of 5</p>",
        "<p>a - b, -1 to -5</p>",
        "<p>one-two-three-four-five</p>",
        "<p>incomprehensibility-counterrevolutionary</p>",
        "<p><code>n-gram 4 TB</code></p>",
        '<pre tabindex="0"><code>aws s3 cp real-time 4 TB</code></pre>',
        '<img src="images/a-b.png" alt="4 TB">',
    ],
)
def test_all_else_is_left_as_it_is(html: str) -> None:
    assert unbroken(html) == html


def test_the_words_after_code_are_seen_again() -> None:
    assert unbroken("<code>a-b</code> n-gram") == '<code>a-b</code> <span class="nb">n-gram</span>'
