"""What a study page says not to confuse is read as pairs, and shown with each name beside what it is."""

from pathlib import Path

import pytest

from questions.bank_files import study_pages
from questions.bank_files.confusions import Confusion, confusions, in_sentences, with_names
from questions.content import markdown
from questions.content import syllabus as syllabus_file

BANKS = Path(__file__).resolve().parents[3] / "questions" / "bank"
TABLE = """| Pair | First | Second |
|---|---|---|
| RCF or XGBoost | No labels | `a \\| b` |
| `skipgram` or batch mode? | One machine | Several |
| k-means or k-NN | Groups | Predicts |"""


def test_pairs_have_their_names_and_what_they_are() -> None:
    assert confusions(f"Before.\n\n{TABLE}\n\nAfter.") == (
        Confusion("RCF", "XGBoost", "No labels", "`a \\| b`", "RCF or XGBoost"),
        Confusion("`skipgram`", "Batch mode", "One machine", "Several", "`skipgram` or batch mode"),
        Confusion("k-means", "k-NN", "Groups", "Predicts", "k-means or k-NN"),
    )


def test_a_row_shows_each_name_beside_what_it_is() -> None:
    html = markdown.render(with_names(f"Before.\n\n{TABLE}"))
    assert html.startswith("<p>Before.</p>")
    assert "<td><strong>RCF</strong>: No labels</td>" in html
    assert "<td><strong><code>skipgram</code></strong>: One machine</td>" in html
    assert "<td><strong>k-NN</strong>: Predicts</td>" in html
    assert "Pair" not in html


def test_the_search_reads_each_pair_as_a_sentence() -> None:
    text = in_sentences(f"Before.\n\n{TABLE}")
    assert text.startswith("Before.\n\nRCF: No labels; XGBoost: `a")
    assert "\nk-means: Groups; k-NN: Predicts." in text
    assert "Pair" not in text


@pytest.mark.parametrize(
    "text",
    [
        "A sentence about this or that.",
        TABLE.replace("Pair", "Symptom"),
        TABLE.replace("RCF or XGBoost", "RCF, XGBoost"),
        TABLE.replace("RCF or XGBoost", "A or B or C"),
        TABLE.replace("| Groups ", ""),
        TABLE.split("\n| RCF", maxsplit=1)[0],
        "",
        "|",
    ],
)
def test_what_is_no_table_of_pairs_stays_as_it_is(text: str) -> None:
    assert confusions(text) == ()
    assert with_names(text) == in_sentences(text) == text


@pytest.mark.parametrize(("bank", "others"), [("mls-c01", 4), ("mla-c02", 0)])
def test_nearly_all_shipped_pages_have_pairs(bank: str, others: int) -> None:
    syllabus, _faults = syllabus_file.read(BANKS / bank / "syllabus.yaml")
    assert syllabus is not None
    pages = [study_pages.page(BANKS / bank, slug) for slug in syllabus.topics]
    assert sum(not page.pairs for page in pages if page) == others
    assert all(page for page in pages)
