"""Test that each change of a verdict is told, with what has made it."""

from datetime import UTC, datetime, timedelta

from exams.services.progress.answers import Answer
from exams.services.progress.mastery import DomainMastery, Moved, TaskMastery, TopicMastery, estimated_by, moved

DOMAIN, RIVERS, LAKES = 1, 7, 8
TOPICS = [TopicMastery(RIVERS, "rivers", "Rivers", DOMAIN, None), TopicMastery(LAKES, "lakes", "Lakes", DOMAIN, None)]
TREE = [DomainMastery(DOMAIN, "", None, [TaskMastery("1.1", "", None, TOPICS)])]


def answers(topic: int, first: int, *rights: bool) -> list[Answer]:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    return [
        Answer(first + n, 1, "X", topic, DOMAIN, 70, 1, right, None, False, at + timedelta(minutes=first + n))
        for n, right in enumerate(rights)
    ]


def moves(before: list[Answer], new: list[Answer]) -> list[Moved]:
    return moved(estimated_by(TREE, [*before, *new]), before, {answer.topic or 0 for answer in new})


def test_a_verdict_that_answers_to_a_related_topic_have_moved_is_told_as_such() -> None:
    """It went from 'probably below' to 'near' after a quiz on another topic, and nothing had moved."""
    before = answers(RIVERS, 0, False)
    found = moves(before, answers(LAKES, 10, *[True] * 12))
    assert [(row.title, row.now, row.by_others) for row in found] == [
        ("Lakes", "above", False),
        ("Rivers", "near", True),
    ]


def test_further_answers_take_no_verdict_away() -> None:
    """'Probably below' with one wrong answer was 'too few answers to tell' with two right ones more."""
    (first,) = moves([], answers(RIVERS, 0, False))
    (then,) = moves(answers(RIVERS, 0, False), answers(RIVERS, 1, True, True))
    assert (first.before, first.now) == ("unseen", "probably_below")
    assert (then.before, then.now) == ("probably_below", "near")
