"""Test what to write next: asks, topics and points with too few questions, largest shortage first."""

from typing import Any

from questions.content import syllabus as syllabus_file
from questions.content.schema import QuestionContent
from questions.lint.profile import Profile, Target
from questions.lint.shortages import Shortage, count_points, find_shortages

SYLLABUS, _ = syllabus_file.read(
    """\
exam_domains:
  - number: 1
    title: "Data"
    tasks:
      - code: "1.1"
        title: "Store"
        topics:
          - {slug: enough, title: "Enough", summary: "S.", weeks: [1], points: [{id: p1, text: "One."}]}
          - {slug: once, title: "Once", summary: "S.", weeks: [1], points: [{id: p2, text: "Two."}]}
          - {slug: never, title: "Never", summary: "S.", weeks: [1], points: [{id: p3, text: "Three."}]}
"""
)


def question(**fields: Any) -> QuestionContent:
    return QuestionContent("q", "Which?", (), **fields)


def test_topics_and_points_below_two_questions_are_short_the_emptiest_first() -> None:
    assert SYLLABUS is not None
    shortages = find_shortages(
        [
            question(topic="enough", points=("p1",)),
            question(topic="enough", points=("p1", "p2")),
            question(topic="once", points=("p1",)),
        ],
        SYLLABUS,
        Profile(),
    )
    assert shortages.topics == (Shortage("never", "Never", 0, 2), Shortage("once", "Once", 1, 1))
    assert shortages.points == (Shortage("p3", "Three.", 0, 2), Shortage("p2", "Two.", 1, 1))


def test_an_ask_is_short_of_the_smallest_share_of_its_target() -> None:
    assert SYLLABUS is not None
    questions = [question(ask="service")] * 38 + [question(ask="diagnosis")] * 9 + [question()] * 53
    shares = {"service": 38, "technique": 29, "diagnosis": 10, "setting": 3}
    profile = Profile(targets=tuple(Target(f"asks for a {ask}", share) for ask, share in shares.items()))
    asks = find_shortages(questions, SYLLABUS, profile).asks
    assert [(row.code, row.questions, row.missing) for row in asks] == [
        ("technique", 0, 29),
        ("setting", 0, 3),
        ("diagnosis", 9, 1),
    ]


def test_points_are_counted_by_their_questions() -> None:
    assert count_points({"a": 0, "b": 1, "c": 2, "d": 7, "e": 0}) == {"0": 2, "1": 1, "2+": 2}
    assert count_points({}) == {"0": 0, "1": 0, "2+": 0}
