"""Test which changes of a verdict are told."""

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


def test_a_verdict_that_answers_to_a_related_topic_have_moved_is_not_told() -> None:
    """It went from 'near' to 'probably above' without an answer, which nobody believed."""
    before = [*answers(RIVERS, 0, True, False, True), *answers(LAKES, 5, False)]
    found = moves(before, answers(LAKES, 10, *[True] * 12))
    assert [(row.title, row.before, row.now) for row in found] == [("Lakes", "few", "above")]


def test_a_verdict_takes_three_answers_and_what_had_none_has_not_moved() -> None:
    """One right answer made a topic 'probably above the standard'."""
    assert moves([], answers(RIVERS, 0, True)) == []
    assert not any(row.was_seen for row in moves([], answers(RIVERS, 0, True, True, True)))
    assert moves(answers(RIVERS, 0, False), answers(RIVERS, 1, False)) == []
    (moved_now,) = moves(answers(RIVERS, 0, False), answers(RIVERS, 1, False, False))
    assert (moved_now.before, moved_now.now) == ("few", "below")
