"""Test each lint rule on a question that breaks it, and on one that does not."""

import datetime
from dataclasses import replace
from typing import Any

import pytest

from questions.bank_files.question_yaml import dump, read
from questions.content import syllabus as syllabus_file
from questions.content.house_rules import HouseRules
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import OptionContent, QuestionContent, Reference, Waiver, option_letters
from questions.lint import RULES, Context, Severity, lint

SYLLABUS, _ = syllabus_file.read(
    """\
exam_domains:
  - number: 3
    title: "Modeling"
    tasks:
      - code: "3.4"
        title: "Tune"
        topics:
          - {slug: one-topic, title: "One", summary: "One.", weeks: [1], points: [{id: g001, text: "One."}]}
      - code: "3.5"
        title: "Judge"
        topics:
          - {slug: two-topic, title: "Two", summary: "Two.", weeks: [1], points: [{id: g002, text: "Two."}]}
"""
)
TODAY = datetime.date(2026, 11, 25)
PICTURE, LOST_PICTURE = (f"images/{sign * 64}.png" for sign in "ab")
CONTEXT = Context(TODAY, SYLLABUS, in_exams=True, unknown_pictures=frozenset({LOST_PICTURE}))
STEM = "A bakery forecasts how many loaves each shop will sell tomorrow, and retrains weekly. Which step comes next?"
TEXTS = [
    "Train on rows of the last year.",
    "Drop shops with few sales first.",
    "Scale each column to one range.",
    "Add the weather as a feature.",
]


def question(*texts: str, keys: tuple[int, ...] = (0,), **fields: Any) -> QuestionContent:
    """Return a question without findings, with other options or fields."""
    options = tuple(
        OptionContent("abcdef"[n], n in keys, text, "This is why it is right or wrong.")
        for n, text in enumerate(texts or TEXTS)
    )
    values: dict[str, Any] = {
        "id": "d3-bakery", "stem": STEM, "options": options, "status": "live", "task": "3.4", "topic": "one-topic",
        "points": ("g001",), "rating": 65, "as_of": "2026-11-25", "license": "CC-BY-SA-4.0",
        "ask": "technique", "default": "key",
        "kind": "multiple-response" if len(keys) > 1 else "multiple-choice",
        "explanation": "The step meets each constraint.", "references": (Reference("A page", "https://example.com/"),),
    }  # fmt: skip
    return QuestionContent(**(values | fields))


def names(content: QuestionContent, context: Context = CONTEXT) -> set[str]:
    return {finding.rule for finding in lint(content, context)}


def first(text: str) -> QuestionContent:
    """Return the question with another key."""
    return question(text, *TEXTS[1:])


def last(text: str) -> QuestionContent:
    """Return the question with another last distractor."""
    return question(*TEXTS[:3], text)


def asking(stem: str) -> QuestionContent:
    """Return the question with another stem."""
    return question(stem=stem)


def with_rationale(text: str) -> QuestionContent:
    first, *others = question().options
    return question(options=(replace(first, rationale=text), *others))


def two_keys(stem: str, *texts: str) -> QuestionContent:
    return question(*(texts or (*TEXTS, "Keep the model as it is now.")), keys=(0, 1), stem=stem)


SELECT_TWO = STEM + " (Select TWO.)"
LONG_WORDS = " ".join(["word"] * 160)
NUMBERS = ("0.70", "0.71", "0.77", "0.80")

