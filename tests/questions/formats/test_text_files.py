"""Test the encoding of text files: UTF-8 and UTF-16 are recognized, anything else is Windows-1252 with a warning."""

import pytest

from questions.formats import registry
from questions.formats.text_files import decode_text

WARNING = "The file is not UTF-8, so it was read as Windows-1252. Check accents and quotation marks, first in line "
TEXTS = {
    "q.gift": "\n::a:: What is “naïve”? {=One ~Two ~Three}\n",
    "q.txt": "1. What is “naïve”?\nA) One\nB) Two\nC) Three\nAnswer: A\n",
    "aiken.txt": "What is “naïve”?\nA) One\nB) Two\nC) Three\nANSWER: A\n",
    "q.md": "## What is “naïve”?\n- [x] One\n- [ ] Two\n- [ ] Three\n",
    "q.csv": "Question,A,B,C,Answer\nWhat is “naïve”?,One,Two,Three,A\n",
    "q.json": '[{"stem": "What is “naïve”?", "options": [{"text": "One", "correct": true},'
    ' {"text": "Two"}, {"text": "Three"}]}]',
    "q.yaml": "id: a\nstem: What is “naïve”?\noptions:\n- id: a\n  text: One\n",
    "q.xml": "<quiz><question type='multichoice'><questiontext><text>What is “naïve”?</text></questiontext>"
    "<answer fraction='100'><text>One</text></answer><answer fraction='0'><text>Two</text></answer>"
    "<answer fraction='0'><text>Three</text></answer></question></quiz>",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_in_windows_1252_is_read_with_a_warning(name: str) -> None:
    text = TEXTS[name]
    expected = registry.read(text.encode(), name)
    assert expected.faults == expected.warnings == ()
    parsed_file = registry.read(text.encode("cp1252"), name)
    assert parsed_file.questions == expected.questions
    line = text[: text.index("“")].count("\n") + 1
    assert parsed_file.warnings == (f"{WARNING}{line}.",)


def test_xml_that_names_its_encoding_is_left_to_its_parser() -> None:
    text = '<?xml version="1.0" encoding="{}"?>' + TEXTS["q.xml"].replace("“", "").replace("”", "")
    assert registry.read(text.format("ISO-8859-1").encode("latin-1"), "q.xml").warnings == ()
    assert registry.read(text.format("UTF-8").encode("latin-1"), "q.xml").warnings == (f"{WARNING}1.",)


@pytest.mark.parametrize("data", [b"a\n\x81", b"\xff\xfea", b"a\n\0"])
def test_what_is_no_text_is_a_fault(data: bytes) -> None:
    decoded = decode_text(data, "q.txt")
    assert decoded.text == ""
    assert decoded.faults[0].sentence == "The file is not text. Save it as text in UTF-8."
