"""Test that topics are suggested by distinctive words, never by common ones."""

from pathlib import Path

import pytest
from django.conf import settings

from questions.bank_files import question_yaml
from questions.content import syllabus
from questions.content.schema import OptionContent, QuestionContent
from questions.content.suggestions import Suggester


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    shipped = Path(settings.BASE_DIR) / "questions" / "bank" / "mls-c01"
    read, _faults = syllabus.read(shipped / "syllabus.yaml")
    assert read is not None
    contents = [question_yaml.read(path)[0] for path in sorted(shipped.glob("*/*.yaml"))]
    return Suggester(read, [content for content in contents if content is not None])


def asked(stem: str, key: str) -> QuestionContent:
    return QuestionContent(
        id="", stem=stem, options=(OptionContent("a", True, key), OptionContent("b", False, "Another"))
    )


@pytest.mark.slow
def test_a_question_gets_the_topic_that_shares_its_words(suggester: Suggester) -> None:
    suggestion = suggester.suggest(
        asked(
            "Which DeepAR context length and likelihood suit probabilistic forecasts of counts in related time series?",
            "DeepAR",
        )
    )
    assert suggestion is not None
    assert "deepar" in suggestion.words
    assert suggestion.topic.startswith("deepar")
    assert suggestion.is_believed


@pytest.mark.slow
def test_a_topic_that_shares_two_words_by_chance_is_not_believed(suggester: Suggester) -> None:
    suggestion = suggester.suggest(
        asked("A pipeline must run tests before each merge. Where is the workflow configured, and its steps?", "There")
    )
    assert suggestion is None or not suggestion.is_believed


@pytest.mark.slow
def test_words_that_most_topics_share_suggest_no_topic(suggester: Suggester) -> None:
    assert suggester.suggest(asked("For which data are the two, and what does that need?", "That one")) is None


@pytest.mark.parametrize(
    "stem",
    [
        "A report of 2024 has 10, 512 and 1000 rows, 30 a minute. How many rows are there in 2025?",
        "A team of 12 cooks bakes 100 cakes in 30 minutes. How many eggs does each cake of 0.5 kg need?",
        "Which patient should the nurse assess first? The patient with chest pain.",
        "When is the best time to water plants in a garden with clay soil?",
        "A farmer sells wheat on the market. Which price should the farmer set?",
    ],
)
def test_numbers_and_scenarios_of_other_questions_suggest_no_topic(suggester: Suggester, stem: str) -> None:
    assert suggester.suggest(asked(stem, "24")) is None
