"""Test the search for typed words: case, several texts, the parts of a text, and the excerpt around a word."""

import pytest

from questions.content.word_search import MAX_CHARS, MAX_WORDS, WordSearch, plain


@pytest.mark.parametrize(
    ("typed", "texts", "matches"),
    [
        ("glue", ("AWS Glue crawler",), True),
        ("GLUE crawl", ("AWS Glue", "a crawler"), True),
        ("glue firehose", ("AWS Glue",), False),
        ("größe", ("Die GRÖSSE",), True),
        ("GRÖSSE", ("die Größe",), True),
        ("a.b (c", ("a.b (c)",), True),
        ("a.b", ("axb",), False),
        ("lora", ("an exploration",), False),
        ("s3", ("in Amazon S3.", "s3://bucket"), True),
        ("s3", ("S30", "ByS3Key"), False),
        ("gpu", ("on GPUs",), True),
        ("gpu", ("on gpustat",), False),
        ("crawl", ("the crawlers",), True),
        ("“glue”,", ("AWS Glue",), True),
        ("", ("anything",), True),
    ],
)
def test_all_words_have_to_be_in_one_of_the_texts(typed: str, texts: tuple[str, ...], matches: bool) -> None:
    assert WordSearch(typed).matches(*texts) is matches


def test_segments_are_the_whole_text_with_its_words_marked() -> None:
    parts = WordSearch("shard shards").segments("Shards: a shard is a part")
    assert [(part.text, part.is_match) for part in parts] == [
        ("Shards", True),
        (": a ", False),
        ("shard", True),
        (" is a part", False),
    ]
    assert WordSearch("").segments("") == []


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("STRASSE", "Die Straße", ["Straße"]),
        ("weg", "Größe, Maß, Weg", ["Weg"]),
        ("mass", "Größe, Maß, Weg", ["Maß"]),
        ("abcd abcde", "abcdef", ["abcde"]),
        ("aa", "aaa aa", ["aa"]),
    ],
)
def test_case_moves_no_mark(typed: str, text: str, marked: list[str]) -> None:
    parts = WordSearch(typed).segments(text)
    assert [part.text for part in parts if part.is_match] == marked
    assert "".join(part.text for part in parts) == text


def test_words_without_a_gap_are_one_part() -> None:
    assert [part.text for part in WordSearch("++ c").segments("a c++ b") if part.is_match] == ["c++"]
    assert [part.text for part in WordSearch("hand +s").segments("a hand+s")] == ["a ", "hand+s"]


def test_an_excerpt_begins_and_ends_between_words() -> None:
    text = f"{'alpha ' * 50}needle {'omega ' * 50}".strip()
    excerpt = "".join(part.text for part in WordSearch("needle").excerpt(text, 60))
    assert excerpt.startswith("… alpha ")
    assert excerpt.endswith("omega …")
    assert "needle" in excerpt
    assert len(excerpt) <= 66
    short = WordSearch("needle").excerpt("a needle", 60)
    assert "".join(part.text for part in short) == "a needle"


@pytest.mark.parametrize("text", ["xxxx" * 125, "needle" * 100, "a" * 40 + " needle"])
def test_an_excerpt_of_words_without_end_keeps_the_match(text: str) -> None:
    parts = WordSearch("needle" if "needle" in text else "xxxx").excerpt(text, 30)
    assert any(part.is_match for part in parts)


def test_only_the_beginning_of_a_long_input_counts() -> None:
    assert len(WordSearch(" ".join(map(str, range(50)))).words) == MAX_WORDS
    assert len("".join(WordSearch("x" * 500).words)) == MAX_CHARS


@pytest.mark.parametrize(
    ("typed", "text", "matches"),
    [
        ("model card", "A model has cards.", True),
        ("card", "high cardinality", False),
        ("span", "in Spanish", False),
        ("span", "Spans of a trace", True),
    ],
)
def test_a_search_for_whole_words_finds_no_longer_ones(typed: str, text: str, matches: bool) -> None:
    assert WordSearch(typed, whole=True).matches(text) is matches


def test_a_phrase_is_counted_in_one_piece() -> None:
    assert WordSearch("Model card", whole=True).times("A model card. Model cards, a model, a card.") == 2
    assert WordSearch("").times("anything") == 0


def test_an_excerpt_shows_where_most_words_are_from_the_beginning_of_the_sentence() -> None:
    before, after = "More follows here. " * 20, "End. " * 50
    text = f"A model is trained. {before}The endpoint is slow because the model is large. {after}"
    excerpt = "".join(part.text for part in WordSearch("model slow").excerpt(text, 100))
    assert excerpt.startswith("The endpoint is slow because the model is large.")
    assert excerpt.endswith(" …")


def test_plain_text_has_no_marks() -> None:
    markdown = "## Head\n\n- **Use** `gzip`\n- Then\n  wait.\n\n| A | B |\n|---|:--|\n| 1 | `a \\| b` |"
    assert plain(markdown) == "Head Use gzip; Then wait. A: B. 1: a \\ b."
    assert plain("- one\n- two") == "one; two"
    assert plain('It reads:\n\n```json\n{"a": 1}\n```\n\nThen it ends.') == 'It reads: {"a": 1} Then it ends.'
    assert plain("Use **`gzip`**, then `a * b`.") == "Use gzip, then a b."
    assert plain("|") == plain("||") == plain("|\t|") == ""
