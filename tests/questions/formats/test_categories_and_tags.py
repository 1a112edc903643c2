"""Test that place, topic and points are restored from a category path and tags; unknown ones are ignored."""

from dataclasses import replace

import pytest

from questions.content.schema import QuestionContent
from questions.formats.categories_and_tags import apply_labels, category_path, category_tags

BARE = QuestionContent(id="q", stem="Which?", options=())


@pytest.mark.parametrize(
    "question",
    [
        BARE,
        replace(BARE, exam_domain=3),
        replace(BARE, exam_domain=3, points=("g102", "3.4.5")),
        replace(BARE, task="3.4", topic="dropout-and-early-stopping", points=("g156",)),
    ],
)
def test_a_place_is_restored(question: QuestionContent) -> None:
    assert apply_labels(BARE, category_path(question), category_tags(question)) == (question, ())


def test_unknown_categories_give_no_place_and_other_tags_are_labels() -> None:
    assert apply_labels(BARE, ("Domain 3: Modeling", "Quiz"), ("easy", "topic:Not a code", "easy", "a, b")) == (
        replace(BARE, tags=("easy", "topic:Not a code")),
        ("a, b",),
    )


def test_a_task_without_a_topic_leaves_the_exam_domain() -> None:
    assert apply_labels(BARE, ("Exam domain 3", "Task 3.4"), ())[0] == replace(BARE, exam_domain=3)
    assert apply_labels(BARE, (), ("topic:dropout",)) == (BARE, ("topic:dropout",))
