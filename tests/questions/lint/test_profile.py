"""Test the profile of a bank: what each measure counts, the bounds of its target, and its file."""

from pathlib import Path
from typing import Any

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.lint import profile as profile_file
from questions.lint.profile import Profile, ProfileMeasure, Target, measure_profile
from questions.lint.profile_measures import MEASURES

OPTIONS = ("Use a table of words.", "Use a list.", "Use a longer list of words.", "Use a set of words.")


def question(stem: str = "A bank sells. Which step comes next?", *texts: str, **fields: Any) -> QuestionContent:
    options = tuple(OptionContent("abcdef"[n], n == 0, text) for n, text in enumerate(texts or OPTIONS))
    return QuestionContent("q", stem, options, **fields)


def values(*questions: QuestionContent) -> dict[str, float]:
    profile = Profile(targets=tuple(Target(name, 0) for name in MEASURES))
    return {measure.target.name: measure.value for measure in measure_profile(questions, profile)}


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
        ("names security or secrets", "It reads AWS Secrets Manager. Which?", "It keeps a secret. Which?"),
        ("names an ML engineer", "An ML engineer deploys. Which?", "A data engineer deploys. Which?"),
        ("names a data scientist", "Two data scientists train. Which?", "A scientist trains. Which?"),
        ("opens with a company, team or role", "A company sells. Which?", "A model fails. A company sells. Which?"),
        ("ends with a question", "It fails. Which step helps?", "Select the step."),
        ("the question on its own line", "It fails.\n\nWhich step helps?", "It fails. Which step helps?"),
        ("closes with 'these requirements'", "Which solution will meet these requirements?", "Which step helps?"),
        ("LEAST overhead", "Which has the LEAST operational overhead?", "Which needs the LEAST effort?"),
        ("MOST cost-effective", "Which is MOST cost-effective?", "Which is MOST useful?"),
        ("names cost", "The budget is small. Which?", "The cluster is small. Which?"),
        ("names CI/CD, IaC or containers", "AWS CodePipeline deploys it. Which?", "It is deployed. Which?"),
        ("stem with a picture", f"![A curve](images/{'a' * 64}.png)\n\nWhich?", "A curve. Which?"),
        ("stem with an exhibit", "```json\n{}\n```\n\nWhich?", "A policy. Which?"),
        ("stem with a list", "It must:\n\n- run\n- stop\n\nWhich?", "It must run - and stop. Which?"),
        ("stem under 38 words", "word " * 36 + "Which?", "word " * 37 + "Which?"),
        ("stem over 100 words", "word " * 100 + "Which?", "word " * 99 + "Which?"),
        ("stem over 110 words", "word " * 110 + "Which?", "word " * 109 + "Which?"),
        ("stem over 150 words", "word " * 150 + "Which?", "word " * 149 + "Which?"),
    ],
)
def test_a_share_counts_matching_questions(name: str, counted: str, other: str) -> None:
    assert values(question(counted), question(other))[name] == 50


def test_the_industry_in_which_most_questions_are_set_has_a_share() -> None:
    stems = ("A bank lends. Which?", "A hospital in a city plans. Which?", "A clinic opens. Which?", "It runs. Which?")
    assert values(*map(question, stems))["largest industry"] == 50
    assert values(question("It runs. Which?"))["largest industry"] == 0


def test_lengths_are_measured_at_both_ends() -> None:
    stems = [question("word " * number) for number in range(1, 12)]
    profile = values(*stems)
    assert (profile["stem words, shortest tenth"], profile["stem words, longest tenth"]) == (2, 10)
    short = values(question("Which?", "Wait.", "Stop.", "Go on for as long as it takes.", "Try once more."))
    assert (short["option words, shortest tenth"], short["option words, longest tenth"]) == (1, 6.5)


def test_phrases_that_only_exclude_an_option_are_counted() -> None:
    profile = values(question("No other use is planned. Storage is sufficient. Which?"), question("It runs. Which?"))
    assert profile["phrases of plugs in a stem, mean"] == 1


def test_positions_of_multiple_response_keys_are_measured_apart() -> None:
    options = tuple(OptionContent("abcde"[n], n < 2, f"Option {n}") for n in range(5))
    several = QuestionContent("q", "Which?", options, kind="multiple-response")
    name = "key position of multiple response furthest from chance"
    assert values(several, question(), question())[name] == pytest.approx(60)
    assert name not in values(question())


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


def test_numbers_are_counted_in_prose_but_not_in_names_and_tables() -> None:
    stem = "In S3, 1,200 files of 8 TB train on ml.p3.2xlarge for $3.50.\n\n| a |\n|---|\n| 15% |\n\nWhich F1?"
    assert values(question(stem))["numbers in a stem, mean"] == 3


def test_stems_are_measured_in_words_without_tables_and_code() -> None:
    short, long = question("Which?"), question("One two three four five.\n\n| a |\n|---|\n| b |")
    profile = values(short, short, long)
    assert profile["stem words, median"] == 1
    assert profile["stem words, mean"] == pytest.approx(7 / 3)
    assert profile["stem words, standard deviation"] == pytest.approx(1.886, abs=0.001)


def test_options_are_measured_one_by_one_and_as_a_whole() -> None:
    names = question("Which?", "Amazon S3", "Amazon EMR", "AWS Glue", "Amazon SageMaker Data Wrangler")
    mixed = question("Which?", "Amazon S3", "word " * 31, "Use a table of words.", "Use a list of words.")
    profile = values(names, mixed)
    assert profile["bare names, of the options"] == 62.5
    assert profile["bare names as all options"] == 50
    assert profile["over 30 words, of the options"] == 12.5
    assert values(names)["option words, standard deviation"] == pytest.approx(0.866, abs=0.001)


