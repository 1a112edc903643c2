"""Place, topic and points come back from a category path and tags; foreign ones are left alone."""

from dataclasses import replace

import pytest

from questions.content.schema import QuestionContent
from questions.formats.labels import path_of, placed, tags_of

BARE = QuestionContent(id="q", stem="Which?", options=())


@pytest.mark.parametrize(
    "draft",
    [
        BARE,
        replace(BARE, exam_domain=3),
        replace(BARE, exam_domain=3, points=("g102", "3.4.5")),
        replace(BARE, task="3.4", topic="dropout-and-early-stopping", points=("g156",)),
    ],
)
def test_a_place_comes_back(draft: QuestionContent) -> None:
    assert placed(BARE, path_of(draft), tags_of(draft)) == (draft, ())


def test_foreign_categories_and_tags_say_nothing_of_a_place() -> None:
    assert placed(BARE, ("Domain 3: Modeling", "Quiz"), ("easy", "topic:Not a code")) == (
        BARE,
        ("easy", "topic:Not a code"),
    )


def test_a_task_without_a_topic_leaves_the_exam_domain() -> None:
    assert placed(BARE, ("Exam domain 3", "Task 3.4"), ())[0] == replace(BARE, exam_domain=3)
    assert placed(BARE, (), ("topic:dropout",)) == (BARE, ("topic:dropout",))
