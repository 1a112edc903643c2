"""The glossary of a guide is read strictly: sorted terms, each with a short definition."""

import os
from pathlib import Path

import pytest

from questions.bank_files import glossary
from questions.bank_files.check import check
from questions.bank_files.guide_search import guide_index
from questions.content import syllabus as syllabus_file
from questions.content.syllabus import ExamDomain, Syllabus, Task, Topic
from tests.questions.bank_files.test_check import TODAY

BANKS = Path(__file__).resolve().parents[3] / "questions" / "bank"
SYLLABUS = Syllabus(
    (ExamDomain(1, "One", (Task("1.1", "Task", (Topic("glue", "Glue", services=("AWS Glue", "Amazon S3")),)),)),)
)
TEXT = """## A/B test

A comparison on live traffic.

## Recall

The share of actual positives that the model finds. It is `TP / (TP + FN)`.

## t-SNE

A **nonlinear** projection.
"""


def faults(text: str) -> list[tuple[int | None, str]]:
    terms, reported = glossary.read(text, "glossary.md")
    assert bool(reported) != bool(terms)
    return [(fault.line, fault.sentence) for fault in reported]


def test_a_glossary_has_terms_with_their_definitions() -> None:
    terms, reported = glossary.read(TEXT, "glossary.md")
    assert reported == []
    assert [term.name for term in terms] == ["A/B test", "Recall", "t-SNE"]
    assert terms[2].definition_html == "<p>A <strong>nonlinear</strong> projection.</p>"


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("## A/B test", "# A/B test", 1, "The heading '# A/B test' is not allowed. Write each term as '## Term'."),
        ("## A/B test", "Hello.\n\n## A/B test", 1, "There is text before the first term."),
        ("A comparison on live traffic.\n", "", 1, "The definition is missing. Write one or two sentences."),
        ("A comparison", "A long " * 30 + "comparison", 1, "The definition has 64 words. Write at most 60."),
        ("## t-SNE", "## Precision", 9, "The term is out of order. Move it before 'Recall'."),
        ("## t-SNE", "## recall", 9, "The term is defined twice. Keep one."),
        ("A comparison", "A <b>comparison</b>", 3, "HTML is not allowed."),
        (
            "A comparison",
            "A [comparison](https://example.org)",
            3,
            "Links are allowed only under References of a study",
        ),
        ("\n\n## Recall", "\r\n\n## Recall", 3, "Lines end with CRLF."),
    ],
)
def test_a_fault_has_its_line(old: str, new: str, line: int, sentence: str) -> None:
    assert old in TEXT
    reported = faults(TEXT.replace(old, new))
    assert any(at == line and message.startswith(sentence) for at, message in reported), reported


def test_an_empty_glossary_is_reported() -> None:
    assert faults("\n") == [(1, "The glossary is empty. Write each term as '## Term'.")]


def test_a_bank_without_a_glossary_has_no_terms_and_no_fault(tmp_path: Path) -> None:
    assert glossary.terms(tmp_path) == ()
    assert glossary.services(tmp_path) == ()
    assert list(glossary.check(tmp_path, None)) == []


def test_a_changed_glossary_is_read_again_and_a_broken_one_is_not_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = glossary.glossary_file(tmp_path)
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    assert len(glossary.terms(tmp_path)) == 3
    assert glossary.terms(tmp_path) is glossary.terms(tmp_path)
    path.write_text("Hello.", encoding="utf-8")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    assert glossary.terms(tmp_path) == ()
    assert "glossary.md:1: There is text before the first term." in caplog.text


def test_faults_of_the_glossary_are_found_with_the_bank(tmp_path: Path) -> None:
    path = glossary.glossary_file(tmp_path)
    path.parent.mkdir()
    path.write_text("# Recall\n", encoding="utf-8")
    rows = [(row.file, row.finding.rule, row.finding.line) for row in check(tmp_path, TODAY).findings]
    assert (str(path), "glossary", 1) in rows


def test_services_are_those_that_the_topics_name(tmp_path: Path) -> None:
    path = glossary.services_file(tmp_path)
    path.parent.mkdir()
    path.write_text("## AWS Glue\n\nMoves data.\n\n## AWS Glee\n\nSings.\n", encoding="utf-8")
    assert "out of order" in next(glossary.check(tmp_path, SYLLABUS)).sentence
    path.write_text("## AWS Glee\n\nSings.\n\n## AWS Glue\n\nMoves data.\n", encoding="utf-8")
    assert [term.name for term in glossary.services(tmp_path)] == ["AWS Glee", "AWS Glue"]
    reported = [(fault.field, fault.sentence) for fault in glossary.check(tmp_path, SYLLABUS)]
    assert reported == [
        ("AWS Glee", "No topic of the syllabus names this service. Remove it."),
        ("Amazon S3", "The syllabus names this service. Say in a sentence what it is."),
    ]


@pytest.mark.parametrize("bank", ["mls-c01", "mla-c02"])
def test_the_shipped_glossary_and_services_are_in_order(bank: str) -> None:
    syllabus, _faults = syllabus_file.read(BANKS / bank / "syllabus.yaml")
    assert syllabus is not None
    assert [str(fault) for fault in glossary.check(BANKS / bank, syllabus)] == []
    assert len(glossary.terms(BANKS / bank)) >= 60
    assert len(glossary.services(BANKS / bank)) >= 60


def test_terms_lead_to_the_topics_about_them() -> None:
    bank = BANKS / "mls-c01"
    syllabus, _faults = syllabus_file.read(bank / "syllabus.yaml")
    assert syllabus is not None
    index = guide_index(bank, syllabus)
    topics = {term.name: [topic.slug for topic in index.topics_of(term)] for term in glossary.terms(bank)}
    assert topics["Overfitting"][0] == "overfitting-bias-variance"
    assert topics["L1 regularization"][0] == "l1-l2-regularization"
    assert topics["Confusion matrix"][0] == "confusion-matrix-reading"
    assert topics["Principal component analysis (PCA)"][0] == "dimensionality-reduction-pca"
    assert topics["Bag of words"] == [], "its words are spread over a page about something else"
    assert sum(map(bool, topics.values())) > 0.9 * len(topics)


def test_a_term_leads_to_no_topic_that_has_only_a_longer_word() -> None:
    bank = BANKS / "mla-c02"
    syllabus, _faults = syllabus_file.read(bank / "syllabus.yaml")
    assert syllabus is not None
    index = guide_index(bank, syllabus)
    topics = {term.name: [topic.slug for topic in index.topics_of(term)] for term in glossary.terms(bank)}
    assert topics["Model card"][0] == "versioning-models"
    assert "encoding-categories-and-text" not in topics["Model card"], "cardinality"
    assert topics["Span"]
    assert "ready-made-ai-services" not in topics["Span"], "Spanish"