def test_an_ai_service_counts_as_an_option_only_there() -> None:
    stem, option = question("Amazon Lex fails. Which?"), question("Which?", "Amazon Bedrock", "Amazon S3")
    assert values(stem, option)["AI service or Bedrock as an option"] == 50


def test_keys_that_are_always_first_and_longest_are_found() -> None:
    profile = values(*[question("Which?", "Use a longer list of words.", "Use a list.", "A set.", "A bag.")] * 3)
    assert profile["key position furthest from chance"] == 75
    assert profile["strategy furthest from chance"] == 75


def test_ratings_are_judged_by_readers_and_fail_nothing() -> None:
    profile = values(question(rating=55), question(rating=60), question(rating=80), question())
    shares = [profile[f"rating of {text}"] for text in ("55 or less", "60 to 75", "80 or more")]
    assert shares == [pytest.approx(100 / 3)] * 3
    assert profile["rating, mean"] == 65
    judged = {name for name in MEASURES if not Target(name, 0).is_gate}
    assert judged == {"rating, mean", "rating of 55 or less", "rating of 60 to 75", "rating of 80 or more"}
    assert "rating, mean" not in values(question()), "nobody has rated it"


def test_a_set_without_questions_has_no_profile() -> None:
    assert values() == {}


@pytest.mark.parametrize(
    ("target", "text", "within", "beyond"),
    [
        (Target("names security", None, 6), "at most 6 %", (0, 6), (6.1,)),
        (Target("names security", 45, None), "at least 45 %", (45, 100), (44.9,)),
        (Target("stem words, mean", 1.4, 1.9), "1.4 to 1.9", (1.4, 1.9), (1.39, 1.91)),
    ],
)
def test_the_bounds_of_a_target_pass(
    target: Target, text: str, within: tuple[float, ...], beyond: tuple[float, ...]
) -> None:
    assert str(target) == text
    assert all(ProfileMeasure(target, value).passes for value in within)
    assert not any(ProfileMeasure(target, value).passes for value in beyond)


def test_a_value_is_shown_so_that_a_miss_is_seen() -> None:
    assert str(ProfileMeasure(Target("names security", 45, None), 44.9)) == "44.9 %"
    assert str(ProfileMeasure(Target("stem words, mean", 1.4), 1.39)) == "1.39"


def faults_of(*targets: str) -> list[str]:
    text = "".join(f"  - {target}\n" for target in targets)
    profile, faults = profile_file.read(f"targets:\n{text}", "profile.yaml")
    assert profile is None
    return [str(fault) for fault in faults]


def test_a_file_states_targets_with_whole_and_decimal_bounds() -> None:
    text = """\
source: "Ten sample questions."
targets:
  - {measure: "names a role", min: 45}
  - {measure: "stem words, mean", min: 45, max: 52.5, note: "shorter"}
  - {measure: "names security", min: 9, waiver: "The bank is being written."}
"""
    profile, faults = profile_file.read(text, "profile.yaml")
    assert faults == []
    assert profile == Profile(
        "Ten sample questions.",
        (
            Target("names a role", 45),
            Target("stem words, mean", 45, 52.5, "shorter"),
            Target("names security", 9, None, "", "The bank is being written."),
        ),
    )
    assert [target.is_gate for target in profile.targets] == [True, True, False]


def test_an_unknown_measure_is_a_fault_that_lists_the_known_ones() -> None:
    [fault] = faults_of('{measure: "names a cat", min: 4}')
    assert fault.startswith("profile.yaml:2: targets.1.measure: 'names a cat' is not one of: multiple response, ")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (
            '{measure: "names a role"}',
            "profile.yaml:2: targets.1.measure: The target has no bound. Add min, max or both.",
        ),
        (
            '{measure: "names a role", min: 9, max: 8}',
            "profile.yaml:2: targets.1.min: min 9 is above max 8. Correct one.",
        ),
        (
            '{measure: "names a role", min: "9"}',
            "profile.yaml:2: targets.1.min: This must be a number such as 12 or 1.5, without quotes, not '9'.",
        ),
        (
            '{measure: "names a role", min: 1e3}',
            "profile.yaml:2: targets.1.min: This must be a number such as 12 or 1.5, without quotes, not '1e3'.",
        ),
        (
            '{measure: "names a role", max: 1000001}',
            "profile.yaml:2: targets.1.max: 1000001 is out of range: from 0 to 1000000.",
        ),
        (
            '{measure: "names a role", most: 9}',
            "profile.yaml:2: targets.1.most: The key 'most' is not known. Known keys: measure, min, max, note, waiver.",
        ),
    ],
)
def test_a_target_that_cannot_be_read_is_a_fault_with_its_place(target: str, sentence: str) -> None:
    assert sentence in faults_of(target)


def test_a_measure_has_one_target() -> None:
    [fault] = faults_of('{measure: "names a role", min: 4}', '{measure: "names a role", max: 9}')
    assert fault == "profile.yaml:3: targets.2.measure: The measure 'names a role' has two targets. Keep one."


def test_a_directory_without_a_profile_has_no_targets(tmp_path: Path) -> None:
    assert profile_file.read_directory(tmp_path) == (Profile(), [])
    (tmp_path / "profile.yaml").write_text("targets: 3\n")
    profile, [fault] = profile_file.read_directory(tmp_path)
    assert (profile, fault.line, fault.field) == (Profile(), 1, "targets")
