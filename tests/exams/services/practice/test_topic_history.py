"""The history of a topic: what its answers make of it, also when another one is kept with the same times."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from exams.services.practice.topic_history import TopicHistory, topic_history
from exams.services.progress.answers import Answer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def history(*correct: bool, questions: range = range(9), zone: tzinfo = UTC) -> TopicHistory:
    """Return the history after one answer a day, each to another question."""
    answers = [
        Answer(question, 1, "X", 7, 1, 70, 1, right, None, False, NOON + timedelta(days=question))
        for question, right in enumerate(correct)
    ]
    return topic_history(answers, questions, zone)


def test_a_history_that_is_kept_is_not_that_of_other_answers_given_at_the_same_times() -> None:
    """Another person, a key that was corrected, and the bank after a change of its questions."""
    known = history(True, True, True)
    assert (known.done_at, known.missed) == (NOON + timedelta(days=2), 0)
    other = history(True, True, False)
    assert (other.done_at, other.missed) == (None, 1)
    assert history(True, True, False, questions=range(2)).missed == 0, "practice never asks the question"
    assert history(True, True, True) == known


def test_a_history_has_the_days_of_the_zone_of_the_reader() -> None:
    assert history(False).back_on == NOON.date() + timedelta(days=1)
    assert history(False, zone=ZoneInfo("Pacific/Kiritimati")).back_on == NOON.date() + timedelta(days=2)
