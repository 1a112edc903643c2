"""Test study pages: strict reading, rendering for a strict security policy, and the guide of the shipped bank."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.bank_files import study_pages
from questions.content import syllabus as syllabus_file

SHIPPED = Path(__file__).resolve().parents[3] / "questions" / "bank" / "mls-c01"
SENTENCE = "A crawler reads the files and writes what it finds about them into the catalog tables. "  # 16 words
PAGE = f"""## What to decide

You decide what a crawler does.

## How it works

- {SENTENCE * 4}
- It costs **money** by the `DPU` hour.

| Trigger | Minutes |
|:--|--:|
| Schedule | 5 |

## The exam asks

The default is a crawler on a schedule.

- {SENTENCE * 5}
- **Answer:** Run it on demand.

## Do not confuse

- {SENTENCE * 6}

## References

- [Glue (crawlers)](https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html)
- [A paper](https://doi.org/10.1371/journal.pone.0118432)
"""


def faults(text: str) -> list[tuple[int | None, str]]:
    page, reported = study_pages.read(text, "guide/glue-crawlers.md")
    assert (page is None) == bool(reported)
    assert all(fault.file == "guide/glue-crawlers.md" for fault in reported)
    return [(fault.line, fault.sentence) for fault in reported]


def test_a_page_has_four_sections_and_its_references() -> None:
    page, reported = study_pages.read(PAGE, "guide/glue-crawlers.md")
    assert reported == []
    assert page is not None
    assert page.topic == "glue-crawlers"
    assert page.decide_html == "<p>You decide what a crawler does.</p>"
    assert "<li>It costs <strong>money</strong> by the <code>DPU</code> hour.</li>" in page.works_html
    assert "<p>The default is a crawler on a schedule.</p>" in page.asks_html
    assert "<strong>Answer:</strong> Run it on demand." in page.answer_html
    assert "Answer" not in page.asks_html, "the reader thinks first"
    assert '<div class="scroll" role="region" tabindex="0" aria-label="Trigger, Minutes"><table>' in page.works_html
    assert '<td class="n">5</td>' in page.works_html
    assert [(reference.title, reference.url) for reference in page.references] == [
        ("Glue (crawlers)", "https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html"),
        ("A paper", "https://doi.org/10.1371/journal.pone.0118432"),
    ]
    assert page.n_words == 6 + 64 + 7 + 8 + 80 + 5 + 96, "neither the table nor the references"


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("## What to decide", "# What to decide", 1, "The heading '# What to decide' is not allowed"),
        ("## How it works", "## How it Works", 5, "The heading '## How it Works' is not allowed"),
        ("## How it works", "- ## How it works", 5, "The heading '- ## How it works' is not allowed"),
        ("You decide what a crawler does.", "You decide\n---", 3, "The heading '- You decide' is not allowed"),
        ("## The exam asks\n", "", 28, "The heading '## The exam asks' is missing"),
        ("## Do not confuse\n", "", 28, "The heading '## Do not confuse' is missing"),
        ("## Do not confuse", "## How it works", 29, "The heading '## Do not confuse' is missing"),
        ("You decide what a crawler does.", "", 1, "This section is empty"),
        ("## What to decide", "Hello.\n\n## What to decide", 1, "There is text before '## What to decide'"),
        ("the `DPU` hour", "the <b>DPU</b> hour", 8, "HTML is not allowed"),
        ("- It costs", "<br>\n\n- It costs", 8, "HTML is not allowed"),
        ("You decide", "[You](https://example.org/a) decide", 3, "Links are allowed only under References"),
        ("You decide", "You\ndecide <https://example.org/a>", 4, "Links are allowed only under References"),
        ("You decide", "![You](https://example.org/a.png) decide", 3, "Images are not allowed"),
        ("You decide", "> You decide", 3, "A block quote is not allowed"),
        ("https://doi.org", "http://doi.org", 28, "Write each reference on its own line as"),
        ("https://doi.org", "javascript:alert(1)//", 28, "Write each reference on its own line as"),
        ("- [A paper]", "- See [A paper]", 28, "Write each reference on its own line as"),
        ("[A paper]", "[ ]", 28, "Write each reference on its own line as"),
        (SENTENCE * 4, SENTENCE, 1, "The page has 122 words of prose. Write 250 to 450."),
        (SENTENCE * 4, SENTENCE * 12, 1, "The page has 650 words of prose."),
        ("\n\n## How", "\r\n\n## How", 3, "Lines end with CRLF"),
    ],
)
def test_a_fault_is_reported_with_its_line(old: str, new: str, line: int, sentence: str) -> None:
    assert old in PAGE
    reported = faults(PAGE.replace(old, new))
    assert any(at == line and message.startswith(sentence) for at, message in reported), reported


def test_sections_in_wrong_order_are_reported_at_the_first_one() -> None:
    swapped = (
        PAGE.replace("How it works", "-").replace("Do not confuse", "How it works").replace("-", "Do not confuse", 1)
    )
    assert faults(swapped)[0][1].startswith("'## Do not confuse' is out of order")
    assert faults(swapped)[0][0] == 5


def test_a_duplicate_section_is_reported() -> None:
    reported = faults(PAGE.replace("## References", "## How it works\n\nMore.\n\n## References"))
    assert reported == [
        (25, "'## How it works' is out of order. The order is " + ", ".join(study_pages.HEADINGS) + ".")
    ]


def test_a_page_without_a_reference_is_reported() -> None:
    assert faults(PAGE[: PAGE.index("- [Glue")]) == [(25, "A page needs at least one reference. Add one.")]


def test_all_faults_of_a_page_are_reported_by_line() -> None:
    reported = faults(PAGE.replace("`DPU`", "<i>DPU</i>").replace("https://doi", "http://doi"))
    assert [line for line, _ in reported] == [8, 8, 28]


def test_an_empty_file_lacks_all_five_headings() -> None:
    assert len(faults("")) == 5


@given(st.lists(st.sampled_from([*PAGE.split("\n"), "```", "> ", "---", "[a]: b", "\t- ", "## ", "\0", "|-|"])))
def test_any_text_is_a_page_or_has_faults_with_valid_lines(lines: list[str]) -> None:
    reported = faults("\n".join(lines))
    assert all(line is not None and 1 <= line <= max(1, len(lines)) for line, _ in reported)


@pytest.mark.parametrize(
    ("raw", "line", "sentence"),
    [
        (b"\xef\xbb\xbf## What to decide", 1, "The file begins with a byte-order mark. Save it without one."),
        (b"## What to decide\n\nCaf\xe9", 3, "The file is not UTF-8. Save it as UTF-8."),
    ],
)
def test_bytes_that_are_not_utf8_text_are_reported(tmp_path: Path, raw: bytes, line: int, sentence: str) -> None:
    (tmp_path / "x.md").write_bytes(raw)
    page, reported = study_pages.read(tmp_path / "x.md")
    assert page is None
    assert [(fault.file, fault.line, fault.sentence) for fault in reported] == [
        (str(tmp_path / "x.md"), line, sentence)
    ]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Return a bank directory with one study page."""
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "glue-crawlers.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def test_a_page_without_a_topic_and_a_topic_without_a_page_are_reported(bank: Path) -> None:
    syllabus, _ = syllabus_file.read(SHIPPED / "syllabus.yaml")
    assert syllabus is not None
    (bank / "guide" / "glue-crawler.md").write_text(PAGE, encoding="utf-8")
    reported = list(study_pages.check(bank, syllabus))
    assert (reported[0].file, reported[0].line) == (str(bank / "guide" / "glue-crawler.md"), 1)
    assert reported[0].sentence == "The syllabus has no topic 'glue-crawler'. Name the file after a topic."
    missing = [Path(fault.file).stem for fault in reported[1:]]
    assert missing == [slug for slug in syllabus.topics if slug != "glue-crawlers"]
    assert reported[1].sentence == f"The topic '{missing[0]}' has no study page. Create this file."


def test_a_bank_without_a_guide_is_valid(tmp_path: Path) -> None:
    syllabus, _ = syllabus_file.read(SHIPPED / "syllabus.yaml")
    assert list(study_pages.check(tmp_path, syllabus)) == []


def test_a_page_is_cached_until_its_file_changes(bank: Path) -> None:
    path = bank / "guide" / "glue-crawlers.md"
    first = study_pages.page(bank, "glue-crawlers")
    assert first is not None
    assert study_pages.page(bank, "glue-crawlers") is first
    path.write_text(PAGE.replace("You decide", "They decide"), encoding="utf-8")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    second = study_pages.page(bank, "glue-crawlers")
    assert second is not None
    assert second.decide_html == "<p>They decide what a crawler does.</p>"


def test_a_missing_or_invalid_page_is_not_shown(bank: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert study_pages.page(bank, "glue-databrew") is None
    (bank / "guide" / "glue-databrew.md").write_text("# Hello", encoding="utf-8")
    assert study_pages.page(bank, "glue-databrew") is None
    assert "glue-databrew.md:1: The heading '# Hello' is not allowed." in caplog.text


@pytest.mark.slow
def test_every_page_of_the_shipped_bank_is_valid_and_every_topic_has_one() -> None:
    syllabus, _ = syllabus_file.read(SHIPPED / "syllabus.yaml")
    assert [str(fault) for fault in study_pages.check(SHIPPED, syllabus)] == []
    for path in study_pages.page_files(SHIPPED):
        page = study_pages.page(SHIPPED, path.stem)
        assert page is not None
        html = page.decide_html + page.works_html + page.asks_html + page.answer_html + page.confusions_html
        assert not re.search(r'style=|<script|href="(?!#)|<h\d|\*\*|^\|', html, re.MULTILINE), path.stem
