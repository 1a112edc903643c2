"""Test Markdown with checkboxes: community lists are read, and text around the questions is ignored."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.schema import OptionContent
from questions.formats import checkbox_markdown
from questions.formats.parsed import ParsedQuestion
from tests.questions.formats.sample_files import sample_files

LIST = "- [ ] One\n- [x] Two\n- [ ] Three\n"


def parse(text: str) -> tuple[ParsedQuestion, ...]:
    parsed_file = checkbox_markdown.read(text.encode(), "q.md")
    assert parsed_file.faults == ()
    return parsed_file.questions


def test_a_community_list_is_read() -> None:
    path = sample_files("markdown")["checkbox-sample.md"]
    first, second = checkbox_markdown.read(path.read_bytes(), path.name).questions
    assert first.content is not None
    assert second.content is not None
    assert first.content.stem.endswith("Which metric should it minimise?")
    assert first.content.options[1] == OptionContent("b", True, "Mean squared error.")
    assert first.domain.endswith("/Exam Questions")
    assert (second.line, second.content.kind, len(second.content.options)) == (14, "multiple-response", 5)
    assert (first.ignored, second.ignored) == ((), ())


def test_a_heading_or_a_paragraph_is_the_stem() -> None:
    text = (
        "# List\n\n| No. | Question |\n|---|---|\n| 1 | [Which?](#which) |\n\n"
        f"## Exam domain 2\n\n### Which one?\n\n{LIST}\n---\n\n### Question 7\n\n"
        f"A case:\n\n    x\n\nWhich then?\n\n{LIST}\n\n## Storage\n\n**3.** Which else?\n{LIST}"
        f"\n4. And which?\n\n{LIST}"
    )
    questions = parse(text)
    assert [(parsed.content and parsed.content.stem, parsed.domain) for parsed in questions] == [
        ("Which one?", "List/Exam domain 2"),
        ("A case:\n\n    x\n\nWhich then?", "List/Exam domain 2"),
        ("Which else?", "List/Storage"),
        ("And which?", "List/Storage"),
    ]
    assert [parsed.content.exam_domain for parsed in questions if parsed.content] == [2, 2, None, None]


def test_options_keep_their_lines_and_code() -> None:
    text = (
        "## Which `- [x]`?\n\n```\n- [x] no option\n## no heading\n```\n\n"
        "* [ ] One\n  more\n* [X] `&lt;` &lt;b&gt; [page](https://a.b/c)\n+ [ ] Three<br>lines\n\n"
        "**Explanation:** Because.\n\nIndeed.\n"
    )
    question = parse(text)[0].content
    assert question is not None
    assert question.stem == "Which `- [x]`?\n\n```\n- [x] no option\n## no heading\n```"
    assert [option.text for option in question.options] == [
        "One\nmore",
        "`&lt;` <b> page (https://a.b/c)",
        "Three\\\nlines",
    ]
    assert question.explanation == "Because.\n\nIndeed."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"## Which one?\n\n![plot](images/a.png)\n\n{LIST}", "The picture images/a.png of the stem is missing"),
        (f'## Which one?\n\n<img width="3" src="a.png">\n\n{LIST}', "The picture a.png of the stem is missing"),
        (f"## Which one?\n\n{LIST}- [ ] ![](b.png)\n", "The picture b.png of option D is missing"),
        ("## Which one?\n\n" + LIST.replace("x", " "), "No option is marked"),
        ("## Which one?\n\n" + LIST.replace("[ ]", "[x]"), "All options are marked"),
        ("## Which one?\n\n- [x] Yes\n- [ ] No\n", "has 2 options"),
        ("## Which one? (Choose three.)\n\n" + LIST, "asks for 3, but 1"),
        (LIST, "The stem is empty"),
        ("## Which one?\n\n" + "- [ ] x\n" * 40, "over 26 options"),
    ],
)
def test_unsupported_questions_are_refused(text: str, expected: str) -> None:
    question = parse(text)[0]
    assert question.content is None
    assert expected in " ".join(question.refusals)


def test_ignored_parts_are_reported() -> None:
    question = parse(f"## Which one?\n\n![x](https://a.b/c.png)\n\n{LIST}\nSee the [docs](#docs).\n")[0]
    assert question.content is not None
    assert question.ignored == ("the picture https://a.b/c.png", "the text after the options: 'See the [docs](#docs).'")


def test_a_page_without_checkboxes_is_a_fault() -> None:
    parsed_file = checkbox_markdown.read(b"# Read me\n\n- one\n", "q.md")
    assert parsed_file.questions == ()
    assert "'- [x] right'" in parsed_file.faults[0].sentence


@settings(deadline=None)
@given(st.one_of(st.binary(), st.text(st.sampled_from("#-*[]x `\n~1.aE:"), max_size=80).map(str.encode)))
def test_no_bytes_raise(data: bytes) -> None:
    parsed_file = checkbox_markdown.read(data, "q.md")
    assert parsed_file.questions or parsed_file.faults
    assert all((parsed.content is None) == bool(parsed.refusals) for parsed in parsed_file.questions)


@pytest.mark.parametrize(
    "text",
    [
        "1. Which 3.12?\n   - [ ] One\n   - [x] Two\n   - [ ] Three\n2. What?\n   - [x] Four\n   - [ ] Five\n"
        "   - [ ] Six\n",
        "1. Which 3.12?\n\n    - [ ] One\n    - [x] Two\n    - [ ] Three\n\n2. What?\n\n    - [x] Four\n"
        "    - [ ] Five\n    - [ ] Six\n",
        "- Which 3.12?\n  - [ ] One\n  - [x] Two\n  - [ ] Three\n- What?\n  - [x] Four\n  - [ ] Five\n  - [ ] Six\n",
        f"1) Which 3.12?\n{LIST}2) What?\n- [x] Four\n- [ ] Five\n- [ ] Six\n",
        f"1. Which 3.12?\n\n{LIST}\nExplanation: Because.\n\n2. What?\n\n- [x] Four\n- [ ] Five\n- [ ] Six\n",
        f"Which 3.12?\n\n{LIST}\n> Explanation: Because.\n\nWhat?\n\n- [x] Four\n- [ ] Five\n- [ ] Six\n",
    ],
)
def test_questions_may_be_items_of_a_list_and_follow_each_other_closely(text: str) -> None:
    questions = [parsed.content for parsed in parse(text)]
    assert [question and question.stem for question in questions] == ["Which 3.12?", "What?"]
    assert [[option.text for option in question.options] for question in questions if question] == [
        ["One", "Two", "Three"],
        ["Four", "Five", "Six"],
    ]


def test_a_list_and_code_in_a_question_that_is_an_item_are_kept() -> None:
    (parsed,) = parse(
        "10. What follows?\n\n    1. Collect 2.5 GB\n    2. Train\n\n    ```\n    FROM python:3.12\n    1. RUN\n"
        "    ```\n\n    - [ ] One\n      1. with a\n      2. with b\n    - [x] Two\n    - [ ] Three\n\n"
        "    Explanation: In 2. it trains.\n"
    )
    assert parsed.content is not None
    assert parsed.content.stem == ("What follows?\n\n1. Collect 2.5 GB\n2. Train\n\n```\nFROM python:3.12\n1. RUN\n```")
    assert parsed.content.options[0].text == "One\n1. with a\n2. with b"
    assert parsed.content.explanation == "In 2. it trains."


def test_code_before_the_next_question_belongs_to_it() -> None:
    first, second = parse(f"Which?\n\n{LIST}\n```\n2. RUN\n```\n\nWhat runs?\n\n{LIST}")
    assert first.content is not None
    assert second.content is not None
    assert first.content.options[2].text == "Three"
    assert second.content.stem == "```\n2. RUN\n```\n\nWhat runs?"


@pytest.mark.parametrize(
    ("written", "stem"),
    [("**1. Which?**", "**Which?**"), ("**1.** Which?", "Which?"), ("1. **Which** 2.?", "**Which** 2.?")],
)
def test_emphasis_around_a_number_leaves_with_it_and_around_the_stem_stays(written: str, stem: str) -> None:
    (parsed,) = parse(f"{written}\n\n{LIST}")
    assert parsed.content is not None
    assert parsed.content.stem == stem