CASES = [
    ("choose-mismatch", two_keys(STEM + " (Select THREE.)"), two_keys(SELECT_TWO)),
    ("choose-mismatch", two_keys(STEM + " (Select all that apply.)"), two_keys(STEM + " Choose two.")),
    ("choose-mismatch", question(keys=(0, 1), kind="multiple-choice"), question()),
    ("choose-mismatch", asking(STEM + " (Choose one.)"), asking("A team must select two shops. " + STEM)),
    ("choose-mismatch", question(kind="multiple-response", stem=STEM + " (Select ONE.)"),
     two_keys(STEM + " (Choose 2)")),
    ("select-missing", two_keys(STEM), two_keys(SELECT_TWO)),
    ("duplicate-options", question("Use it.", "Use  IT", "Drop it.", "Sell it."), question()),
    ("duplicate-options", question("`ls -a`", "`ls -a`.", "Drop it."), question("`ls -a`", "`ls -A`", "Drop it.")),
    ("duplicate-options", question("$x$", "$x$", "Drop it."), question("$x$", "$X$", "Drop it.")),
    ("above-option", last("None of the above."), last("All of the weekly sales.")),
    ("above-option", last("Both of these"), last("Both of these shops stay.")),
    ("combined-options", last("A and C"), last("Recall and precision.")),
    ("combined-options", last("Both options 1 and 3 only."), last("Class A and shop C.")),
    ("article-cue", question("Area.",
     "Mean.", "Error.", "Rate.", stem="The measure that fits best here is an"), question()),
    ("article-cue", question(*TEXTS, stem="The step that fits best here is a"),
     question("Use", "Act", stem=STEM)),
    ("leftover-markup", asking("A <b>bakery</b> sells. " + STEM), asking("If p < 0.05 & x > 3. " + STEM)),
    ("leftover-markup", question(explanation="Use &nbsp; here."),
     question(explanation="Use `&nbsp;` and `<br>`.")),
    ("leftover-markup", question(explanation="This is **strong."),
     question(explanation="This is **strong**, `a**b`.")),
    ("leftover-markup", asking("```\n<a>\n" + STEM), asking("```\n<a>\n```\n\n" + STEM)),
    ("leftover-markup", question(explanation="![x](http://example.com/y.png)"), question()),
    ("short-table-rows", question(explanation="|a" * 60 + "|\n" + "|-" * 60 + "|\n" + "|a\n" * 60),
     question(explanation="|a|b|\n|-|-|\n" + "|a\n" * 60)),
    ("broken-formula", asking(r"It computes $\frac{a}$. " + STEM), asking(r"It computes $\frac{a}{b}$. " + STEM)),
    ("broken-formula", question(explanation="It is $$x$ here."), question(explanation="It is $5 or `$$x`, and $$x$$.")),
    ("picture-without-alt", question(explanation=f"![]({PICTURE})"), question(explanation=f"![A]({PICTURE})")),
    ("unknown-picture", question(explanation=f"![A]({LOST_PICTURE})"), question(explanation=f"![A]({PICTURE})")),
    ("no-key", question(keys=()), question()),
    ("all-keys", question(keys=(0, 1, 2, 3)), question()),
    ("place-in-rationale", with_rationale("Option B is cheaper."), with_rationale("This option is cheaper.")),
    ("place-in-rationale", with_rationale("As in the first option."),
     with_rationale("The first model is option enough.")),
    ("place-in-rationale", with_rationale("B) is wrong."),
     with_rationale("A is-a relation answers a question.")),
    ("place-in-rationale", question(explanation="Answer (C) ignores it."),
     question(explanation="They answer A/B tests.")),
    ("missing-explanation", question(explanation=" "), question()),
    ("missing-rationale", with_rationale(""), question()),
    ("missing-reference", question(references=()), question()),
    ("insecure-reference", question(references=(Reference("A page", "http://example.com/"),)),
     question(references=(Reference("A page", "https://example.com/?from=http://example.com"),))),
    ("topic-not-assigned", question(task=None, topic=None, exam_domain=3, points=()), question()),
    ("topic-not-assigned", question(points=()), question()),
    ("exam-domain-missing", question(task=None, topic=None), question(task=None, topic=None, exam_domain=3)),
    ("unknown-exam-domain", question(task=None, topic=None, exam_domain=7),
     question(task=None, topic=None, exam_domain=3)),
    ("unknown-task", question(task="9.9"), question()),
    ("unknown-topic", question(topic="no-topic"), question()),
    ("unknown-topic", question(topic="two-topic"), question(task="3.5", topic="two-topic")),
    ("unknown-point", question(points=("g001", "g999")), question(points=("g001", "g002"))),
    ("retired-service-key", first("Use Amazon Lookout for Vision."), last("Use AWS Panorama.")),
    ("retired-service-key", first("Use AWS Data Pipeline."), first("Use a data pipeline.")),
    ("closed-service-key", first("Label with Ground Truth."), first("Compare with ground truth.")),
    ("renamed-service", first("Use Kinesis Data Firehose."),
     asking("Amazon SageMaker Pipelines runs. " + STEM)),
    ("renamed-service", first("Use Amazon Data Firehose."),
     question("Use it.", *TEXTS[1:], stem="Amazon Data Firehose (formerly Kinesis Data Firehose) runs. " + STEM)),
    ("as-of-old", question(as_of="2025-05-25"), question(as_of="2025-05-26")),
    ("key-longer", first("Train on all rows of the last year and of this year."), question()),
    ("key-longer", question("Train it on it.", "Drop.", "Add.", "Keep."),
     question("Use all rows.", "Drop.", "Add.", "Keep.")),
    ("key-shorter", first("Train on rows."),
     question("Train on rows.", "Drop rows.", "Add more rows.", "Keep.")),
    ("key-shorter", two_keys(SELECT_TWO, "Add rows.", *TEXTS), two_keys(SELECT_TWO)),
    ("uneven-lengths", question(TEXTS[0], "Drop it.", "Sell it.", "Keep it."), question()),
    ("absolutes-in-distractors", question(TEXTS[0], "Never drop shops.", *TEXTS[2:]),
     question("Always train.", "Never drop.", *TEXTS[2:])),
    ("absolutes-in-distractors", question(TEXTS[0], "Use none of it.", *TEXTS[2:]),
     question(TEXTS[0], "Set `none` there.", *TEXTS[2:])),
    ("key-form-differs", first("Training on all rows."),
     question("Training it.", "Scaling it.", "Drop it.", "Add it.")),
    ("key-form-differs", first("`train` on the rows."),
     question("A row.", "The shop.", "A column.", "An hour.")),
    ("final-period", first("Train on rows of the last year"), question("Train", "Drop", "Scale", "Add")),
    ("same-words", question("Scale it, then split it.", "Split it, then scale it.", *TEXTS[2:]), question()),
    ("option-contained", question("Scale each column.", "Scale each column and drop rows.", *TEXTS[2:]),
     question()),
    ("option-contained", question("Recall", "Recall and precision", "F1", "Accuracy"),
     question("Call", "Recall", "F1", "Loss")),
    ("unsorted-numbers", question("0.70", "0.80", "0.71", "0.77"), question(*NUMBERS)),
    ("unsorted-numbers", question("10 shards", "9 shards", "11 shards", "12 shards"),
     question("9 shards", "10 shards", "1,100 shards", "1,200 shards")),
    ("unsorted-numbers", question("3 USD", "1 USD", "2 USD", "4 USD"), question("4%", "3%", "2%", "1.5%")),
    ("option-count", question(*TEXTS[:3]), question()),
    ("option-count", two_keys(SELECT_TWO, *TEXTS), two_keys(SELECT_TWO)),
    ("negative-stem", asking("A bakery sells loaves in many shops. Which step is not needed?"), question()),
    ("negative-stem", asking("A bakery sells. Which step doesn't help?"),
     asking("It does not sell. Which step is NOT needed?")),
    ("no-question", asking("A bakery wants to sell more loaves in all of its shops."), question()),
    ("no-question", asking("Which step is right for the shops here? It must be cheap."),
     two_keys(SELECT_TWO)),
    ("which-is-true", asking("Which of the following statements about bakeries is true?"), question()),
    ("stem-length", asking("Which step comes next?"), question()),
    ("stem-length", asking(LONG_WORDS + ". Which?"), asking(STEM + "\n\n```text\n" + LONG_WORDS + "\n```")),
    ("stem-length", asking(LONG_WORDS + ". Which?"),
     asking("| a |\n|---|\n" + f"| {LONG_WORDS} |\n\n" + STEM)),
    ("rating-below-chance", question(rating=20), question(rating=25)),
    ("key-only-stem-word", first("Train on the loaves."),
     question("Use loaves.", "Drop loaves.", *TEXTS[2:])),
    ("vague-words", first("Train as usually done."), first("Set `usually` first.")),
    ("readability", asking("Notwithstanding organizational considerations, interdepartmental stakeholders "
     "systematically operationalize multidimensional recommendation infrastructure, which ones?"), question()),
    ("missing-ask", question(ask=None), question()),
    ("missing-default", question(default=None), question()),
    ("plug", asking("The disk is sufficient. Which step helps?"), asking("The disk has 2 TB. Which step helps?")),
    ("banned-phrase", first("Train the model anew."), first("Train with `anew` again.")),
    ("banned-phrase", asking("A bakery bakes. Which kind of plot fits?"), asking("It uses a plot, which fits. Which?")),
    ("banned-phrase", with_rationale("It needs a shop of its own."), with_rationale("It needs its own shop.")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "broken", "sound"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_rule_fires_only_where_it_should(rule: str, broken: QuestionContent, sound: QuestionContent) -> None:
    assert rule in names(broken)
    assert rule not in names(sound)


def test_every_rule_is_tested_and_defined() -> None:
    assert {rule for rule, _, _ in CASES} | {"near-duplicate"} == set(RULES)
    assert all(rule.definition.endswith(".") for rule in RULES.values())


def test_a_good_question_has_no_finding() -> None:
    assert lint(question(), CONTEXT) == []


def test_a_near_duplicate_is_found_and_a_related_question_is_not() -> None:
    twin = question(id="d3-twin", stem=STEM.replace("weekly", "daily"))
    cousin = question(
        "Count it.",
        "Sort it.",
        "Cut it.",
        "Log it.",
        id="d3-cousin",
        stem="A bakery counts the loaves of yesterday in one shop. Which plot fits?",
    )
    known = Context(TODAY, SYLLABUS, NearDuplicateIndex([question(), twin, cousin]))
    findings = [finding for finding in lint(question(), known) if finding.rule == "near-duplicate"]
    assert len(findings) == 1
    assert "d3-twin" in findings[0].sentence
    assert "near-duplicate" not in names(cousin, known)


def test_short_questions_may_share_words_where_no_rule_of_style_counts() -> None:
    related, copied = question(id="d3-related", stem=STEM.replace("weekly", "daily")), question(id="d3-copy")
    lenient = HouseRules(switches=frozenset())
    for other, found in ((related, False), (copied, True)):
        known = Context(TODAY, SYLLABUS, NearDuplicateIndex([question(), other]), house=lenient)
        assert ("near-duplicate" in names(question(), known)) == found


def test_a_waiver_silences_a_warning_but_not_an_error() -> None:
    content = question(
        "0.70",
        "0.80",
        "0.71",
        "0.70",
        waivers=(Waiver("unsorted-numbers", "As in the table."), Waiver("duplicate-options", "So.")),
    )
    assert names(replace(content, waivers=())) == {"unsorted-numbers", "duplicate-options"}
    assert names(content) == {"duplicate-options"}


def test_an_installation_gets_warnings_where_the_shipped_bank_gets_errors() -> None:
    bare = question(explanation="", references=(), points=())
    missing = {"missing-explanation", "missing-reference", "topic-not-assigned"}
    shipped = {finding.rule: finding.severity for finding in lint(bare, CONTEXT)}
    installed = {finding.rule: finding.severity for finding in lint(bare, replace(CONTEXT, installed=True))}
    assert shipped == dict.fromkeys(missing, Severity.ERROR)
    assert installed == dict.fromkeys(missing, Severity.WARNING)
    waived = replace(bare, waivers=tuple(Waiver(rule, "A whole import.") for rule in missing))
    assert lint(waived, replace(CONTEXT, installed=True)) == []


def test_findings_have_lines_and_errors_come_first() -> None:
    text = dump(question("Use Ground Truth.", "Use Ground truth", "Never use it.", "Sell it."))
    content, _ = read(text)
    assert content is not None
    findings = lint(content, CONTEXT)
    assert [finding.severity for finding in findings] == sorted((f.severity for f in findings), key="EWI".index)
    lines = text.splitlines()
    for finding in findings:
        if finding.field.startswith("options."):
            assert finding.line is not None
            assert finding.field.rpartition(".")[2] in lines[finding.line - 1]


def test_the_style_of_the_exam_is_required_only_where_exams_draw() -> None:
    plain = question("Train on the rows anew.", *TEXTS[1:], ask=None, default=None)
    assert names(plain, replace(CONTEXT, in_exams=False)) == set()
    findings = {finding.rule: (finding.severity, finding.sentence) for finding in lint(plain, CONTEXT)}
    assert findings["banned-phrase"] == (Severity.WARNING, "'anew' is not how AWS writes. Write 'again'.")
    assert findings["missing-ask"][0] == findings["missing-default"][0] == Severity.ERROR


def test_rules_about_the_syllabus_yield_nothing_without_one() -> None:
    lost = question(task="9.9", topic="no-topic", points=("g999",))
    assert names(lost, Context(TODAY)) == set()


def test_a_draft_with_more_options_than_there_are_letters_has_findings_and_stops_no_page() -> None:
    ids = [f"o{n}" for n in range(40)]
    many = tuple(OptionContent(code, n == 0, f"The same text {n % 39}.", "Why.") for n, code in enumerate(ids))
    content = replace(question(), options=many)
    assert "duplicate-options" in names(content)
    assert list(option_letters(content).values())[25:34] == ["Z", *"abcdef", "33", "34"]
