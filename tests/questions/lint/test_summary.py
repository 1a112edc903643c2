"""Test the line that sums up the findings of a question."""

import datetime

from questions.content.schema import OptionContent, QuestionContent
from questions.lint import Context, Finding, Severity, lint
from questions.lint.summary import summary


def test_equal_findings_of_options_are_named_once() -> None:
    options = tuple(OptionContent(code, code == "b", f"Way {code}") for code in "abcd")
    stem = "A company has a lot of data in one region. Which way is best?"
    question = QuestionContent("own", stem, options, explanation="Because.", exam_domain=3)
    context = Context(datetime.date(2026, 11, 25), None, None, installed=True)
    assert summary(lint(question, context)) == (
        "Checks: 7 failed, worst first: the rationale is missing (A–D); there is no reference;"
        " the question has no task and topic of the syllabus …"
    )


def test_options_are_named_by_their_letters_on_the_page_never_by_their_ids() -> None:
    options = tuple(OptionContent(code, code == "x1", text) for code, text in {"x1": "Same", "x2": "Same."}.items())
    question = QuestionContent("own", "Which?", options)
    context = Context(datetime.date(2026, 11, 25), installed=True)
    (finding,) = [finding for finding in lint(question, context) if finding.rule == "duplicate-options"]
    assert finding.located == "Option B: This option is the same as option A. Rewrite one of them."
    assert summary([finding]) == "Checks: 1 failed: this option is the same as option A (B)"


def test_capitals_alone_tell_no_two_options_apart_except_in_code() -> None:
    options = (OptionContent("a", True, "git branch -d"), OptionContent("b", False, "git branch -D"))
    question = QuestionContent("own", "Which?", options)
    context = Context(datetime.date(2026, 11, 25), installed=True)
    (finding,) = [finding for finding in lint(question, context) if finding.rule == "duplicate-options"]
    assert "differs from option A only in capitals" in finding.located
    assert "put backticks around code" in finding.located


def test_errors_come_first_and_notes_are_left_out() -> None:
    findings = [
        Finding("style", Severity.INFO, "stem", "The stem is long."),
        Finding("date", Severity.WARNING, "as_of", "SageMaker has changed. Check it."),
        Finding("key", Severity.ERROR, "options.x9.text", "The text is empty.", letter="A"),
        Finding("key", Severity.ERROR, "options.b.text", "The text is empty.", letter="C"),
    ]
    assert summary(findings) == "Checks: 3 failed, worst first: the text is empty (A, C); SageMaker has changed"
    assert summary(findings[2:3]) == "Checks: 1 failed: the text is empty (A)"
    assert summary(findings[:1]) == ""
