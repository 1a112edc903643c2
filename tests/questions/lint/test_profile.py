"""Test the profile of a set of questions: the counts of each measure, and the bounds of its target."""

from typing import Any

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.lint.profile import ProfileMeasure, Target, measure_profile

OPTIONS = ("Use a table of words.", "Use a list.", "Use a longer list of words.", "Use a set of words.")


def question(stem: str = "A bank sells. Which step comes next?", *texts: str, **fields: Any) -> QuestionContent:
    options = tuple(OptionContent("abcdef"[n], n == 0, text) for n, text in enumerate(texts or OPTIONS))
    return QuestionContent("q", stem, options, **fields)


def values(*questions: QuestionContent) -> dict[str, float]:
    return {measure.target.name: measure.value for measure in measure_profile(questions)}


@pytest.mark.parametrize(
    ("name", "counted", "other"),
    [
        ("stem with a table", "| a |\n|---|\n| 1 |\n\nWhich?", "```text\n| a |\n|---|\n```\n\nWhich?"),
        ("stem with code or log", "```json\n{}\n```\n\nWhich?", "The `fit` method failed. Which?"),
        ("names a role", "A data scientist trains. Which?", "A scientist trains. Which?"),
        ("names a role", "An ML engineer deploys. Which?", "The engine stops. Which?"),
        ("names a role", "The company's security team asks. Which?", "They work together. Which?"),
        ("LEAST, MOST, ... in the question", "It runs. Which is MOST useful?", "It costs MOST. Which is useful?"),
        ("least effort or cost", "Which has the LEAST operational overhead?", "Which step MOST improves recall?"),
        ("least effort or cost", "Which meets these MOST cost-effectively?", "Which is the LEAST biased sample?"),
        ("names an AI service", "It calls Amazon Textract. Which?", "It extracts text. Which?"),
        ("names security", "The bucket is encrypted. Which?", "The lake is private. Which?"),
    ],
)
def test_a_share_counts_matching_questions(name: str, counted: str, other: str) -> None:
    assert values(question(counted), question(other))[name] == 50


def test_services_are_also_counted_in_options() -> None:
    profile = values(question("Which?", "Amazon Polly", "a VPC endpoint"), question())
    assert (profile["names an AI service"], profile["names security"]) == (50, 50)


def test_decisions_and_textbook_answers_are_shares_of_all_questions() -> None:
    profile = values(
        question(ask="service", default="key"),
        question(ask="service", default="distractor"),
        question(ask="computation", default="absent"),
        question(),
    )
    assert profile["asks for a service"] == 50
    assert profile["asks to compute"] == 25
    assert profile["asks for a setting"] == 0
    assert profile["the textbook answer is the key"] == 25
    assert profile["the textbook answer is a distractor"] == 25


def test_options_that_are_only_numbers_count_as_computation_and_have_no_length_ratio() -> None:
    numeric = question("Which?", "1", "2,000", "30", "4")
    assert values(numeric, question())["asks to compute"] == 50
    assert "longest to shortest option, mean" not in values(numeric)
    assert values(numeric, question())["longest to shortest option, mean"] == pytest.approx(27 / 11)


def test_numbers_are_counted_in_text_and_tables_but_not_in_names() -> None:
    stem = "In S3, 1,200 files of 8 TB train on ml.p3.2xlarge for $3.50.\n\n| a |\n|---|\n| 15% |\n\nWhich F1?"
    assert values(question(stem))["numbers in a stem, mean"] == 4


def test_a_set_without_questions_has_no_profile() -> None:
    assert measure_profile([]) == ()


@pytest.mark.parametrize(
    ("target", "text", "within", "beyond"),
    [
        (Target("x", None, 6), "at most 6 %", (0, 6), (6.1,)),
        (Target("x", 45, None), "at least 45 %", (45, 100), (44.9,)),
        (Target("x", 1.4, 1.9, ""), "1.4 to 1.9", (1.4, 1.9), (1.39, 1.91)),
    ],
)
def test_the_bounds_of_a_target_pass(
    target: Target, text: str, within: tuple[float, ...], beyond: tuple[float, ...]
) -> None:
    assert str(target) == text
    assert all(ProfileMeasure(target, value).passes for value in within)
    assert not any(ProfileMeasure(target, value).passes for value in beyond)


def test_a_value_is_shown_so_that_a_miss_is_seen() -> None:
    assert str(ProfileMeasure(Target("x", 45, None), 44.9)) == "44.9 %"
    assert str(ProfileMeasure(Target("x", 1.4, None, ""), 1.39)) == "1.39"
